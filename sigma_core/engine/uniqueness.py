"""How much of a label's span is its own: weights for labels that overlap."""

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


def uniqueness(t0: Ints, t1: Ints) -> NDArray[np.float64]:
    """Average uniqueness of labels whose spans are the bars in (t0, t1]; from 0 to 1, one each.

    The mean over a span's bars of 1 / (number of spans that hold the bar).
    Source: M. López de Prado, Advances in Financial Machine Learning (2018), snippet 4.2.
    """
    if not len(t0):
        return np.empty(0)
    base = int(t0.min()) + 1
    size = int(t1.max()) - base + 2
    ends = np.zeros(size, "int64")
    np.add.at(ends, t0 + 1 - base, 1)
    np.add.at(ends, t1 + 1 - base, -1)
    held = np.cumsum(ends)
    share = np.r_[0.0, np.cumsum(np.where(held > 0, 1.0 / np.maximum(held, 1), 0.0))]
    return np.asarray((share[t1 + 1 - base] - share[t0 + 1 - base]) / (t1 - t0))
