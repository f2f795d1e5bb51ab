"""The sealed holdout: no answer depends on it; it is unsealed once, and a second look is marked."""

import json
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from sigma_core.calendars import calendar
from sigma_core.errors import BadRequest
from sigma_core.lab import Lab
from sigma_core.lake import Lake
from sigma_core.parse import parse, plain
from sigma_core.verbs import VERBS, _holdout
from sigma_core.verbs import unseal as unsealing
from sigma_core.verbs._runs import Runs
from sigma_core.verbs._screens import leaderboard_screen
from sigma_core.verbs.alerts import AlertsAsk, alerts
from sigma_core.verbs.audit import AuditAsk, audit
from sigma_core.verbs.backtest import BacktestAsk, backtest
from sigma_core.verbs.build import BuildMatrix, build
from sigma_core.verbs.cpcv import Cpcv, cpcv
from sigma_core.verbs.export import Export, export
from sigma_core.verbs.holdout import HoldoutAsk, holdout
from sigma_core.verbs.leaderboard import Leaderboard, leaderboard
from sigma_core.verbs.noise_floor import NoiseAsk, noise_floor
from sigma_core.verbs.preview import preview
from sigma_core.verbs.runs_backtest import runs_backtest
from sigma_core.verbs.standings import Standings, standings
from sigma_core.verbs.sweep_run import SweepRun, sweep_run
from sigma_core.verbs.train import Train, train
from sigma_core.verbs.unseal import UnsealAsk
from sigma_core.verbs.what_if import WhatIf, what_if
from tests.job.conftest import MODEL, market, pack

SEALED = date(2014, 6, 2)
"""1500 sessions from 2010-01-04 end in December 2015; June 2014 is within a year on purpose."""
INSIDE = len(calendar("XNYS").sessions(SEALED, date(2015, 12, 16)))
STUDY = {"model_id": MODEL, "splits": 2}
RULE = {"thresholds": "0.52"}


@pytest.fixture
def lab(tmp_path, files):
    """The toy lab, its model sealed from SEALED on."""
    return lab_at(tmp_path, files)


def lab_at(root, files, **changes):
    made = pack(root / "packs", **{"holdout": SEALED.isoformat(), **changes})
    return Lab(packs=made, lake=Lake(root / "lake"), files=files)


def reseal(lab, **changes):
    """The same lake under a changed config."""
    folder = lab.packs.parent / f"packs-{len(list(lab.packs.parent.iterdir()))}"
    return Lab(packs=pack(folder, **changes), lake=lab.lake, files=lab.files)


def spend(lab, **more):
    return unsealing.unseal(lab, parse(UnsealAsk, STUDY | RULE | {"confirm": True} | more))


def of_kind(lab, kind):
    return [row for row in lab.ledger.rows() if row["kind"] == kind]


ABOUT = {
    "made_at",
    "run_id",
    "sweep_id",
    "bundle_id",
    "signal_id",
    "judged_at",
    "at",
    "run",
    "audit_id",
}


def facts(answer):
    """An answer without names and times of day."""
    if isinstance(answer, dict):
        return {k: facts(v) for k, v in answer.items() if k not in ABOUT}
    return [facts(each) for each in answer] if isinstance(answer, list) else answer


def answers(lab):
    """Everything that is told before the holdout is unsealed."""
    rules = {"thresholds_variants": ["0.51", "0.52,0.54"], "top_pct_variants": [0.2]}
    made = [preview(lab, parse(BuildMatrix, {"model_id": MODEL}))]
    made += [build(lab, parse(BuildMatrix, {"model_id": MODEL}))]
    made += [sweep_run(lab, parse(SweepRun, STUDY | rules))]
    made += [noise_floor(lab, NoiseAsk(model_id=MODEL, noise_runs=1))]
    made += [what_if(lab, parse(WhatIf, {"model_id": MODEL, "thresholds": "0.53"}))]
    made += [backtest(lab, parse(BacktestAsk, STUDY | RULE))]
    made += [cpcv(lab, parse(Cpcv, {"model_id": MODEL, "groups": 3, "tested": 1} | RULE))]
    made += [train(lab, parse(Train, STUDY | RULE | {"override": True, "reason": "a test"}))]
    told = alerts(lab, AlertsAsk(model_id=MODEL))
    made += [told.words, told.signals, told.best]
    made += leaderboard(lab, Leaderboard())
    return json.loads(json.dumps(facts(plain(made)), default=str))


