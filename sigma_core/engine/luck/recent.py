"""The probabilistic Sharpe in its form of 2025: variance under the null, T returns, AR(1).

Not to be mixed with the forms of 2012 and 2014 in `evidence.py`, which the gate reads: the same
fund has 0.987 here and 0.913 there. Source of all: M. Lopez de Prado, A. Lipton, V. Zoonekynd, How
to Use the Sharpe Ratio, SSRN 5520741, 2025, with the code at github.com/zoonek/2025-sharpe-ratio.
"""

from functools import lru_cache
from math import inf, sqrt
from statistics import NormalDist

import numpy as np

from sigma_core.engine.evidence import LEVEL, Moments
from sigma_core.engine.luck._normal import sf

_NORMAL = NormalDist()


def variance(of: Moments, at: float, *, rho: float = 0.0, tries: int = 1) -> float:
    """Variance of the estimated Sharpe if the true one is `at`, per period.

    [a - b·γ₃·at + c·(γ₄ - 1)/4·at²]/T; a = 1 + 2ρ/(1 - ρ), b = 1 + ρ/(1 - ρ) + ρ²/(1 - ρ²),
    c = 1 + 2ρ²/(1 - ρ²), ρ the first autocorrelation. With `tries` that of the best of so many.

    >>> fund = Moments(t=24, sharpe=.036 / .079, skew=-2.448, kurtosis=10.164)
    >>> round(sqrt(variance(fund, fund.sharpe)), 3)
    0.329
    """
    a = 1 + 2 * rho / (1 - rho)
    b = 1 + rho / (1 - rho) + rho**2 / (1 - rho**2)
    c = 1 + 2 * rho**2 / (1 - rho**2)
    inside = a - b * of.skew * at + c * (of.kurtosis - 1) / 4 * at**2
    return inside / of.t * variance_of_max(tries)


def psr(of: Moments, benchmark: float, *, rho: float = 0.0, tries: int = 1) -> float:
    """Probability that the Sharpe is above `benchmark`, judged by the spread it has there."""
    spread = sqrt(variance(of, benchmark, rho=rho, tries=tries))
    return _NORMAL.cdf((of.sharpe - benchmark) / spread)


def min_track_record(
    of: Moments, benchmark: float, *, rho: float = 0.0, level: float = LEVEL
) -> float:
    """Returns needed for `psr` to reach `level`; inf if the Sharpe is not above `benchmark`."""
    if of.sharpe <= benchmark:
        return inf
    z = _NORMAL.inv_cdf(level)
    return variance(of, benchmark, rho=rho) * of.t * (z / (of.sharpe - benchmark)) ** 2


@lru_cache(maxsize=256)  # a sweep asks it of one number of tries, hundreds of times
def variance_of_max(n: int) -> float:
    """Variance of the largest of `n` independent standard normals, by Gauss-Hermite quadrature.

    >>> [round(variance_of_max(n), 4) for n in (1, 2, 10)]  # 1, 1 - 1/π, tabled .3443
    [1.0, 0.6817, 0.3443]
    """
    if n == 1:
        return 1.0
    nodes, weights = np.polynomial.hermite.hermgauss(200)
    z = nodes * sqrt(2)
    density = weights / sqrt(np.pi) * n * np.array([_NORMAL.cdf(x) for x in z]) ** (n - 1)
    mean = float(np.sum(density * z))
    return float(np.sum(density * z**2)) - mean**2


def missed(
    of: Moments, null: float, other: float, *, rho: float = 0.0, level: float = LEVEL
) -> float:
    """Probability β that a test of `null` at `level` misses a true Sharpe of `other`."""
    least = null + sqrt(variance(of, null, rho=rho)) * _NORMAL.inv_cdf(level)
    return _NORMAL.cdf((least - other) / sqrt(variance(of, other, rho=rho)))


def false_discoveries(*, prior: float, level: float, missed: float) -> float:
    """Share of strategies that pass a test at `level` and are nothing, where `prior` are good."""
    alpha = 1 - level
    return 1 / (1 + (1 - missed) * prior / alpha / (1 - prior))


def observed_false_discovery(
    of: Moments, null: float, other: float, *, prior: float, rho: float = 0.0
) -> float:
    """Probability that the true Sharpe is `null`, not `other`, after one at least this high."""
    nothing, good = (sf((of.sharpe - at) / sqrt(variance(of, at, rho=rho))) for at in (null, other))
    if nothing == 0:  # too far out for a float to tell
        return 0.0
    return nothing * (1 - prior) / (nothing * (1 - prior) + good * prior)
