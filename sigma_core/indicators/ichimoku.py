"""Ichimoku cloud, as it stands at the bar."""

import talib

from sigma_core.indicators._columns import Array
from sigma_core.indicators._define import indicator
from sigma_core.indicators._windows import shifted


@indicator(
    group="overlap",
    outputs=("tenkan", "kijun", "span_a", "span_b"),
    warmup=lambda tenkan, kijun, span: max(span, kijun, tenkan) + kijun - 1,
    limits={"tenkan": (2, 500), "kijun": (2, 500), "span": (2, 1000)},
)
def ichimoku(
    high: Array, low: Array, *, tenkan: int = 9, kijun: int = 26, span: int = 52
) -> tuple[Array, Array, Array, Array]:
    """Ichimoku's conversion and base line, and the two edges of the cloud over this bar.

    The edges were drawn `kijun` bars ago. The chikou line is left out: it is a later close.

    Units: price.
    Source: G. Hosoda (1969); N. Elliott, Ichimoku Charts (2007).

    >>> import numpy as np
    >>> x = np.array([1.0, 2, 3, 4, 5, 6])
    >>> [float(line[-1]) for line in ichimoku(x, x, tenkan=2, kijun=2, span=3)]
    [5.5, 5.5, 3.5, 3.0]
    """

    def middle(period: int) -> Array:
        return (talib.MAX(high, period) + talib.MIN(low, period)) / 2

    conversion, base = middle(tenkan), middle(kijun)
    span_a, span_b = shifted((conversion + base) / 2, kijun), shifted(middle(span), kijun)
    return conversion, base, span_a, span_b
