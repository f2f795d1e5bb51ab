"""The momentum gate from request to trades, signals and words."""

from pathlib import Path

import pytest

from sigma_core.errors import BadRequest
from sigma_core.lab import Lab
from sigma_core.lake import Lake
from sigma_core.schemas import MATRICES, TRADES
from sigma_core.verbs.backtest import BacktestAsk, backtest
from sigma_core.verbs.backtest_gated import backtest_gated
from sigma_core.verbs.sweep_run import SweepRun, sweep_run

ROOT = Path(__file__).resolve().parents[2]
SOME = {"thresholds": "0.55", "start": "2010-01-01"}


@pytest.fixture
def lab(tmp_path):
    """The packs of the project over an empty lake: the demo's indicators hold the score."""
    return Lab(packs=ROOT / "packs", lake=Lake(tmp_path / "lake"))


@pytest.mark.slow
def test_no_trade_is_against_the_momentum(lab):
    free = backtest(lab, BacktestAsk(**SOME))
    done = backtest_gated(lab, BacktestAsk(**SOME, momentum_min=0.25))
    matrix = lab.lake.read(MATRICES, done.entry.lineage.matrix_sha).set_index("ts")
    trades = lab.lake.read(TRADES, done.run_id)
    score = matrix.loc[trades["signal_ts"], "momentum_score_total"].to_numpy()
    long = (trades["side"] == "long").to_numpy()
    assert len(trades) > 10
    assert (score[long] >= 0.25).all()
    assert (score[~long] <= -0.25).all()
    assert done.counts["momentum_gate"] > 0
    assert done.counts["signals"] == free.counts["signals"] == sum(
        n for name, n in done.counts.items() if name != "signals"
    )  # fmt: skip


@pytest.mark.slow
def test_a_gate_makes_another_trial_on_the_same_fit(lab):
    free = sweep_run(lab, SweepRun(thresholds_variants=("0.55",), start="2010-01-01"))
    gated = sweep_run(
        lab, SweepRun(thresholds_variants=("0.55",), start="2010-01-01", momentum_gate=True)
    )
    (one,), (other,) = free.trials, gated.trials
    assert one.lineage.policy_sha != other.lineage.policy_sha
    assert one.lineage.matrix_sha == other.lineage.matrix_sha
    assert one.trial_id != other.trial_id
    assert other.evidence.n_trials == 2
    assert len(list(lab.lake.root.glob("predictions/**/*.parquet"))) == 1


def test_what_changes_nothing_is_refused(lab):
    with pytest.raises(BadRequest, match=r"momentum_min 0\.2 changes nothing: .* off"):
        backtest(lab, BacktestAsk(momentum_min=0.2))
    with pytest.raises(BadRequest, match="'momentum', which is no column"):
        backtest_gated(lab, BacktestAsk(momentum_column="momentum"))
