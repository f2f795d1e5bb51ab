"""What is left of a Sharpe once it is known how many were tried."""

from math import expm1, log1p, sqrt

from sigma_core.engine.luck._normal import isf, sf


def haircut_p(sharpe: float, *, years: float, n: int) -> tuple[float, float]:
    """Two-sided p-value of an annual `sharpe` alone, and as the best of `n` independent tries.

    p = 2(1 - Φ(t)), t = sharpe·√years; among n: 1 - (1 - p)^n.
    Source: C. Harvey, Y. Liu, Backtesting, J. Portfolio Management 42(1), 2015.

    >>> [round(p, 4) for p in haircut_p(0.75, years=20, n=200)]
    [0.0008, 0.1473]
    """
    alone = min(1.0, 2 * sf(abs(sharpe) * sqrt(years)))
    return alone, 1.0 if alone == 1 else -expm1(n * log1p(-alone))


def haircut_sharpe(sharpe: float, *, years: float, n: int) -> float:
    """The annual Sharpe that, tried once, would be as surprising as `sharpe` is among `n` tries.

    One that is not above 0 has nothing to lose and stays. Source: as `haircut_p`.

    >>> round(haircut_sharpe(0.75, years=20, n=200), 4)
    0.3241
    """
    if sharpe <= 0 or n <= 1:
        return sharpe
    _, among = haircut_p(sharpe, years=years, n=n)
    return isf(among / 2) / sqrt(years)
