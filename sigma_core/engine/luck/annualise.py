"""From a session's Sharpe to a year's, where returns of one session carry into the next."""

from collections.abc import Sequence
from math import sqrt

import numpy as np
from numpy.typing import NDArray


def eta(q: int, rho: Sequence[float] | NDArray[np.float64]) -> float | None:
    """What a Sharpe per period is multiplied by for `q` periods; √q without autocorrelation.

    η(q) = q/√(q + 2 Σ (q - k)·ρₖ), k from 1 to q - 1; `rho` holds ρ₁ to ρ of q - 1. None if the
    variance in the root is not positive. Source: A. Lo, The Statistics of Sharpe Ratios, FAJ 58(4),
    2002, eq. 20.

    >>> round(eta(2, [0.5]), 4)  # 2/√(2 + 2·½)
    1.1547
    """
    carried = np.asarray(rho, "float64")
    if len(carried) != q - 1:
        raise ValueError(f"{q} periods need {q - 1} autocorrelations, not {len(carried)}")
    inside = q + 2 * float(np.sum(np.arange(q - 1, 0, -1) * carried))
    return q / sqrt(inside) if inside > 0 else None


def eta_ar1(q: int, rho: float) -> float | None:
    """`eta` where each autocorrelation is a power of the first, ρₖ = ρ^k: Lo's table 2.

    One figure is estimated instead of q - 1: those of far lags are mostly noise.

    >>> [round(eta_ar1(12, rho), 2) for rho in (0.2, 0.0, -0.2)]
    [2.88, 3.46, 4.17]
    """
    return eta(q, [rho**k for k in range(1, q)])


def autocorrelation(returns: NDArray[np.float64]) -> float | None:
    """First autocorrelation of a series about its mean; None for a constant one."""
    away = returns - returns.mean()
    spread = float(np.sum(away * away))
    return float(np.sum(away[1:] * away[:-1])) / spread if spread > 0 else None
