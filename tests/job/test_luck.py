"""Evidence on a sweep: from the kept fit, kept once, shown where trials are, counted nowhere."""

from dataclasses import fields, replace

import pandas as pd
import pytest

from sigma_core.domain.luck import SweepEvidence, TrialEvidence
from sigma_core.engine.evidence import own_of
from sigma_core.engine.luck import recent
from sigma_core.engine.luck.assess import METHODS
from sigma_core.errors import BadRequest, UnknownName
from sigma_core.recall import Shared
from sigma_core.verbs import _recalled
from sigma_core.verbs._luck import ALONE, NOT_COMPUTED
from sigma_core.verbs._screens import backtest_screen, bundle_screen, leaderboard_screen
from sigma_core.verbs.backtest import BacktestAsk, backtest
from sigma_core.verbs.evidence import EvidenceAsk, evidence
from sigma_core.verbs.evidence_detail import EvidenceDetailAsk, evidence_detail
from sigma_core.verbs.leaderboard import Leaderboard, leaderboard
from sigma_core.verbs.run_detail import RunDetailAsk, run_detail
from sigma_core.verbs.sweep import SweepAsk, sweep
from sigma_core.verbs.sweep_run import SweepRun, sweep_run
from sigma_core.verbs.train import Train, train
from sigma_core.verbs.what_if import WhatIf, what_if

MODEL = "toy_eq_swing_daily"
GRID = SweepRun(
    model_id=MODEL, thresholds_variants=("0.51", "0.55", "0.9999"), top_pct_variants=(0.2,),
    splits=3,
)  # fmt: skip
"""Four rules, one of which never trades."""


def ask(swept, **more):
    return EvidenceAsk(sweep_id=swept.sweep_id, rounds=100, **more)


def files(lab, table):
    return {path: path.read_bytes() for path in lab.lake.root.glob(f"{table}/**/*.parquet")}


def test_it_tests_what_was_swept_and_counts_nothing(lab, swept):
    kept = {name: files(lab, name) for name in ("trials", "predictions", "runs")}
    ledger = lab.ledger.rows()
    found = evidence(lab, ask(swept))
    assert lab.ledger.rows() == ledger
    assert {name: files(lab, name) for name in kept} == kept
    assert (found.n_trials, found.tried, found.traded) == (len(ledger), 4, 3)
    assert {t.trial_id for t in found.trials} == {e.trial_id for e in swept.trials}
    by_id = {e.trial_id: e for e in swept.trials}
    for trial in found.trials:
        entry = by_id[trial.trial_id]
        assert trial.return_ == pytest.approx(entry.metrics.return_, abs=1e-12)
        assert (trial.psr, trial.dsr) == (entry.evidence.psr, entry.evidence.dsr)
        if trial.sharpe is not None:
            assert trial.sharpe == pytest.approx(entry.metrics.sharpe)
    assert found.trials[-1].sharpe is None  # what never traded stands last
    first, of = found.trials[0], own_of(by_id[found.trials[0].trial_id].evidence)
    sr0, rho = first.sr0 / 252**0.5, first.autocorrelation
    assert first.dsr_2025 == pytest.approx(recent.psr(of, sr0, rho=rho, tries=4))
    assert first.power == pytest.approx(1 - recent.missed(of, 0.0, 252**-0.5, rho=rho))
    assert 0 < first.false_discovery < 1
    assert 0 <= found.pbo <= 1
    assert sum(found.logit_counts) == 12_870
    assert found.words.startswith("4 trials, as alike as")


@pytest.mark.slow
def test_again_is_the_same_and_writes_nothing(lab, swept):
    found = evidence(lab, ask(swept))
    before = files(lab, "sweep_evidence") | files(lab, "trial_evidence")
    assert evidence(lab, ask(swept)) == found
    assert files(lab, "sweep_evidence") | files(lab, "trial_evidence") == before
    assert evidence_detail(lab, EvidenceDetailAsk(model_id=MODEL)) == found


