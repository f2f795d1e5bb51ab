"""Tests of the best against a benchmark: the same numbers as arch, and what they must not mind."""

import numpy as np
import pytest

from sigma_core.engine.luck.bootstrap import block_length, resampled
from sigma_core.engine.luck.reality import long_run_variance, superior

SEED, ROUNDS, BLOCK = 5, 300, 4


def returns(*, edge=0.0, trials=6, sessions=400, seed=1):
    """Correlated noise; the first two trials have an edge a session, the last one loses much."""
    rng = np.random.default_rng(seed)
    made = rng.normal(0, 1, (sessions, trials)) + rng.normal(0, 0.5, (sessions, 1))
    made[:, :2] += edge
    made[:, -1] -= 0.6
    return made


def judge(of, *, seed=SEED, block=BLOCK):
    drawn = resampled(of, block=block, rounds=ROUNDS, seed=seed).mean
    return superior(of, drawn, block=block)


def by_arch(kind, losses):
    from arch import bootstrap  # two seconds to import

    test = getattr(bootstrap, kind)
    made = test(np.zeros(len(losses)), losses, block_size=BLOCK, reps=ROUNDS, seed=SEED)
    made.compute()
    return made


@pytest.mark.parametrize("edge", [0.0, 0.05, 0.12])
def test_the_reality_check_is_archs(edge):
    of = returns(edge=edge)
    assert judge(of).reality_check == by_arch("RealityCheck", -of).pvalues["upper"]


@pytest.mark.parametrize("edge", [0.0, 0.05, 0.12])
def test_the_studentised_spa_is_archs_of_studentised_losses(edge):
    of = returns(edge=edge)
    found = judge(of)
    theirs = by_arch("SPA", -of / np.sqrt(long_run_variance(of, BLOCK))).pvalues
    assert [found.spa_lower, found.spa, found.spa_upper] == pytest.approx(
        [theirs["lower"], theirs["consistent"], theirs["upper"]], abs=1e-12
    )


@pytest.mark.parametrize("edge", [0.0, 0.15, 0.3])
def test_the_survivors_are_archs(edge):
    of = returns(edge=edge)
    theirs = by_arch("StepM", -of / np.sqrt(long_run_variance(of, BLOCK)))
    assert judge(of).survivors == tuple(theirs.superior_models)


def test_a_large_edge_is_named_and_nothing_else():
    assert judge(returns(edge=0.4)).survivors == (0, 1)
    assert judge(returns()).survivors == ()


def test_the_variance_is_archs():
    of = returns(sessions=120)
    made = by_arch("SPA", -of)
    assert long_run_variance(of, BLOCK) == pytest.approx(made._loss_diff_var, rel=1e-10)


def test_losses_taken_for_returns_turn_the_answer_round():
    """The mistake that arch invites."""
    of = returns(edge=0.3)[:, :2]
    assert judge(of).reality_check < 0.01
    assert judge(-of).reality_check > 0.9


def test_leverage_of_a_trial_changes_nothing_but_the_reality_check():
    of = returns(edge=0.1)
    wide = of * np.array([1, 1, 1, 50.0, 1, 1])
    assert judge(wide).spa == judge(of).spa
    assert judge(wide).survivors == judge(of).survivors
    assert judge(wide).reality_check != judge(of).reality_check


def test_a_hopeless_trial_does_not_hide_a_good_one():
    """Hansen's reason: White's p-value rises with each poor trial that is added."""
    rng = np.random.default_rng(2)
    good = rng.normal(0.12, 1, (400, 1))
    poor = rng.normal(-1.5, 4, (400, 30))
    both = judge(np.column_stack([good, poor]))
    assert both.spa == judge(good).spa
    assert both.reality_check > 10 * max(both.spa, 1 / ROUNDS)


def test_the_same_seed_gives_the_same_and_the_bounds_hold():
    of = returns(edge=0.06)
    found = judge(of)
    assert found == judge(of)
    assert found.spa_lower <= found.spa <= found.spa_upper


def test_blocks_are_longer_where_sessions_carry_over():
    rng = np.random.default_rng(3)
    steps = rng.normal(size=(1500, 3))
    carried = steps.copy()
    for t in range(1, len(carried)):
        carried[t] += 0.8 * carried[t - 1]
    assert block_length(steps) < 10 < block_length(carried)
