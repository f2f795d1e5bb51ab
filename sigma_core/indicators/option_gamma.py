"""Gamma exposure of the ticker's own option chains: how much a move makes dealers trade.

Who holds which side of an open contract is published nowhere: signs are a convention, and stated.
"""

import numpy as np

from sigma_core.indicators._columns import Array
from sigma_core.indicators._define import indicator
from sigma_core.indicators._windows import ratio
from sigma_core.options.exposure import CONVENTIONS, signed

PRICE = (0.0, float("inf"))


@indicator(
    group="options", rows="chains", warmup=lambda **_: 0,
    choices={"convention": tuple(CONVENTIONS)},
)  # fmt: skip
def gamma_exposure(gamma_calls: Array, gamma_puts: Array, *, convention: int = 1) -> Array:
    """What dealers would trade against a move of one percent, over all strikes and expiries.

    Convention 1: dealers are long calls and short puts, as customers write calls and buy puts.
    Convention 2: dealers are short both, as customers buy both. Above 0 their trades go against the
    move and calm it, below 0 with it.

    Units: dollars of the underlying a percent.
    Source: SqueezeMetrics, Gamma Exposure (2017): ±gamma × open interest × 100 × spot² / 100.

    >>> gamma_exposure(np.array([5.0]), np.array([2.0])).tolist()
    [3.0]
    """
    return np.asarray(signed(gamma_calls, gamma_puts, convention))


@indicator(group="options", rows="chains", warmup=lambda: 0, bounds=PRICE)
def gamma_peak_strike(gamma_peak_strike: Array) -> Array:
    """The strike with most gamma, calls and puts together, over all expiries.

    Units: price, as options are struck: not adjusted for dividends.
    Source: as `gamma_exposure`, unsigned and by strike.

    >>> gamma_peak_strike(np.array([540.0])).tolist()
    [540.0]
    """
    return gamma_peak_strike


@indicator(group="options", rows="chains", warmup=lambda: 0, bounds=PRICE)
def gamma_flip(gamma_flip: Array) -> Array:
    """The price at which the gamma exposure of convention 1 changes its sign.

    The one nearest the underlying, within a fifth of it either way; missing if there is none.

    Units: price, as options are struck.
    Source: the exposure made again at 41 prices, volatilities held; straight between them.

    >>> gamma_flip(np.array([531.5])).tolist()
    [531.5]
    """
    return gamma_flip


@indicator(group="options", rows="chains", warmup=lambda: 0)
def dist_to_gamma_flip(gamma_flip: Array, underlying: Array) -> Array:
    """How far the underlying is above the price at which gamma exposure changes its sign.

    Units: fraction; 0.01 is one percent above the flip.
    Source: underlying / gamma_flip − 1.

    >>> dist_to_gamma_flip(np.array([500.0]), np.array([505.0])).round(4).tolist()
    [0.01]
    """
    return ratio(underlying, gamma_flip) - 1


@indicator(group="options", rows="chains", warmup=lambda: 0, bounds=(-1, 1))
def gamma_skew(gamma_skew: Array) -> Array:
    """Whether most gamma is at strikes above the underlying or below.

    Units: −1, all below, to 1, all above.
    Source: (above − below) / (above + below), calls and puts together, unsigned.

    >>> gamma_skew(np.array([-0.4])).tolist()
    [-0.4]
    """
    return gamma_skew