@pytest.mark.slow
def test_a_fit_that_is_gone_is_made_anew_to_the_bit(lab, swept, monkeypatch):
    found = evidence(lab, ask(swept))
    for file in lab.lake.root.glob("predictions/**/*.parquet"):
        file.unlink()
    monkeypatch.setattr(_recalled, "_BENCHES", Shared(room=1))  # as after a restart
    with pytest.raises(BadRequest, match="is not kept") as told:  # what is to be quick fits nothing
        what_if(lab, WhatIf(sweep_id=swept.sweep_id, thresholds="0.53"))
    assert told.value.hint.startswith(f"make evidence SWEEP_ID={swept.sweep_id} makes it anew")
    said = []
    again = evidence(lab, ask(swept), lambda *told: said.append(told[-1]))
    assert again == found
    assert any(str(note).startswith("learned") for note in said)
    assert len(lab.ledger.rows()) == 4  # fitting it anew is no try


@pytest.mark.slow
def test_the_newest_counts_and_another_seed_is_another(lab, swept):
    first = evidence(lab, ask(swept))
    later = evidence(lab, ask(swept, seed=1))
    assert later.trials[0].sharpe_low != first.trials[0].sharpe_low
    assert evidence_detail(lab, EvidenceDetailAsk(sweep_id=swept.sweep_id)) == later
    for table in ("sweep_evidence", "trial_evidence"):
        assert len(files(lab, table)) == 2


@pytest.mark.slow
def test_more_tries_make_it_stricter(lab, swept):
    first = evidence(lab, ask(swept))
    sweep_run(lab, replace(GRID, thresholds_variants=("0.52", "0.53"), top_pct_variants=()))
    later = evidence(lab, ask(swept))
    assert later.n_trials == first.n_trials + 2
    assert (later.pbo, later.spa_zero) == (first.pbo, first.spa_zero)  # of the sweep alone
    [one, two] = (max(f.trials, key=lambda t: t.sharpe or -9) for f in (first, later))
    if one.sharpe > 0:
        assert two.haircut_sharpe < one.haircut_sharpe


@pytest.mark.slow
def test_the_leaderboard_says_what_is_known_and_what_is_not(lab, swept):
    before = leaderboard(lab, Leaderboard())
    assert {(e.luck, e.luck_reason) for e in before} == {(None, NOT_COMPUTED)}
    found = evidence(lab, ask(swept))
    of = {trial.trial_id: trial for trial in found.trials}
    for entry in [
        *leaderboard(lab, Leaderboard()),
        *sweep(lab, SweepAsk(sweep_id=found.sweep_id)).trials,
    ]:
        trial, luck = of[entry.trial_id], entry.luck
        assert (luck.sweep_id, luck.pbo, luck.rc_zero, luck.n_effective) == (
            found.sweep_id, found.pbo, found.rc_zero, found.n_effective,
        )  # fmt: skip
        assert entry.n_effective == pytest.approx(found.n_effective)  # told by the sweep itself
        named = ("sharpe_low", "return_low", "max_dd_low", "haircut_p", "min_trl", "min_btl", "t")
        for name in named:
            assert getattr(luck, name) == getattr(trial, name)
    assert swept.correlation == pytest.approx(found.correlation)
    assert sweep(lab, SweepAsk(sweep_id=found.sweep_id)).correlation == swept.correlation
    assert f"4 ({found.n_effective:.1f})" in leaderboard_screen(leaderboard(lab, Leaderboard()))
    named = {t.trial_id for t in found.trials if t.survivor}
    assert {e.trial_id for e in leaderboard(lab, Leaderboard(survivors=True))} == named


@pytest.mark.slow
def test_only_survivors_are_shown_when_asked_for(lab, swept):
    found = evidence(lab, ask(swept))
    from sigma_core.verbs._luck import keep_evidence

    first = replace(found.trials[0], survivor=True)
    keep_evidence(lab, replace(found, seed=9, trials=(first, *found.trials[1:])))
    [entry] = leaderboard(lab, Leaderboard(survivors=True))
    assert entry.trial_id == first.trial_id
    assert entry.luck.survivor is True


@pytest.mark.slow
def test_what_is_kept_outlives_merging(lab, swept):
    evidence(lab, ask(swept))
    found = evidence(lab, ask(swept, seed=1))
    from sigma_core.schemas import SWEEP_EVIDENCE, TRIAL_EVIDENCE

    for table in (SWEEP_EVIDENCE, TRIAL_EVIDENCE):
        assert lab.lake.compact(table) == 2
    assert evidence_detail(lab, EvidenceDetailAsk(sweep_id=swept.sweep_id)) == found