def shaken(n, seed):
    """The market with every sealed bar altered at random."""
    bars, rng = market(n), np.random.default_rng(seed)
    late = pd.to_datetime(bars["date"]) >= pd.Timestamp(SEALED)
    by = np.exp(rng.normal(0, 0.05, late.sum()))[:, None]
    bars.loc[late, ["open", "high", "low", "close"]] *= by
    bars.loc[late, "volume"] = rng.integers(10_000, 9_000_000, late.sum())
    stale = late & (rng.random(n) < 0.9)  # opens at the close before, as stale sources have them
    before = bars["close"].shift()
    bars.loc[stale, "open"] = before[stale]
    bars["high"] = bars[["open", "high", "close"]].max(axis=1)
    bars["low"] = bars[["open", "low", "close"]].min(axis=1)
    return bars


@pytest.mark.slow
def test_no_answer_changes_when_the_sealed_bars_do(tmp_path, files):
    plain_, others = answers(lab_at(tmp_path / "a", files)), tmp_path / "others"
    others.mkdir()
    shaken(1500, 5).to_csv(others / "TOY_daily.csv", index=False)
    assert answers(lab_at(tmp_path / "b", others)) == plain_


def test_a_matrix_ends_before_the_holdout_and_no_label_reaches_into_it(lab):
    made = build(lab, parse(BuildMatrix, {"model_id": MODEL}))
    assert made.end == date(2014, 5, 30)  # the session before, a Friday
    frame = lab.lake.read(_holdout.MATRICES, made.matrix_sha)
    assert frame.loc[frame["trainable"], "t1"].max() < pd.Timestamp(SEALED, tz="UTC")
    assert not frame["trainable"].iloc[-3:].any()  # three sessions ahead are sealed
    [row] = lab.ledger.rows()
    assert (row["kind"], row["start"], row["end"]) == ("seal", "2014-06-02", None)


def test_an_end_inside_is_refused(lab):
    with pytest.raises(BadRequest, match="end 2014-06-02 lies in the holdout"):
        build(lab, parse(BuildMatrix, {"model_id": MODEL, "end": "2014-06-02"}))


def test_it_is_registered_then_traded_then_told(lab):
    found = spend(lab)
    rows = {row["kind"]: row for row in lab.ledger.rows()}
    assert sorted(rows) == ["seal", "unseal", "unsealed"]
    asked = rows["unseal"]
    assert asked["made_at"] < found.made_at.isoformat()
    assert {c.name: c.limit for c in found.gate.checks} == asked["limits"] == found.limits
    assert (found.start, found.end) == (SEALED, date(2015, 12, 16))
    assert found.trained_through < SEALED
    assert found.metrics.sessions == INSIDE
    assert found.evidence.n_trials == 1
    assert found.evidence.psr == found.evidence.dsr  # one try: luck has nothing to choose from
    assert found.contaminated == ""
    state = holdout(lab, HoldoutAsk(model_id=MODEL))
    assert state.spent
    assert state.unsealed == (found,)
    assert audit(lab, AuditAsk()).ok
    assert audit(lab, AuditAsk()).unsealings == 1


@pytest.mark.slow
def test_a_cut_is_chosen_on_the_past(lab):
    rule = {"thresholds": None, "top_pct": 0.2}
    found = spend(lab, **rule)
    past = train_cut(lab, rule)
    assert found.cut == past


def train_cut(lab, rule):
    backtest(lab, parse(BacktestAsk, STUDY | {"top_pct": rule["top_pct"]}))
    ask = STUDY | {"top_pct": rule["top_pct"], "override": True, "reason": "a test"}
    return train(lab, parse(Train, ask)).cut


@pytest.mark.slow
def test_a_second_look_is_contaminated_whatever_the_model(lab):
    first = spend(lab)
    second = spend(reseal(lab, holdout="2015-01-02", learner={"name": "logistic"}))
    assert first.contaminated == ""
    assert second.contaminated == "contaminated: looked at before, by 1 unsealing"
    assert (second.gate.status, second.gate.reasons[0]) == ("FAIL", "contaminated")
    assert second.verdict.startswith("FAIL: contaminated")
    marks = sorted(row["contaminated"] for row in of_kind(lab, "unsealed"))
    assert marks == ["", second.contaminated]


@pytest.mark.slow
def test_tries_on_the_same_sessions_before_they_were_sealed_contaminate(tmp_path, files):
    lab = lab_at(tmp_path, files, holdout=None)
    backtest(lab, parse(BacktestAsk, STUDY | RULE))
    found = spend(reseal(lab, holdout=SEALED.isoformat()))
    assert found.contaminated == "contaminated: looked at before, by 1 trial"


