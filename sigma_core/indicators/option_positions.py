"""Volume and open interest of the ticker's own option chains, by right and strike.

Known when the snapshot was taken, though an exchange counts open interest over night.
"""

from sigma_core.indicators._columns import Array
from sigma_core.indicators._define import indicator
from sigma_core.indicators._windows import ratio

PRICE = (0.0, float("inf"))


@indicator(group="options", rows="chains", warmup=lambda: 0, bounds=PRICE)
def pcr_volume(pcr_volume: Array) -> Array:
    """Contracts of puts over contracts of calls that were traded in the session so far.

    Units: ratio; 1 is as many of both.
    Source: Cboe, put/call ratio; all listed strikes and expiries.

    >>> import numpy as np
    >>> pcr_volume(np.array([1.2])).tolist()
    [1.2]
    """
    return pcr_volume


@indicator(group="options", rows="chains", warmup=lambda: 0, bounds=PRICE)
def pcr_oi(pcr_oi: Array) -> Array:
    """Open contracts of puts over open contracts of calls.

    Units: ratio; 1 is as many of both.
    Source: open interest in place of volume in the Cboe's put/call ratio.

    >>> import numpy as np
    >>> pcr_oi(np.array([1.7])).tolist()
    [1.7]
    """
    return pcr_oi


@indicator(group="options", rows="chains", warmup=lambda: 0, bounds=(-1, float("inf")))
def oi_change(oi_change: Array) -> Array:
    """Change of open interest since the session before, of the contracts that both have.

    What was listed or ended between counts on neither side.

    Units: fraction; 0.01 is one percent more.
    Source: Σ(now − before) / Σ before, by contract.

    >>> import numpy as np
    >>> oi_change(np.array([0.01])).tolist()
    [0.01]
    """
    return oi_change


@indicator(group="options", rows="chains", warmup=lambda: 0, bounds=PRICE)
def oi_peak_strike(oi_peak_strike: Array) -> Array:
    """The strike of the nearest expiry at which most contracts are open, calls and puts together.

    Equally many: the one nearest the underlying.

    Units: price, as options are struck: not adjusted for dividends.
    Source: Ni, Pearson, Poteshman, Stock Price Clustering on Option Expiration Dates, Journal of
    Financial Economics 78 (2005).

    >>> import numpy as np
    >>> oi_peak_strike(np.array([540.0])).tolist()
    [540.0]
    """
    return oi_peak_strike


@indicator(group="options", rows="chains", warmup=lambda: 0)
def dist_to_oi_peak(oi_peak_strike: Array, underlying: Array) -> Array:
    """How far the strike with most open contracts is above the underlying, at the snapshot.

    Units: fraction; 0.01 is one percent above.
    Source: oi_peak_strike / underlying − 1.

    >>> import numpy as np
    >>> dist_to_oi_peak(np.array([505.0]), np.array([500.0])).round(4).tolist()
    [0.01]
    """
    return ratio(oi_peak_strike, underlying) - 1


@indicator(group="options", rows="chains", warmup=lambda: 0, bounds=(0, 1))
def oi_concentration(oi_concentration: Array) -> Array:
    """How much of the nearest expiry's open interest is at few strikes.

    Units: 0 to 1; 1 is all at one strike.
    Source: Herfindahl's index: the sum of the strikes' squared shares.

    >>> import numpy as np
    >>> oi_concentration(np.array([0.1])).tolist()
    [0.1]
    """
    return oi_concentration


@indicator(group="options", rows="chains", warmup=lambda: 0, bounds=PRICE)
def max_pain(max_pain: Array) -> Array:
    """The strike at which the nearest expiry, settled there, would pay its holders least.

    Units: price, as options are struck.
    Source: least Σ open interest × intrinsic value over the strikes; see Filippou, Garcia-Ares,
    Zapatero, No Max Pain, No Max Gain (2022).

    >>> import numpy as np
    >>> max_pain(np.array([540.0])).tolist()
    [540.0]
    """
    return max_pain