def test_what_cannot_be_is_refused_in_a_sentence(lab, swept, files):
    with pytest.raises(UnknownName, match="sweep-x"):
        evidence(lab, EvidenceAsk(sweep_id="sweep-x"))
    with pytest.raises(BadRequest, match="No sweep is named"):
        evidence(lab, EvidenceAsk())
    with pytest.raises(UnknownName, match="No model is called 'other'"):
        evidence_detail(lab, EvidenceDetailAsk(model_id="other"))
    with pytest.raises(BadRequest, match="No evidence was computed") as told:
        evidence_detail(lab, EvidenceDetailAsk(sweep_id=swept.sweep_id))
    assert f"make evidence SWEEP_ID={swept.sweep_id}" in told.value.hint
    bars = pd.read_csv(files / "TOY_daily.csv")
    bars.assign(close=bars["close"] * 1.0001, high=bars["high"] * 1.001).to_csv(
        files / "TOY_daily.csv", index=False
    )
    sweep_run(lab, GRID)
    with pytest.raises(BadRequest, match="revised since"):
        evidence(lab, ask(swept))


def test_each_figure_says_how_it_was_made():
    told = {name for names in METHODS for name in names.split(", ")}
    counts = {"t", "n_trials", "tried", "traded", "seed", "rounds", "block", "pbo_blocks"}
    words = {"sweep_id", "pack_id", "model_id", "simulated", "trials", "trial_id", "undefined"}
    figures = {f.name.removesuffix("_lower").removesuffix("_upper")
               for noun in (SweepEvidence, TrialEvidence) for f in fields(noun)}  # fmt: skip
    assert figures - counts - words - {"methods", "words"} == told


def test_each_figure_has_a_column(lab):
    from sigma_core.schemas import SWEEP_EVIDENCE, TRIAL_EVIDENCE

    own = {f.name for f in fields(SweepEvidence)} - {"trials", "pack_id", "model_id"}
    assert own <= SWEEP_EVIDENCE.columns.keys()
    assert {f.name for f in fields(TrialEvidence)} <= TRIAL_EVIDENCE.columns.keys()


@pytest.mark.slow
def test_a_backtest_says_how_far_its_probabilities_can_be_trusted(lab):
    done = backtest(lab, BacktestAsk(model_id=MODEL, thresholds="0.51", splits=3))
    rows = done.calibration
    assert [(row.of, row.number) for row in rows] == [
        ("all", 0),
        ("fold", 1),
        ("fold", 2),
        ("fold", 3),
    ]  # fmt: skip  one hour of decision a day
    of = done.entry.forecast
    assert (rows[0].brier, rows[0].log_loss, rows[0].rows) == (of.brier, of.log_loss, of.rows)
    assert rows[0].ece == pytest.approx(of.ece)
    detail = run_detail(lab, RunDetailAsk(run_id=done.run_id))
    assert detail.calibration == rows
    for file in lab.lake.root.glob("predictions/**/*.parquet"):
        file.unlink()
    assert run_detail(lab, RunDetailAsk(run_id=done.run_id)).calibration == ()


@pytest.mark.slow
def test_what_each_window_chose_is_kept_with_the_trial(lab):
    ask = BacktestAsk(model_id=MODEL, thresholds="0.51", splits=1, calibration="auto")
    done = backtest(lab, ask)
    entry = done.entry
    assert f"calibration auto ({entry.study.chosen})" in backtest_screen(done)
    assert entry.study.calibration == "auto"
    assert (entry.luck_reason, entry.n_effective) == (ALONE, None)  # of no sweep
    assert entry.study.chosen in ("none", "sigmoid")  # too few rows for isotonic
    assert backtest(lab, ask).entry.study.chosen == entry.study.chosen  # read back, not fitted
    made = train(lab, Train(
        model_id=MODEL, thresholds="0.51", splits=1, calibration="auto", override=True, reason="-",
    ))  # fmt: skip
    assert (made.calibration, made.chosen) == ("auto", entry.study.chosen)
    assert made.calibrated in ("none", "sigmoid")
    assert f"final fit {made.calibrated}, by fold {made.chosen}" in bundle_screen(made)
    same = backtest(lab, replace(ask, calibration=entry.study.chosen)).entry
    assert same.metrics.return_ == entry.metrics.return_
    assert same.study.chosen == ""
    assert same.trial_id != entry.trial_id  # another look at the data: it counts
