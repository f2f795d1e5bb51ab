"""How far the later values of a feature have moved from the earlier ones."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

STRETCHES = 8
BINS = 10


def drift_path(values: Floats) -> tuple[float | None, ...]:
    """Population stability index of each later stretch of rows against the first.

    STRETCHES of them, of equal length.
    """
    first, *later = np.array_split(values, STRETCHES)
    scale = _scale(first)
    return tuple(_moved(scale, each) for each in later)


def stability(before: Floats, after: Floats) -> float | None:
    """Population stability index Σ (q − p)·ln(q/p) over deciles of `before`; None if undefined.

    Empty bins count as half a row, so the index stays finite.
    Source: N. Siddiqi, Credit Risk Scorecards (2006), ch. 8.
    """
    return _moved(_scale(before), after)


def _scale(before: Floats) -> tuple[Floats, Floats] | None:
    """Inner edges of the deciles and the share of rows in each; None of too few rows."""
    before = before[np.isfinite(before)]
    if len(before) < BINS:
        return None
    edges = np.unique(np.quantile(before, np.arange(1, BINS) / BINS))
    return edges, _shares(edges, before)


def _moved(scale: tuple[Floats, Floats] | None, after: Floats) -> float | None:
    after = after[np.isfinite(after)]
    if scale is None or len(after) < BINS:
        return None
    edges, p = scale
    q = _shares(edges, after)
    return float(np.sum((q - p) * np.log(q / p)))


def _shares(edges: Floats, x: Floats) -> Floats:
    counts = np.bincount(np.searchsorted(edges, x, "right"), minlength=len(edges) + 1)
    filled: Floats = np.maximum(counts, 0.5)
    filled /= filled.sum()
    return filled
