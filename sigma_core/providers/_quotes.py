"""Bid and ask around what a simulated option is worth, in the exchange's ticks."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
SMALL, LARGE, FROM = 0.01, 0.05, 3.0
"""Dollars of a tick below FROM dollars, and from there on."""
LEAST, POINTS, SHARE, WINGS = 0.005, 0.15, 0.003, 4.0
"""Half a spread: a constant, volatility points, a share of the price, and the square of deviations
from the spot by which the points double."""
ROUNDING = 1e-9


def bid_and_ask(value: Floats, vega: Floats, z: Floats) -> tuple[Floats, Floats]:
    """Dollars a unit, the value never outside them; bid missing where it would be 0.

    `vega` in dollars a volatility point, missing at the end; `z` the strike's distance in
    deviations.
    """
    half = LEAST + POINTS * np.nan_to_num(vega) * (1 + z**2 / WINGS) + SHARE * value
    low, high = value - half, value + half
    tick = _tick(low)
    bid = np.round(np.floor(low / tick + ROUNDING) * tick, 2)
    tick = _tick(high)
    ask = np.round(np.ceil(high / tick - ROUNDING) * tick, 2)
    return np.where(bid > 0, bid, np.nan), ask


def to_tick(value: Floats) -> Floats:
    """The price of a trade: the nearest tick, and at least one.

    >>> to_tick(np.array([0.001, 2.987, 3.02])).tolist()
    [0.01, 2.99, 3.0]
    """
    tick = _tick(value)
    return np.maximum(np.round(np.round(value / tick) * tick, 2), SMALL)


def _tick(price: Floats) -> Floats:
    return np.where(price < FROM, SMALL, LARGE)
