"""Whether the deflated Sharpes of many trials reach the level: one pass over arrays."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sigma_core.engine.evidence import LEVEL, NORMAL, expected_max

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

CLOSE = 1e-9
"""Standard deviations from the level within which rounding may decide."""


@dataclass(frozen=True, eq=False)
class Among:
    """Of each trial its moments per session, and the tries that it is one of; NaN: undefined."""

    t: Floats
    sharpe: Floats
    skew: Floats
    kurtosis: Floats
    n: NDArray[np.int64]
    """Tries, at least 1."""
    variance: Floats
    """Of the tries' Sharpes, before it is held against 1/T; NaN: fewer than two are defined."""


def reached(of: Among) -> tuple[Bools, Bools]:
    """Of each trial: whether its deflated Sharpe reaches LEVEL, and whether that is too close.

    The sums of `among` and `psr`, in the order of their terms; what is too close to the level is to
    be judged by those. Source: as theirs, Bailey and Lopez de Prado 2012 and 2014.
    """
    counts, place = np.unique(of.n, return_inverse=True)
    most = np.array([expected_max(int(n), 1.0) for n in counts])[place]
    with np.errstate(divide="ignore", invalid="ignore"):
        sr0 = np.sqrt(np.fmin(of.variance, 1 / of.t)) * most
        spread = 1 - of.skew * of.sharpe + (of.kurtosis - 1) / 4 * of.sharpe**2
        ratio = (of.sharpe - sr0) * np.sqrt(of.t - 1) / np.sqrt(spread)
    above = ratio - NORMAL.inv_cdf(LEVEL)
    # a spread of 0 is a ratio without an end, or none: left to `psr`, as are rounding errors of it
    close = (np.abs(above) < CLOSE) | (spread < CLOSE) | (of.t < 1)
    return above >= 0, close
