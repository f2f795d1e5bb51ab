"""Donchian channel of the bars before."""

import talib

from sigma_core.indicators._columns import Array
from sigma_core.indicators._define import indicator
from sigma_core.indicators._windows import shifted


@indicator(
    group="overlap",
    outputs=("upper", "middle", "lower"),
    warmup=lambda period: period,
    limits={"period": (2, 2000)},
)
def donchian(high: Array, low: Array, *, period: int = 20) -> tuple[Array, Array, Array]:
    """Highest high and lowest low of the `period` bars before this one, and their middle.

    The bar itself is not in it, so that its close can break out.

    Units: price.
    Source: R. Donchian's four-week rule; e.g. P. Kaufman, Trading Systems and Methods (2013).

    >>> import numpy as np
    >>> upper, middle, lower = donchian(np.array([3.0, 5, 9]), np.array([1.0, 2, 8]), period=2)
    >>> [float(line[2]) for line in (upper, middle, lower)]
    [5.0, 3.0, 1.0]
    """
    upper, lower = shifted(talib.MAX(high, period), 1), shifted(talib.MIN(low, period), 1)
    return upper, (upper + lower) / 2, lower
