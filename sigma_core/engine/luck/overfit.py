"""How likely the best of a sweep is best by chance: combinatorially symmetric cross-validation."""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

BLOCKS = 16
"""Of sessions; every half of them is once the past and once the future: C(16, 8) = 12,870 ways."""


@dataclass(frozen=True, eq=False)
class Overfit:
    """What becomes of the best of each half in the other half. Sharpes are per session."""

    pbo: float
    """Share of ways in which the best of one half is at or below the middle of the other."""
    logits: Floats
    """ln(ω/(1 - ω)) of each way; ω = place in the other half, from the worst, over N + 1."""
    slope: float | None
    """Of the Sharpe kept in the other half on the Sharpe found; 1 keeps all, None if all alike."""
    loss: float
    """Share of ways in which the best of one half loses in the other."""
    blocks: int


def overfit(returns: Floats, *, blocks: int = BLOCKS) -> Overfit:
    """Probability of backtest overfitting of `returns` [sessions, trials], by Sharpe.

    Blocks are of consecutive sessions and equally long, the first ones take the remainder. A trial
    without a trade in a half earned 0 there. Ties have their average place; of trials that tie for
    the best the average counts.
    Source: D. Bailey, J. Borwein, M. Lopez de Prado, Q. Zhu, The Probability of Backtest
    Overfitting, J. Computational Finance 20(4), 2017.
    Raises ValueError for fewer than two trials, or an odd number of blocks or of no two sessions.
    """
    sessions, trials = returns.shape
    if trials < 2:
        raise ValueError("one trial alone is chosen from nothing")
    if blocks < 2 or blocks % 2 or sessions < 2 * blocks:
        raise ValueError(f"{sessions} sessions do not make {blocks} blocks, an even number, of two")
    found = _sharpes_of_halves(returns, blocks)
    kept = found[::-1]  # the other half of the first way is that of the last, and so on
    place, of_best, in_best = _best_elsewhere(found, kept)
    share = place / (trials + 1)
    logits = np.log(share / (1 - share))
    return Overfit(
        pbo=float((logits <= 0).mean()),
        logits=logits,
        slope=_slope(in_best, of_best),
        loss=float((of_best < 0).mean()),
        blocks=blocks,
    )


def _sharpes_of_halves(returns: Floats, blocks: int) -> Floats:
    """Sharpe of each trial in each half of the blocks, [ways, trials], in lexical order."""
    parts = np.array_split(returns, blocks)
    chosen = np.array(
        [[b in way for b in range(blocks)] for way in combinations(range(blocks), blocks // 2)]
    )
    n = (chosen * [len(part) for part in parts]).sum(axis=1)[:, None]
    total = _summed(chosen, [part.sum(axis=0) for part in parts])
    squares = _summed(chosen, [(part**2).sum(axis=0) for part in parts])
    spread = (squares - total**2 / n) / (n - 1)
    moves = spread > 1e-14 * squares
    idle = np.where(total == 0, 0.0, np.copysign(np.inf, total))
    return np.asarray(np.where(moves, total / n / np.sqrt(np.where(moves, spread, 1.0)), idle))


def _summed(chosen: NDArray[np.bool_], of_block: list[Floats]) -> Floats:
    """Sums over the chosen blocks, in one order for every trial: twins stay twins to the bit."""
    total = np.zeros((len(chosen), len(of_block[0])))
    for take, values in zip(chosen.T, of_block, strict=True):
        total += take[:, None] * values
    return total


def _best_elsewhere(found: Floats, kept: Floats) -> tuple[Floats, Floats, Floats]:
    """Of the best of each way: its place and its Sharpe in the other half, and its own Sharpe."""
    top = found.max(axis=1)
    count, place, sharpe = np.zeros((3, len(found)))
    for trial in range(found.shape[1]):
        ways = np.flatnonzero(found[:, trial] == top)
        there = kept[ways]
        own = there[:, [trial]]
        count[ways] += 1
        place[ways] += (there < own).sum(axis=1) + ((there == own).sum(axis=1) + 1) / 2
        sharpe[ways] += own[:, 0]
    return place / count, sharpe / count, top


def _slope(x: Floats, y: Floats) -> float | None:
    away = x - x.mean()
    spread = float((away**2).sum())
    return float((away * (y - y.mean())).sum() / spread) if spread > 0 else None
