"""How far luck and mere exposure explain a result: PSR, DSR, and the history that would settle it.

Everything is per session, not per year; standard deviations have ddof 1, skew and kurtosis are
population moments, kurtosis is Pearson's (3 for a normal). The forms are those of 2012 and 2014,
with T - 1 and the estimated Sharpe in the variance.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import copysign, e, inf, sqrt
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from sigma_core.domain.trial import Evidence

Floats = NDArray[np.float64]
Sharpes = Sequence[float | None] | Floats
"""Per-session Sharpes of a family; None or NaN where undefined."""

LEVEL = 0.95
"""Both deflated Sharpes must reach this."""
MOST_YEARS = 30
"""A result that needs more years than this cannot be proved at its Sharpe."""
EULER = 0.5772156649015329

NORMAL = NormalDist()


@dataclass(frozen=True, kw_only=True)
class Moments:
    """What is known of a series of returns."""

    t: int
    sharpe: float
    """Mean over standard deviation (ddof 1), per period."""
    skew: float
    kurtosis: float


def moments_of(returns: Floats) -> Moments | None:
    """Sharpe, skew and kurtosis of returns per period; None for fewer than two or a constant."""
    if len(returns) < 2:
        return None
    mean, two, three, four = _powers(returns)
    if _steady(returns, two):
        return None
    t = len(returns)
    return Moments(
        t=t,
        sharpe=mean / sqrt(two / (t - 1)),
        skew=three / t / (two / t) ** 1.5,
        kurtosis=four * t / (two * two),
    )


def _powers(returns: Floats) -> tuple[float, float, float, float]:
    from sigma_core.compiled import powers

    mean, two, three, four = powers(np.asarray(returns, dtype="float64"))
    return mean, two, three, four


def _steady(returns: Floats, squares: float) -> bool:
    """Whether returns have no deviation but that of rounding, by their sum of squares of it."""
    return sqrt(squares / (len(returns) - 1)) <= 1e-14 * float(np.abs(returns).max())


def psr(of: Moments, benchmark: float) -> float:
    """Probability that the true Sharpe is above `benchmark`.

    Source: D. Bailey, M. Lopez de Prado, The Sharpe Ratio Efficient Frontier, J. Risk 15(2), 2012.

    >>> round(psr(Moments(t=24, sharpe=0.458, skew=0, kurtosis=3), 0), 3)
    0.982
    """
    return NORMAL.cdf(_ratio((of.sharpe - benchmark) * sqrt(of.t - 1), _spread(of)))


def expected_max(n: int, variance: float) -> float:
    """The best Sharpe that luck alone finds in `n` tries whose Sharpes vary by `variance`.

    One try is no search: 0. Source: D. Bailey, M. Lopez de Prado, The Deflated Sharpe Ratio,
    J. Portfolio Management 40(5), 2014, eq. 1.

    >>> round(expected_max(100, 1.0), 10)
    2.5306028932
    """
    if n <= 1:
        return 0.0
    z = (1 - EULER) * NORMAL.inv_cdf(1 - 1 / n) + EULER * NORMAL.inv_cdf(1 - 1 / (n * e))
    return sqrt(variance) * z


def spread_of_tries(sharpes: Sharpes, t: int) -> float:
    """Variance (ddof 1) of the defined per-session Sharpes of a family, at most 1/T.

    1/T, the variance of Sharpes of pure noise, if fewer than two are defined. Source: spec §9.
    """
    known = np.asarray(sharpes, dtype="float64")  # None becomes NaN
    return capped(variance_of_tries(known), t)


def variance_of_tries(sharpes: Floats) -> float | None:
    """Variance (ddof 1) of those that are not NaN; None for fewer than two."""
    known = sharpes[np.isfinite(sharpes)]
    return float(known.var(ddof=1)) if len(known) > 1 else None


def capped(variance: float | None, t: int) -> float:
    """The variance of tries, at most the 1/T of pure noise, which also stands for none known."""
    return 1 / t if variance is None else min(variance, 1 / t)


def beta_of(returns: Floats, market: Floats) -> float | None:
    """Slope of `returns` on `market` by least squares with an intercept; None for a flat market.

    Source: W. F. Sharpe, A Simplified Model for Portfolio Analysis, Management Science 9(2), 1963.
    """
    if len(market) < 2 or _steady(market, _powers(market)[1]):
        return None
    away = market - market.mean()
    # sums, not dot products: those may depend on the number of processors
    return float(np.sum(away * (returns - returns.mean())) / np.sum(away * away))


def evidence_of(
    returns: Floats,
    market: Floats,
    *,
    n_trials: int,
    sharpes: Sharpes,
    excess_sharpes: Sharpes,
) -> Evidence:
    """Judge session `returns` against luck in `n_trials` tries, and against `market` exposure.

    `market` are buy-and-hold's returns over the same sessions. `sharpes` and `excess_sharpes`
    are per session, of the whole family, this trial among them; None where undefined: such a try
    counts in `n_trials` only. What is undefined is None.

    Raises ValueError if the two series differ in length, or the family is larger than `n_trials`.
    """
    if len(returns) != len(market):
        raise ValueError(f"{len(returns)} returns do not match {len(market)} of the market")
    own, beta = moments_of(returns), beta_of(returns, market)
    excess = None if own is None or beta is None else _beyond(returns, beta * market)
    sharpe, skew, kurtosis = _parts(own)
    excess_sharpe, excess_skew, excess_kurtosis = _parts(excess)
    alone = Evidence(
        n_trials=1,
        variance=None,
        t=len(returns),
        sharpe=sharpe,
        skew=skew,
        kurtosis=kurtosis,
        sr0=None,
        psr=None if own is None else psr(own, 0.0),
        dsr=None,
        beta=beta,
        excess_sharpe=excess_sharpe,
        excess_skew=excess_skew,
        excess_kurtosis=excess_kurtosis,
        excess_variance=None,
        excess_sr0=None,
        excess_dsr=None,
    )
    return rejudge(alone, n_trials=n_trials, sharpes=sharpes, excess_sharpes=excess_sharpes)


def rejudge(
    before: Evidence,
    *,
    n_trials: int,
    sharpes: Sharpes,
    excess_sharpes: Sharpes,
) -> Evidence:
    """The same result among today's family: what the leaderboard shows, without any returns.

    Raises ValueError if the family is larger than `n_trials`.
    """
    if n_trials < max(1, len(sharpes), len(excess_sharpes)):
        raise ValueError(f"a family of {len(sharpes)} has more than {n_trials} trials")
    variance, excess_variance = (
        spread_of_tries(family, before.t) if before.t else None
        for family in (sharpes, excess_sharpes)
    )
    return among(before, n_trials, variance, excess_variance)


def among(
    before: Evidence, n_trials: int, variance: float | None, excess_variance: float | None
) -> Evidence:
    """The same result among `n_trials` tries whose per-session Sharpes vary by `variance`."""
    sr0, excess_sr0 = (
        None if v is None else expected_max(n_trials, v) for v in (variance, excess_variance)
    )
    own, excess = own_of(before), excess_of(before)
    return replace(
        before,
        n_trials=n_trials,
        variance=variance,
        sr0=sr0,
        dsr=None if own is None or sr0 is None else psr(own, sr0),
        excess_variance=excess_variance,
        excess_sr0=excess_sr0,
        excess_dsr=None if excess is None or excess_sr0 is None else psr(excess, excess_sr0),
    )


def own_of(found: Evidence) -> Moments | None:
    """The moments of the session returns; None if their Sharpe is undefined."""
    return _moments(found.t, found.sharpe, found.skew, found.kurtosis)


def excess_of(found: Evidence) -> Moments | None:
    """The moments of what exposure does not explain; None if their Sharpe is undefined."""
    return _moments(found.t, found.excess_sharpe, found.excess_skew, found.excess_kurtosis)


def _beyond(returns: Floats, explained: Floats) -> Moments | None:
    """The moments of what is left; None if that is only rounding."""
    left = returns - explained
    return moments_of(left) if left.std() > 1e-10 * returns.std() else None


def _parts(of: Moments | None) -> tuple[float | None, float | None, float | None]:
    return (None, None, None) if of is None else (of.sharpe, of.skew, of.kurtosis)


def _moments(
    t: int, sharpe: float | None, skew: float | None, kurtosis: float | None
) -> Moments | None:
    if sharpe is None or skew is None or kurtosis is None:
        return None
    return Moments(t=t, sharpe=sharpe, skew=skew, kurtosis=kurtosis)


def min_track_record(of: Moments, benchmark: float, *, level: float = LEVEL) -> float:
    """Returns needed for `psr(of, benchmark)` to reach `level`; inf if the Sharpe is not above it.

    Source: D. Bailey, M. Lopez de Prado, The Sharpe Ratio Efficient Frontier, J. Risk 15(2), 2012.
    """
    if of.sharpe <= benchmark:
        return inf
    return 1 + _spread(of) * (NORMAL.inv_cdf(level) / (of.sharpe - benchmark)) ** 2


def min_backtest_length(n: int, sharpe: float) -> float:
    """Years after which luck in `n` tries is expected to find less than an annual `sharpe`.

    Source: D. Bailey, J. Borwein, M. Lopez de Prado, Q. Zhu, Pseudo-Mathematics and Financial
    Charlatanism, Notices AMS 61(5), 2014.

    >>> round(min_backtest_length(45, 1.0), 2)
    5.0
    """
    return (expected_max(n, 1.0) / sharpe) ** 2


def years_needed(of: Moments, *, n: int, variance: float, year: int) -> float | None:
    """More years of `year` sessions until the deflated Sharpe is 0.95; 0.0 if it is now.

    With the same Sharpe, skew, kurtosis and number of tries, and `variance` shrinking as 1/T,
    by whole sessions. None if more than 30 would be needed. Source: spec §9.
    """

    def reached(t: int) -> bool:
        then = Moments(t=t, sharpe=of.sharpe, skew=of.skew, kurtosis=of.kurtosis)
        return psr(then, expected_max(n, variance * of.t / t)) >= LEVEL

    low, high = of.t, of.t + MOST_YEARS * year
    if reached(low):
        return 0.0
    if not reached(high):
        return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if reached(middle) else (middle, high)
    return (high - of.t) / year


def _spread(of: Moments) -> float:
    """Variance of a Sharpe estimate, times T - 1: 1 - skew·SR + (kurtosis - 1)/4·SR².

    Source: E. Mertens, Comments on Variance of the IID Estimator in Lo (2002), 2002.
    """
    return 1 - of.skew * of.sharpe + (of.kurtosis - 1) / 4 * of.sharpe**2


def _ratio(distance: float, spread: float) -> float:
    # only returns of exactly two values can have no spread: then the distance decides alone
    if spread <= 0:
        return copysign(inf, distance) if distance else 0.0
    return distance / sqrt(spread)