@pytest.mark.slow
def test_tries_on_sessions_that_were_sealed_are_marked(lab):
    clean = backtest(lab, parse(BacktestAsk, STUDY | RULE))
    assert clean.entry.contaminated == ""
    open_ = reseal(lab)  # the holdout is taken out of the config
    seen = backtest(open_, parse(BacktestAsk, STUDY | RULE))
    assert seen.entry.contaminated.endswith(f"that {MODEL} had sealed, 2014-06-02 on")
    assert seen.verdict.startswith("CONTAMINATED, it was tried on sessions that")
    marks = {e.run_id: bool(e.contaminated) for e in leaderboard(open_, Leaderboard())}
    assert marks == {clean.run_id: False, seen.run_id: True}
    told = {r.run_id: bool(r.facts.get("contaminated")) for r in runs_backtest(open_, Runs())}
    assert told == marks
    best = replace(standings(open_, Standings())[0], best=seen.entry)
    assert "FAIL, CONTAMINATED" in VERBS["standings"].table([best])
    assert sorted(bool(row.get("contaminated")) for row in of_kind(lab, "trial")) == [False, True]
    assert spend(lab).contaminated == "contaminated: looked at before, by 1 trial"


@pytest.mark.slow
def test_what_is_made_of_such_a_look_bears_the_mark_everywhere(lab):
    build(lab, parse(BuildMatrix, {"model_id": MODEL}))  # from here on it is sealed
    open_, until = reseal(lab), {"end": "2014-12-31"}
    backtest(open_, parse(BacktestAsk, STUDY | RULE | until))
    grid = {"thresholds_variants": [RULE["thresholds"]]}
    swept = sweep_run(open_, parse(SweepRun, STUDY | grid | until))
    why = swept.trials[0].contaminated
    assert why.startswith("contaminated: it was tried on sessions that")
    seen = what_if(open_, parse(WhatIf, {"model_id": MODEL, "thresholds": "0.53"}))
    paths = cpcv(open_, parse(Cpcv, {"model_id": MODEL, "groups": 2, "tested": 1} | RULE | until))
    made = {"override": True, "reason": "a test"}
    bundle = train(open_, parse(Train, STUDY | RULE | until | made))
    assert {seen.contaminated, paths.contaminated, bundle.contaminated} == {why}
    found = alerts(open_, AlertsAsk(model_id=MODEL)).signals
    assert found
    assert {signal.contaminated for signal in found} == {why}
    for what in ("trials", "equity", "signals"):
        rows = pd.read_csv(export(open_, Export(what=what)).path)
        assert set(rows["contaminated"]) == {why}
    assert "CONTAMINATED" in leaderboard_screen(leaderboard(open_, Leaderboard()))
    told = spend(lab).contaminated
    assert "1 cross-validation's paths" in told
    assert "1 look by what-if" in told


@pytest.mark.slow
def test_one_that_was_interrupted_is_spent_and_only_the_same_completes_it(lab, monkeypatch):
    def killed(*given):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(unsealing, "traded", killed)
        with pytest.raises(KeyboardInterrupt):
            spend(lab)
    state = holdout(lab, HoldoutAsk(model_id=MODEL))
    assert state.spent
    assert state.interrupted == of_kind(lab, "unseal")[0]["unseal_id"]
    other = spend(lab, thresholds="0.55")
    assert other.contaminated == "contaminated: looked at before, by 1 unsealing"
    same = spend(lab)
    assert (same.unseal_id, same.contaminated) == (state.interrupted, "")
    assert len(of_kind(lab, "unseal")) == 2


@pytest.mark.slow
def test_signals_inside_wait_for_the_unsealing(lab):
    backtest(lab, parse(BacktestAsk, STUDY | RULE))
    train(lab, parse(Train, STUDY | RULE | {"override": True, "reason": "a test"}))
    shut = alerts(lab, AlertsAsk(model_id=MODEL))
    assert shut.looked_at == 3  # before the holdout; their labels reach into it
    assert shut.as_of == pd.Timestamp("2014-05-30 20:00", tz="UTC")
    assert "Sessions from 2014-06-02 on are sealed and not shown" in shut.words
    assert alerts(reseal(lab), AlertsAsk(model_id=MODEL)).looked_at == 3  # the bundle remembers
    spend(lab)
    assert (
        alerts(lab, AlertsAsk(model_id=MODEL)).looked_at == INSIDE + 3
    )  # three before it had no label yet


@pytest.mark.parametrize(
    ("changes", "ask", "words"),
    [
        ({"holdout": None}, {}, "seals nothing"),
        ({}, {"confirm": False}, "can be unsealed once"),
        ({}, {"thresholds": None}, "No rule is given"),
        ({"holdout": "2016-01-04"}, {}, "no bar of TOY from 2016-01-04 on"),
        ({"end": "2014-01-02"}, {}, "does not lie after start and at or before end"),
    ],
)
def test_what_cannot_be_unsealed(tmp_path, files, changes, ask, words):
    lab = lab_at(tmp_path, files, **changes)
    with pytest.raises(BadRequest, match=words):
        spend(lab, **ask)
    assert [row["kind"] for row in lab.ledger.rows()] in ([], ["seal"])
