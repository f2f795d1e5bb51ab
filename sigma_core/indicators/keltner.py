"""Keltner channel around an average of closes."""

import talib

from sigma_core.indicators._columns import Array
from sigma_core.indicators._define import indicator


@indicator(
    group="overlap",
    outputs=("upper", "middle", "lower"),
    warmup=lambda period, atr, multiplier: max(period - 1, atr),  # noqa: ARG005
    limits={"period": (2, 2000), "multiplier": (0.1, 20)},
)
def keltner(
    high: Array,
    low: Array,
    close: Array,
    *,
    period: int = 20,
    atr: int = 10,
    multiplier: float = 2.0,
) -> tuple[Array, Array, Array]:
    """Exponential average of closes, and so many average true ranges above and below it.

    `kc` is TA-Lib's, around an average of typical prices.

    Units: price.
    Source: L. Raschke's form of C. Keltner, How to Make Money in Commodities (1960); EMA and
    Wilder's ATR as TA-Lib 0.8.

    >>> import numpy as np
    >>> x = np.array([1.0, 3, 5, 7])
    >>> [float(line[-1]) for line in keltner(x, x, x, period=2, atr=2)]
    [10.0, 6.0, 2.0]
    """
    middle = talib.EMA(close, period)
    width = multiplier * talib.ATR(high, low, close, atr)
    return middle + width, middle, middle - width
