"""The verbs of the main job, on a small market: what they answer, keep and refuse."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from sigma_core.errors import BadRequest, Damaged
from sigma_core.verbs._screens import ranking
from sigma_core.verbs.alerts import AlertsAsk, alerts
from sigma_core.verbs.audit import AuditAsk, audit
from sigma_core.verbs.backtest import BacktestAsk, backtest
from sigma_core.verbs.leaderboard import Leaderboard, leaderboard
from sigma_core.verbs.signals import Signals, signals
from sigma_core.verbs.sweep import SweepAsk, sweep
from sigma_core.verbs.sweep_run import SweepRun, sweep_run
from sigma_core.verbs.train import Train, train

MODEL = "toy_eq_swing_daily"
GRID = SweepRun(
    model_id=MODEL, thresholds_variants=("0.50", "0.52", "0.50,0.55"), top_pct_variants=(0.2,)
)


@pytest.fixture
def lab(lab):
    """A lab whose clock moves on a minute with each look."""
    ticks = iter(range(100_000))
    start = datetime(2024, 1, 2, tzinfo=UTC)
    return replace(lab, now=lambda: start + timedelta(minutes=next(ticks)))


def test_a_sweep_ranks_every_config_and_counts_each_once(lab):
    found = sweep_run(lab, GRID)
    assert (found.configs, len(found.trials)) == (4, 4)
    assert {e.evidence.n_trials for e in found.trials} == {4}
    again = sweep_run(lab, GRID)
    assert [e.trial_id for e in again.trials] == [e.trial_id for e in found.trials]
    assert {e.evidence.n_trials for e in again.trials} == {4}
    board = leaderboard(lab, Leaderboard())
    assert sorted(e.trial_id for e in board) == sorted(e.trial_id for e in found.trials)
    assert sweep(lab, SweepAsk(sweep_id=found.sweep_id)) == found


@pytest.mark.slow
def test_more_tries_at_the_same_data_deflate_what_was_judged_before(lab):
    first = sweep_run(lab, GRID).trials[0]
    backtest(lab, BacktestAsk(model_id=MODEL, thresholds="0.51", splits=4))
    [now] = [e for e in leaderboard(lab, Leaderboard()) if e.trial_id == first.trial_id]
    assert (now.judged.n_trials, now.evidence.n_trials) == (4, 5)
    assert now.judged == first.evidence
    assert now.metrics == first.metrics


def test_verdicts_stand_before_figures(lab):
    statuses = [e.gate.status for e in sweep_run(lab, GRID).trials]
    order = ["PASS", "UNPROVEN", "FAIL"]
    assert statuses == sorted(statuses, key=order.index)


def test_the_ranking_fits_eighty_columns(swept, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    narrow = ranking(swept.trials)
    assert max(map(len, narrow.splitlines())) <= 80
    assert MODEL not in narrow  # in a sweep all are of one
    monkeypatch.delenv("COLUMNS")
    assert ranking(swept.trials).count(MODEL) == len(swept.trials)


def test_a_backtest_keeps_trades_and_curves_that_agree_with_its_figures(lab):
    done = backtest(lab, BacktestAsk(model_id=MODEL, thresholds="0.50"))
    trades = lab.lake.rows("SELECT * FROM trades WHERE run_id = $run_id", run_id=done.run_id)
    curve = lab.lake.rows(
        "SELECT equity FROM equity WHERE run_id = $run_id ORDER BY ts", run_id=done.run_id
    )
    assert len(trades) == done.entry.metrics.trades == done.counts["taken"]
    assert curve[-1]["equity"] - 1 == pytest.approx(done.entry.metrics.return_, rel=1e-12)
    grown = 1.0
    for trade in sorted(trades, key=lambda t: t["entry_ts"]):
        grown *= 1 + trade["size"] * trade["ret"]
    assert grown == pytest.approx(curve[-1]["equity"], rel=1e-9)


def test_training_what_is_not_proven_asks_for_a_reason(lab):
    swept = sweep_run(lab, GRID)
    assert swept.trials[0].gate.status != "PASS"
    with pytest.raises(BadRequest, match="not PASS") as told:
        train(lab, Train(model_id=MODEL))
    assert "override=true" in told.value.hint
    with pytest.raises(BadRequest, match="not PASS"):
        train(lab, Train(model_id=MODEL, override=True))
    bundle = train(lab, Train(model_id=MODEL, override=True, reason="to watch it"))
    assert (bundle.status, bundle.override, bundle.reason) == (
        swept.trials[0].gate.status,
        True,
        "to watch it",
    )


def test_a_rule_that_was_never_tried_cannot_be_trained(lab):
    sweep_run(lab, GRID)
    with pytest.raises(BadRequest, match=r"no trial of thr 0\.77"):
        train(lab, Train(model_id=MODEL, thresholds="0.77", override=True, reason="x"))


def test_looking_twice_adds_nothing_twice(lab):
    end = datetime(2015, 6, 30, tzinfo=UTC).date()
    sweep_run(lab, replace(GRID, end=end))
    asked = Train(model_id=MODEL, thresholds="0.50", end=end, override=True, reason="x")
    bundle = train(lab, asked)
    first = alerts(lab, AlertsAsk(model_id=MODEL))
    second = alerts(lab, AlertsAsk(model_id=MODEL))
    assert first.added == len(first.signals) > 0
    assert (second.added, second.updated, second.signals) == (0, 0, first.signals)
    assert all(s.timestamp.date() > bundle.trained_through for s in first.signals)
    kept = signals(lab, Signals(model_id=MODEL, limit=10_000))
    assert tuple(kept) == first.signals
    assert {s.verdict for s in kept} == {bundle.status}


@pytest.mark.slow
def test_an_empty_look_says_by_how_much_it_was_missed(lab):
    end = datetime(2015, 6, 30, tzinfo=UTC).date()
    sweep_run(lab, replace(GRID, thresholds_variants=("0.99",), top_pct_variants=(), end=end))
    train(lab, Train(model_id=MODEL, thresholds="0.99", end=end, override=True, reason="x"))
    found = alerts(lab, AlertsAsk(model_id=MODEL))
    assert found.signals == ()
    assert f"missing {0.99 - found.best:.3f}" in found.words


def test_too_many_configs_are_refused_with_the_counts(lab):
    many = tuple(f"{x / 1000:.3f}" for x in range(500, 560))
    with pytest.raises(BadRequest, match="60 configs, and balanced allows 50"):
        sweep_run(lab, SweepRun(model_id=MODEL, thresholds_variants=many))


@pytest.mark.slow
def test_a_second_making_taken_out_of_the_ledger_is_missed(lab, tmp_path):
    """The newest chain and its anchor: its trials were all tried before."""
    sweep_run(lab, GRID)
    before = set((tmp_path / "lake" / "ledger").iterdir())
    sweep_run(lab, GRID)
    assert audit(lab, AuditAsk()).ok
    for file in {*(tmp_path / "lake" / "ledger").iterdir()} - before:
        file.unlink()
    faults = audit(lab, AuditAsk()).faults
    assert len(faults) == 4
    assert all("was made 2 times, and the ledger tells of 1" in words for words in faults)


def test_a_trial_taken_out_of_the_ledger_is_missed(lab, tmp_path):
    sweep_run(lab, GRID)
    assert audit(lab, AuditAsk()).ok
    for file in (tmp_path / "lake" / "ledger").iterdir():
        file.unlink()
    found = audit(lab, AuditAsk())
    assert not found.ok
    assert any("on the leaderboard and not in the ledger" in words for words in found.faults)
    with pytest.raises(Damaged, match="lacks 4 of the trials on the leaderboard"):
        leaderboard(lab, Leaderboard())
