"""How unusual the volume is."""

from sigma_core.indicators._columns import Array
from sigma_core.indicators._define import indicator
from sigma_core.indicators._windows import zscore


@indicator(group="volume", warmup=lambda period: period - 1, limits={"period": (3, 2000)})
def vol_zscore(volume: Array, *, period: int = 20) -> Array:
    """Standard deviations of the volume above its mean, both of the last `period` bars.

    The bar itself is among them; ddof 1; missing where the volume never changed.

    Units: standard deviations.
    Source: the standard score, e.g. E. Kreyszig, Advanced Engineering Mathematics, ch. 24.

    >>> import numpy as np
    >>> vol_zscore(np.array([1.0, 1, 4]), period=3).round(4).tolist()
    [nan, nan, 1.1547]
    """
    return zscore(volume, period)
