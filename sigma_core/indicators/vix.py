"""The VIX beside the model's own bars: sugar for `close` and `mom` with `of: VIX`."""

import numpy as np

from sigma_core.indicators._columns import Array
from sigma_core.indicators._define import indicator
from sigma_core.indicators._windows import ratio


@indicator(group="vix", warmup=lambda: 0, bounds=(0, float("inf")), of="VIX")
def vix_level(close: Array) -> Array:
    """Last known daily close of the VIX.

    It prints until a quarter past the close, so at 16:00 the last known one is yesterday's.

    Units: percent a year of implied volatility.
    Source: Cboe, VIX White Paper.

    >>> vix_level(np.array([13.5])).tolist()
    [13.5]
    """
    return close


@indicator(group="vix", warmup=lambda period: period, of="VIX")
def vix_delta(close: Array, *, period: int = 1) -> Array:
    """Change of the VIX over its last `period` known daily closes.

    Units: percentage points of implied volatility.
    Source: Cboe, VIX White Paper.

    >>> vix_delta(np.array([13.5, 15.0])).tolist()
    [nan, 1.5]
    """
    answer = np.full(len(close), np.nan)
    answer[period:] = close[period:] - close[:-period]
    return answer


@indicator(group="vix", warmup=lambda: 0, of="VIX")
def vix_term_slope(close: Array, vix3m: Array) -> Array:
    """How far the VIX of three months is above that of one month, of the last known daily closes.

    Above 0 the months ahead are thought wilder than the next one, as they mostly are; below 0 the
    market is afraid now. With `of: VIX9D` the near end is that of nine days.

    Units: fraction; 0.1 is ten percent above.
    Source: Cboe, VIX3M and VIX White Papers: VIX3M / VIX - 1.

    >>> vix_term_slope(np.array([20.0, 30.0]), np.array([22.0, 24.0])).round(4).tolist()
    [0.1, -0.2]
    """
    return ratio(vix3m, close) - 1
