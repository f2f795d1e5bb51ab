"""Prices in relation to their own averages and bands, and returns: free of the price's level."""

import numpy as np
import talib

from sigma_core.indicators._columns import Array
from sigma_core.indicators._define import indicator
from sigma_core.indicators._windows import mean_sd, ratio

_PERIOD = {"period": (2.0, 2000.0)}
_BANDS = {**_PERIOD, "dev": (0.1, 20.0)}


@indicator(group="momentum", warmup=lambda period: period)
def log_ret(close: Array, *, period: int = 1) -> Array:
    """Log return over `period` bars.

    Units: log points; 0.01 is about one percent.
    Source: J. Campbell, A. Lo, A. MacKinlay, The Econometrics of Financial Markets (1997), 1.4.

    >>> log_ret(np.array([1.0, np.e])).tolist()
    [nan, 1.0]
    """
    answer = np.full(len(close), np.nan)
    answer[period:] = np.log(close[period:] / close[:-period])
    return answer


@indicator(
    group="volatility", warmup=lambda period: period, bounds=(0, float("inf")), limits=_PERIOD
)
def realized_vol(close: Array, *, period: int = 20) -> Array:
    """Standard deviation (ddof 1) of the last `period` one-bar log returns.

    Units: log points a bar; not annualised.
    Source: J. Hull, Options, Futures, and Other Derivatives, Estimating volatility from
    historical data.

    >>> realized_vol(np.exp(np.array([0.0, 1, 1])), period=2).round(4).tolist()
    [nan, nan, 0.7071]
    """
    return mean_sd(log_ret(close, period=1), period)[1]


@indicator(group="overlap", warmup=lambda period: period - 1, limits=_PERIOD)
def close_vs_sma(close: Array, *, period: int = 50) -> Array:
    """How far the close is above its simple moving average.

    Units: fraction; 0.01 is one percent above.
    Source: close / SMA - 1, SMA as TA-Lib 0.8.

    >>> close_vs_sma(np.array([1.0, 3]), period=2).tolist()
    [nan, 0.5]
    """
    return close / talib.SMA(close, period) - 1


@indicator(group="overlap", warmup=lambda period: period - 1, limits=_PERIOD)
def close_vs_ema(close: Array, *, period: int = 20) -> Array:
    """How far the close is above its exponential moving average.

    Units: fraction; 0.01 is one percent above.
    Source: close / EMA - 1, EMA as TA-Lib 0.8.

    >>> close_vs_ema(np.array([1.0, 3]), period=2).tolist()
    [nan, 0.5]
    """
    return close / talib.EMA(close, period) - 1


@indicator(group="overlap", warmup=lambda period, dev: period - 1, limits=_BANDS)  # noqa: ARG005
def bb_pctb(close: Array, *, period: int = 20, dev: float = 2.0) -> Array:
    """Place of the close between the Bollinger bands (%b).

    Units: 0 at the lower band, 1 at the upper; missing where the price never moved.
    Source: J. Bollinger, Bollinger on Bollinger Bands (2001); population deviation.

    >>> bb_pctb(np.array([1.0, 3]), period=2, dev=1.0).tolist()
    [nan, 1.0]
    """
    upper, _, lower = talib.BBANDS(close, period, dev, dev)
    return ratio(close - lower, upper - lower)


@indicator(
    group="overlap",
    warmup=lambda period, dev: period - 1,  # noqa: ARG005
    bounds=(0, float("inf")),
    limits=_BANDS,
)
def bb_width(close: Array, *, period: int = 20, dev: float = 2.0) -> Array:
    """Distance of the Bollinger bands over their middle.

    Units: fraction of the price.
    Source: J. Bollinger, Bollinger on Bollinger Bands (2001); population deviation.

    >>> bb_width(np.array([1.0, 3]), period=2, dev=1.0).tolist()
    [nan, 1.0]
    """
    upper, middle, lower = talib.BBANDS(close, period, dev, dev)
    return ratio(upper - lower, middle)


@indicator(group="overlap", warmup=lambda period: period - 1, limits=_PERIOD)
def close_zscore(close: Array, *, period: int = 20) -> Array:
    """Standard deviations of the close above its simple moving average.

    Units: standard deviations (population); missing where the price never moved.
    Source: J. Bollinger, Bollinger on Bollinger Bands (2001); (close - SMA) / deviation.

    >>> close_zscore(np.array([1.0, 3]), period=2).tolist()
    [nan, 1.0]
    """
    return ratio(close - talib.SMA(close, period), talib.STDDEV(close, period))
