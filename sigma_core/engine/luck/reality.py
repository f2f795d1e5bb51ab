"""Whether the best of many trials beats a benchmark, allowing for all that were tried.

The statistics are those of `arch.bootstrap` (SPA, RealityCheck, StepM) to the bit-level of its
p-values, and tests hold them to it; they are formed here because arch draws each history anew for
every test, and one set of histories serves all of them. Returns, not losses: arch wants the
negative.
"""

from dataclasses import dataclass
from math import log, sqrt

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

SIZE = 0.05
"""Chance that StepM names any trial that is no better."""


@dataclass(frozen=True, kw_only=True)
class Superior:
    """How surprising the best is. Small p-values speak against luck."""

    reality_check: float
    """White's p-value: returns as they are, no trial left out."""
    spa: float
    """Hansen's: each trial by its own spread, hopeless ones left out."""
    spa_lower: float
    """The same with all losing trials counted as even: the least it can be."""
    spa_upper: float
    """The same with none left out: the most it can be."""
    survivors: tuple[int, ...]
    """Columns that beat the benchmark after all that were tried, at 5 %, by Romano and Wolf."""


def superior(excess: Floats, drawn: Floats, *, block: int, size: float = SIZE) -> Superior:
    """Test all trials at once on their returns less a benchmark's.

    `excess` [sessions, trials], none constant; `drawn` [rounds, trials] its means in resampled
    histories of mean block length `block`. Sources: H. White, A Reality Check for Data Snooping,
    Econometrica 68, 2000; P. Hansen, A Test for Superior Predictive Ability, JBES 23, 2005; J.
    Romano, M. Wolf, Stepwise Multiple Testing, Econometrica 73, 2005.
    """
    spread = np.sqrt(long_run_variance(excess, block))
    mean = excess.mean(axis=0)
    white = pvalues(mean, drawn, spread, t=len(excess))
    hansen = pvalues(mean / spread, drawn / spread, np.ones_like(spread), t=len(excess))
    stepped = stepwise(mean / spread, drawn / spread, np.ones_like(spread), len(excess), size)
    return Superior(
        reality_check=white[2],
        spa_lower=hansen[0],
        spa=hansen[1],
        spa_upper=hansen[2],
        survivors=tuple(np.flatnonzero(stepped).tolist()),
    )


def pvalues(mean: Floats, drawn: Floats, spread: Floats, *, t: int) -> tuple[float, float, float]:
    """Lower, consistent and upper p-value of the largest of `mean`."""
    best = mean.max()
    return tuple(  # type: ignore[return-value]
        float(((drawn - centre).max(axis=1) > best).mean()) for centre in _centres(mean, spread, t)
    )


def stepwise(mean: Floats, drawn: Floats, spread: Floats, t: int, size: float) -> Flags:
    """Which trials are better: those above the critical value, then of the rest, until none is."""
    centred = drawn - _centres(mean, spread, t)[1]
    better = np.zeros(len(mean), bool)
    while not better.all():
        least = np.percentile(centred[:, ~better].max(axis=1), 100 * (1 - size))
        more = ~better & (mean > least)
        if not more.any():
            break
        better |= more
    return better


def long_run_variance(excess: Floats, block: int) -> Floats:
    """Variance of √T times the mean under the stationary bootstrap, by trial.

    γ₀ + 2 Σ κᵢγᵢ, κᵢ = (1 - i/T)(1 - p)^i + (i/T)(1 - p)^(T - i), p = 1/block.
    Source: P. Hansen, JBES 23, 2005, appendix; autocovariances by FFT.
    """
    t = len(excess)
    away = excess - excess.mean(axis=0)
    there = np.fft.rfft(away, n=2 * t, axis=0)
    covariance = np.fft.irfft(there * there.conj(), n=2 * t, axis=0)[:t] / t
    lag, stay = np.arange(t)[:, None], 1 - 1 / block
    weight = 2 * ((1 - lag / t) * stay**lag + lag / t * stay ** (t - lag))
    weight[0] = 1
    found = (weight * covariance).sum(axis=0)
    # rounding alone may leave a spread of nothing
    return np.asarray(np.maximum(found, 1e-12 * covariance[0]))


def _centres(mean: Floats, spread: Floats, t: int) -> tuple[Floats, Floats, Floats]:
    """What each trial's resampled means are counted from, in the three ways of Hansen."""
    hopeless = mean < -spread * sqrt(2 * log(log(t)) / t)
    return np.maximum(mean, 0), np.where(hopeless, 0.0, mean), mean
