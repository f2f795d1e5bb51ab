"""A sweep that is watched: what was shown was counted before, and stopping it keeps the fit."""

from dataclasses import replace

import pandas as pd
import pytest
import yaml

from sigma_core import jobs
from sigma_core.errors import Cancelled, QualityError
from sigma_core.verbs.evidence import EvidenceAsk, evidence
from sigma_core.verbs.sweep import SweepAsk, sweep
from sigma_core.verbs.sweep_run import AT_A_TIME, SweepRun, sweep_run

MODEL = "toy_eq_swing_daily"
RULES = tuple(f"0.{n}" for n in range(50, 50 + AT_A_TIME + 2))
GRID = SweepRun(model_id=MODEL, thresholds_variants=RULES, top_pct_variants=(), splits=3)


def trials_in(lab):
    """Trials that the ledger counts, each once."""
    return {row["trial_id"] for row in lab.ledger.rows() if "trial_id" in row}


class Watch:
    """A progress that notes what it is told, and may stop the work at the first results."""

    def __init__(self, lab, *, stop=False):
        self.lab, self.stop = lab, stop
        self.rows, self.notes, self.counted = [], [], []

    def __call__(self, _done, _total, note=""):
        self.notes.append(note)
        if self.rows and self.stop:
            raise Cancelled("enough")

    def tell(self, rows):
        self.rows += rows
        self.counted.append(len(trials_in(self.lab)))


def test_what_is_shown_was_counted_before(lab):
    watch = Watch(lab)
    found = sweep_run(lab, GRID, watch)
    assert watch.counted == [AT_A_TIME, len(RULES)]
    assert [row["value"] for row in watch.rows] == list(RULES)
    figures = {entry.config.value: entry.metrics for entry in found.trials}
    for row in watch.rows:
        kept = figures[row["value"]]
        shown = (row["sharpe"], row["return"], row["max_dd"], row["trades"])
        assert shown == (kept.sharpe, kept.return_, kept.max_dd, kept.trades)


def test_a_stopped_sweep_keeps_its_fit_and_each_try_is_counted_once(lab):
    stopped = Watch(lab, stop=True)
    with pytest.raises(Cancelled):
        sweep_run(lab, GRID, stopped)
    assert any("learned" in note for note in stopped.notes)
    assert len(trials_in(lab)) == len(stopped.rows) == AT_A_TIME
    assert lab.lake.trials() == []

    again = Watch(lab)
    found = sweep_run(lab, GRID, again)
    assert not any("learned" in note for note in again.notes)
    assert {entry.evidence.n_trials for entry in found.trials} == {len(RULES)}


def test_a_jobs_document_carries_rows_until_its_result_does(lab):
    with jobs.reporting(lab.lake, "sweep_run", {"model_id": MODEL}) as progress:
        progress.tell([{"value": "0.5"}])
        progress.tell([{"value": "0.6"}])
        progress(2, 3, "two")
        carried = progress.job.so_far
        progress.result = {"trials": 2}
    assert carried == ({"value": "0.5"}, {"value": "0.6"})
    done = jobs.get(lab.lake, progress.job.job_id)
    assert (done.state, done.so_far, done.result) == ("done", (), {"trials": 2})


def test_a_stopped_jobs_document_still_carries_its_rows(lab):
    def work():
        with jobs.reporting(lab.lake, "sweep_run", {"model_id": MODEL}) as progress:
            progress.tell([{"value": "0.5"}])
            raise Cancelled("stop")

    with pytest.raises(Cancelled):
        work()
    [stopped] = jobs.recent(lab.lake)
    assert (stopped.state, stopped.so_far) == ("cancelled", ({"value": "0.5"},))


def test_what_a_sweep_answers_is_what_is_read_back(lab, swept):
    """The first time, and when its trials were tried before and tested together."""
    assert sweep(lab, SweepAsk(sweep_id=swept.sweep_id)) == swept
    evidence(lab, EvidenceAsk(sweep_id=swept.sweep_id, rounds=100))
    wider = replace(GRID, thresholds_variants=(*RULES, "0.333,0.345"), tag="wider")
    again = sweep_run(lab, wider)
    assert len(again.trials) == len(RULES) + 1
    assert again.trials[0].evidence.n_trials == len(RULES) + 1
    assert sum(entry.luck is not None for entry in again.trials) == len(RULES)
    assert sweep(lab, SweepAsk(sweep_id=again.sweep_id)) == again


def test_a_sweep_on_what_is_not_fit_to_be_learned_from_leaves_nothing(lab, files):
    """Its windows are being learned when that is known."""
    table = pd.read_csv(files / "TOY_daily.csv").assign(volume=1000)
    table.to_csv(files / "TOY_daily.csv", index=False)
    [model] = lab.packs.glob("*/model_configs/*.yaml")
    told = yaml.safe_load(model.read_text())
    told["indicators"].append({"name": "volume"})
    model.write_text(yaml.safe_dump(told))
    with pytest.raises(QualityError, match="volume is always 1000"):
        sweep_run(lab, GRID)
    assert [each for each in lab.lake.root.rglob("*") if each.is_file()] == []
