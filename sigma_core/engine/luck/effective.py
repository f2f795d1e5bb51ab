"""How many independent tries a set of trials amounts to, by how alike their returns are."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Effective(NamedTuple):
    """Two ways of counting; both lie between 1 and the number of trials."""

    n: float
    """ρ + (1 - ρ)·M, ρ the mean correlation of two of M trials, at least 0."""
    rank: float
    """The exponential of the entropy of the eigenvalues' shares."""
    correlation: float | None
    """ρ as it is; None for one trial."""


def effective(returns: Floats) -> Effective:
    """The effective number of trials of `returns` [sessions, trials], none of them constant.

    Sources: D. Bailey, M. Lopez de Prado, The Deflated Sharpe Ratio, J. Portfolio Management 40(5),
    2014, appendix; O. Roy, M. Vetterli, The Effective Rank, EUSIPCO 2007.
    """
    together = correlations(returns)
    trials = len(together)
    if trials == 1:
        return Effective(n=1.0, rank=1.0, correlation=None)
    mean = float((together.sum() - trials) / (trials * (trials - 1)))
    rho = min(max(mean, 0.0), 1.0)
    return Effective(n=rho + (1 - rho) * trials, rank=effective_rank(together), correlation=mean)


def effective_rank(together: Floats) -> float:
    """Of a correlation matrix: exp(-Σ p ln p), p the eigenvalues over their sum.

    >>> round(effective_rank(np.eye(3)), 9)
    3.0
    """
    share = np.linalg.eigvalsh(together)
    share = share[share > 0] / share[share > 0].sum()
    return float(np.exp(-np.sum(share * np.log(share))))


def correlations(returns: Floats) -> Floats:
    """Correlation of every two columns; summed without BLAS, whose order hangs on processors."""
    away = returns - returns.mean(axis=0)
    away = away / np.sqrt((away**2).sum(axis=0))
    found = np.clip(np.einsum("tn,tm->nm", away, away, optimize=False), -1.0, 1.0)
    np.fill_diagonal(found, 1.0)
    return np.asarray(found)
