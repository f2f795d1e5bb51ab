"""Resampled histories: the same as arch's, figure by figure, and whole sweeps assessed on them."""

import numpy as np
import pytest

from sigma_core.engine.evidence import evidence_of
from sigma_core.engine.luck.assess import METHODS, assess
from sigma_core.engine.luck.bootstrap import points_of, resampled
from sigma_core.engine.measure import drawdown

MARKET = np.random.default_rng(9).normal(0.0003, 0.01, 300)


def returns(trials=4, sessions=300, *, seed=1):
    return np.random.default_rng(seed).normal(0.0005, 0.01, (sessions, trials))


def assessed(of, *, n_trials=None, seed=3):
    tries = [(f"t{i}", _evidence(column, n_trials or of.shape[1])) for i, column in enumerate(of.T)]
    return assess(of, MARKET[: len(of)], tries, year=252, rounds=200, seed=seed)


def _evidence(column, n):
    return evidence_of(column, MARKET[: len(column)], n_trials=n, sharpes=(), excess_sharpes=())


def by_arch(of):
    from arch.bootstrap import StationaryBootstrap  # two seconds to import

    return StationaryBootstrap(5, of, seed=7)


@pytest.mark.slow
def test_each_figure_is_that_of_archs_histories():
    of = returns()
    found = resampled(of, block=5, rounds=40, seed=7, followed=2)
    source = by_arch(of)
    assert (points_of(300)[:3].tolist(), points_of(300)[-1]) == ([0, 3, 5], 299)
    for i, ((drawn,), _) in enumerate(source.bootstrap(40)):
        curve = np.cumprod(1 + drawn, axis=0)
        assert found.mean[i] == pytest.approx(drawn.mean(axis=0), rel=1e-9)
        assert found.sharpe[i] == pytest.approx(drawn.mean(axis=0) / drawn.std(axis=0, ddof=1))
        assert found.growth[i] == pytest.approx(curve[-1] - 1)
        assert found.drawdown[i] == pytest.approx([drawdown(each) for each in curve.T])
        assert found.path[i] == pytest.approx(curve[points_of(300), 2] - 1)


def test_the_interval_is_archs():
    of = returns(1)
    found = resampled(of, block=5, rounds=300, seed=7).interval("mean", 0)
    source = by_arch(of[:, 0])
    theirs = source.conf_int(np.mean, reps=300, method="percentile", size=0.95)
    assert found == pytest.approx(theirs[:, 0])


def test_a_trial_that_loses_all_stays_at_nothing():
    of = returns(1)
    of[40] = -1.0
    found = resampled(of, block=1, rounds=50, seed=1)
    hit = found.drawdown[:, 0] == -1
    assert 0 < hit.sum() < 50
    assert (found.growth[hit, 0] == -1).all()
    assert (found.growth[~hit, 0] > -1).all()


def test_the_sweep_is_the_same_in_any_order_of_its_trials():
    of = returns()
    one, other = assessed(of), assessed(of[:, ::-1])
    summed = ("n_effective", "effective_rank", "correlation", "pbo_slope")  # in another order
    assert [one.sweep[n] for n in summed] == pytest.approx([other.sweep[n] for n in summed])
    assert {k: v for k, v in one.sweep.items() if k not in summed} == {
        k: v for k, v in other.sweep.items() if k not in summed
    }
    for a, b in zip(one.trials, other.trials[::-1], strict=True):
        names = [n for n in vars(a) if n != "trial_id"]
        assert [getattr(a, n) for n in names] == [getattr(b, n) for n in names]


def test_the_same_seed_says_the_same_and_another_says_something_else():
    of = returns()
    one, again, other = assessed(of), assessed(of), assessed(of, seed=4)
    assert (one.sweep, one.trials) == (again.sweep, again.trials)
    assert one.trials[0].sharpe_low != other.trials[0].sharpe_low
    assert one.sweep["pbo"] == other.sweep["pbo"]  # tries all ways, draws none


def test_intervals_hold_the_figure_and_more_tries_cut_more():
    few, many = assessed(returns()), assessed(returns(), n_trials=400)
    for one, other in zip(few.trials, many.trials, strict=True):
        assert one.sharpe_low < one.sharpe < one.sharpe_high
        assert one.return_low < one.return_ < one.return_high
        assert -1 <= one.max_dd_low < one.max_dd_high <= 0
        assert (one.sharpe, one.sharpe_low) == (other.sharpe, other.sharpe_low)
        if one.sharpe > 0:
            assert other.haircut_sharpe < one.haircut_sharpe < one.sharpe
            assert other.min_btl > one.min_btl


def test_the_band_ends_at_the_interval_of_the_best_trial():
    found = assessed(returns())
    best = max(found.trials, key=lambda trial: trial.sharpe)
    ends = tuple(found.sweep[f"best_{name}"][-1] for name in ("low", "growth", "high"))
    assert ends == pytest.approx((best.return_low, best.return_, best.return_high))
    few = assessed(returns(2, 40)).sweep
    assert len(few["best_growth"]) == len(few["best_low"]) == 40  # no more points than sessions


def test_a_trial_that_never_traded_is_in_no_test_and_is_counted():
    of = returns()
    idle = np.column_stack([of, np.zeros(len(of))])
    with_it, without = assessed(idle), assessed(of, n_trials=5)
    assert (with_it.sweep["tried"], with_it.sweep["traded"]) == (5, 4)
    for name in ("pbo", "spa_zero", "rc_hold", "n_effective"):
        assert with_it.sweep[name] == without.sweep[name]
    last = with_it.trials[-1]
    assert (last.sharpe, last.haircut_sharpe, last.survivor, last.return_) == (None, None, None, 0)
    nothing = assessed(np.zeros((300, 2)))
    assert nothing.sweep["pbo"] is None
    assert nothing.undefined["pbo"] == "no trial ever traded"


def test_one_trial_has_no_overfitting_and_holding_has_no_test_against_holding():
    alone = assessed(returns(1))
    assert alone.sweep["pbo"] is None
    assert "one trial alone" in alone.undefined["pbo"]
    assert alone.sweep["spa_zero"] is not None
    held = assessed(MARKET[:, None].copy())
    assert held.sweep["spa_hold"] is None
    assert "buy-and-hold itself" in held.undefined["spa_hold"]
    assert held.trials[0].survivor_hold is False


def test_each_figure_has_a_source():
    named = {name for names in METHODS for name in names.split(", ")}
    bare = {"block", "tried", "traded", "rounds", "seed", "pbo_blocks"}
    found = assessed(returns())
    figures = {n for n in found.sweep if not n.endswith(("_lower", "_upper"))} - bare
    own = set(vars(found.trials[0])) - {"trial_id", "t", "n_trials"}
    assert figures | own == named


def test_too_few_sessions_are_a_bug():
    with pytest.raises(ValueError, match="20 sessions are fewer than 32"):
        assessed(returns(2, 20))
