"""Volume-weighted average price of the session so far."""

from sigma_core.indicators._columns import Array, Ints
from sigma_core.indicators._define import indicator
from sigma_core.indicators._windows import ratio, so_far


@indicator(group="volume", warmup=lambda: 0, bounds=(0, float("inf")))
def vwap(high: Array, low: Array, close: Array, volume: Array, session: Ints) -> Array:
    """Volume-weighted average price of the session so far.

    Begins anew with each session; missing until something was traded in it. Each bar's price is
    its typical price (high + low + close) / 3.

    Units: price.
    Source: S. Berkowitz, D. Logue, E. Noser, The Total Cost of Transactions on the NYSE,
    Journal of Finance 43 (1988), with typical prices instead of single trades.

    >>> import numpy as np
    >>> price, volume = np.array([10.0, 13, 20]), np.array([2.0, 1, 5])
    >>> vwap(price, price, price, volume, np.array([0, 0, 1])).tolist()
    [10.0, 11.0, 20.0]
    """
    traded = so_far(volume, session, "sum")
    return ratio(so_far((high + low + close) / 3 * volume, session, "sum"), traded)


@indicator(group="volume", warmup=lambda: 0)
def close_vs_vwap(high: Array, low: Array, close: Array, volume: Array, session: Ints) -> Array:
    """How far the close is above the session's volume-weighted average price.

    Units: fraction; 0.01 is one percent above.
    Source: as `vwap`: close / vwap - 1.

    >>> import numpy as np
    >>> price, volume = np.array([10.0, 13]), np.array([2.0, 1])
    >>> close_vs_vwap(price, price, price, volume, np.array([0, 0])).round(4).tolist()
    [0.0, 0.1818]
    """
    return ratio(close, vwap(high, low, close, volume, session)) - 1
