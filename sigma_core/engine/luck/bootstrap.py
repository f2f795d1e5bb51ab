"""Histories that might have been: stationary bootstrap of sessions, the same for every trial."""

from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Pair = tuple[float, float]

LEVEL = 0.95
"""Of the intervals: two and a half in a hundred lie below, as many above."""
EDGES = ((1 - LEVEL) / 2, (1 + LEVEL) / 2)
POINTS = 120
"""Of a curve that is followed: as many as a chart of it can show."""


@dataclass(frozen=True, eq=False)
class Resampled:
    """What each of `returns`' columns earned in each resampled history, [rounds, columns]."""

    mean: Floats
    """Per session."""
    sharpe: Floats
    """Per session; 0 in a history without a trade."""
    growth: Floats
    """Compounded return."""
    drawdown: Floats
    """Deepest fall from a former high, from -1 to 0, marked at sessions' ends."""
    path: Floats
    """Compounded return of one column up to each of `points_of` the sessions, [rounds, points]."""

    def interval(self, name: str, column: int, *, scale: float = 1.0) -> Pair:
        """Percentile interval of 95 % of one figure of one column."""
        low, high = np.quantile(getattr(self, name)[:, column] * scale, EDGES)
        return float(low), float(high)

    def band(self) -> tuple[Floats, Floats]:
        """The same of the path, point by point."""
        low, high = np.quantile(self.path, EDGES, axis=0)
        return low, high


def block_length(returns: Floats) -> int:
    """Mean length of a block for the whole set: the median of the trials' best lengths, at least 1.

    `returns` [sessions, trials], none constant. Source: D. Politis, H. White, Automatic
    Block-Length Selection, Econometric Reviews 23(1), 2004, corrected by A. Patton, Politis and
    White, 28(4), 2009: `arch.bootstrap.optimal_block_length`.
    """
    from arch.bootstrap import optimal_block_length  # more than a second to import

    return max(1, ceil(float(np.median(optimal_block_length(returns)["stationary"]))))


def points_of(sessions: int) -> NDArray[np.int64]:
    """Positions of at most POINTS sessions, evenly apart, the first and the last among them."""
    return np.unique(np.linspace(0, sessions - 1, POINTS).round().astype("int64"))


def resampled(
    returns: Floats, *, block: int, rounds: int, seed: int, followed: int = 0
) -> Resampled:
    """Resample the sessions of `returns` [sessions, columns] in blocks of mean length `block`.

    The path that is kept is that of column `followed`.

    Source: D. Politis, J. Romano, The Stationary Bootstrap, JASA 89, 1994; sessions are drawn by
    `arch.bootstrap.StationaryBootstrap`.
    """
    from sigma_core.engine.luck.compiled import resample

    n, columns = returns.shape
    mean = returns.mean(axis=0)
    away = returns - mean
    with np.errstate(divide="ignore"):
        grown = np.log1p(np.maximum(returns, -1.0))  # all lost is -inf, and stays lost
    total, squares, growth, fall = np.zeros((4, rounds, columns))
    at = points_of(n)
    path = np.empty((rounds, len(at)))
    picked = _drawn(n, block, rounds, seed)
    resample(picked, away, grown, followed, at, total, squares, growth, fall, path)
    drawn = total / n
    variance = (squares - n * drawn**2) / (n - 1)
    level = mean + drawn
    moves = variance > 1e-14 * (squares / n + mean**2)
    sharpe = np.where(moves, level / np.sqrt(np.where(moves, variance, 1.0)), 0.0)
    return Resampled(
        mean=level, sharpe=sharpe, growth=np.expm1(growth), drawdown=np.expm1(fall),
        path=np.expm1(path),
    )  # fmt: skip


def _drawn(n: int, block: int, rounds: int, seed: int) -> NDArray[np.int64]:
    """Sessions of each history, [rounds, n]."""
    from arch.bootstrap import StationaryBootstrap  # more than a second to import

    source = StationaryBootstrap(block, np.empty(n), seed=seed)
    return np.array([source.update_indices() for _ in range(rounds)])
