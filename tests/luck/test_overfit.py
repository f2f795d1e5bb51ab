"""The probability of backtest overfitting: constructed cases, the null, and laws."""

from math import comb, log

import numpy as np
import pytest

from sigma_core.engine.luck.overfit import overfit


def zigzag(means, *, each=20, wide=0.5):
    """Blocks of `each` sessions that swing by `wide` around their means: [sessions, trials]."""
    swing = wide * np.where(np.arange(each) % 2, 1.0, -1.0)
    return np.concatenate([mean + swing[:, None] * np.ones((1, len(mean))) for mean in means])


def noise(trials, sessions, *, seed):
    return np.random.default_rng(seed).normal(size=(sessions, trials))


def test_sixteen_blocks_are_halved_in_12870_ways():
    assert len(overfit(noise(2, 64, seed=1)).logits) == comb(16, 8) == 12_870


def test_a_trial_that_is_best_in_every_block_stays_best():
    """O24: place 5 of 5 is ω = 5/6, λ = ln 5."""
    rng = np.random.default_rng(1)
    means = np.column_stack([np.full(6, 3.0), rng.uniform(-1, 1, (6, 4))])
    found = overfit(zigzag(means), blocks=6)
    assert (found.pbo, found.loss) == (0.0, 0.0)
    assert found.logits == pytest.approx(np.full(20, log(5)))
    assert log(5) == pytest.approx(1.609438, abs=5e-7)


def test_two_mirrored_trials_always_swap():
    """O25: what is gained in three blocks is lost in the others; place 1 of 2, λ = ln(1/2).

    In 2 of 20 ways, such as 3 - 1 - 2, both earn nothing and tie: λ = 0, and no loss.
    """
    one = np.array([3.0, -1, 2, -2, 1, -3])
    found = overfit(zigzag(np.column_stack([one, -one])), blocks=6)
    swapped = found.logits[found.logits != 0]
    assert swapped == pytest.approx(np.full(18, -0.693147), abs=5e-7)
    assert (found.pbo, found.loss) == (1.0, 0.9)


def test_noise_is_overfitted_about_every_other_time():
    """O26: N = 50, T = 400, S = 8 gave 0.461 as the mean of 20 draws, with a spread of 0.137."""
    found = [overfit(noise(50, 400, seed=seed), blocks=8).pbo for seed in range(20)]
    assert np.mean(found) == pytest.approx(0.476, abs=2 * 0.137 / np.sqrt(20))


@pytest.mark.slow
def test_a_planted_edge_is_no_overfitting():
    """O26: 0.15 an observation in 20 of 200 trials, T = 1000, S = 16: .001."""
    returns = noise(200, 1000, seed=4)
    returns[:, :20] += 0.15
    assert overfit(returns).pbo == pytest.approx(0.001, abs=0.002)


def test_neither_the_order_of_trials_nor_their_leverage_matters():
    returns = noise(7, 160, seed=2)
    found, other = overfit(returns), overfit(returns[:, ::-1] * np.arange(1, 8))
    assert np.array_equal(found.logits, other.logits)
    assert found.slope == pytest.approx(other.slope, rel=1e-9)


def test_twins_share_their_place():
    """Both are best, and take places 1 and 2, or 2 and 3, of three: 1.5/4 or 2.5/4."""
    one, two = noise(2, 160, seed=3).T
    found = overfit(np.column_stack([one, one, two]))
    assert {round(float(x), 9) for x in np.exp(found.logits)} <= {
        round(x / (4 - x), 9) for x in (1.0, 1.5, 2.5, 3.0)
    }
    same = overfit(np.column_stack([one, one]))  # ω = 1.5/3: no better than the middle
    assert (same.pbo, set(same.logits)) == (1.0, {0.0})


def test_a_half_without_a_trade_earned_nothing():
    """Two blocks: the first trial trades in the first alone, the second always loses a little."""
    first = np.r_[0.02, 0.01, 0.03, 0.0, 0.0, 0.0]
    second = np.r_[-0.01, -0.02, -0.01, -0.02, -0.01, -0.01]
    found = overfit(np.column_stack([first, second]), blocks=2)
    assert found.logits == pytest.approx([log(2), log(2)])  # 0 is above a loss
    assert (found.pbo, found.loss) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("shape", "blocks", "words"),
    [((100, 1), 4, "one trial"), ((100, 3), 5, "5 blocks"), ((7, 3), 4, "7 sessions")],
)
def test_what_cannot_be_halved_is_a_bug(shape, blocks, words):
    with pytest.raises(ValueError, match=words):
        overfit(np.zeros(shape), blocks=blocks)
