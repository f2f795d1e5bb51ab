"""The cost stress of a real run: its own figures at its own costs, and no trace of the look."""

import pytest

from sigma_core.errors import BadRequest, UnknownName
from sigma_core.verbs.backtest import BacktestAsk, backtest
from sigma_core.verbs.cost_stress import CostStress, cost_stress
from sigma_core.verbs.sweep_run import SweepRun, sweep_run
from tests.job.conftest import MODEL
from tests.job.test_what_if import everything


@pytest.fixture
def tested(lab):
    """A backtest of a rule that chooses among two thresholds."""
    return backtest(lab, BacktestAsk(model_id=MODEL, thresholds="0.50,0.55", splits=3))


def test_a_backtest_at_its_own_costs_is_itself_and_leaves_no_trace(lab, tested):
    before = everything(lab)
    found = cost_stress(lab, CostStress(run_id=tested.run_id))
    assert everything(lab) == before
    free, own, twice, thrice, late = found.scenarios
    assert own.metrics == tested.entry.metrics
    assert (own.lost, own.gained, own.cost_bps) == (0, 0, 1.0)
    assert [each.cost_bps for each in found.scenarios] == [0, 1, 2, 3, 1]
    assert free.metrics.return_ > twice.metrics.return_ > thrice.metrics.return_
    assert (late.delay, late.metrics.trades > 0) == (1, True)
    for each in (free, twice, thrice, late):
        assert each.metrics.trades == own.metrics.trades - each.lost + each.gained


@pytest.mark.slow
def test_a_trial_of_a_sweep_and_the_newest_run(lab, tested):
    swept = sweep_run(lab, SweepRun(model_id=MODEL, thresholds_variants=("0.52",), splits=3))
    [trial] = swept.trials
    one = cost_stress(lab, CostStress(trial_id=trial.trial_id))
    assert (one.run_id, one.scenarios[1].metrics) == (swept.sweep_id, trial.metrics)
    assert cost_stress(lab, CostStress(model_id=MODEL)).run_id == swept.sweep_id
    assert cost_stress(lab, CostStress(run_id=tested.run_id)).run_id == tested.run_id


def test_what_is_not_there_is_refused_by_name(lab):
    with pytest.raises(BadRequest, match="Nothing was tried yet"):
        cost_stress(lab, CostStress())
    with pytest.raises(UnknownName, match="backtest-x"):
        cost_stress(lab, CostStress(run_id="backtest-x"))
    with pytest.raises(UnknownName, match="0123"):
        cost_stress(lab, CostStress(trial_id="0123"))
    with pytest.raises(BadRequest, match="model_id other"):
        cost_stress(lab, CostStress(model_id="other"))
