"""How much is traded of a simulated market's options, and how much is held of them.

Nothing here follows the others' trades: interest is a law of strike, age and chance, so that any
session can be made without those before it.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sigma_core.calendars import Ints
from sigma_core.providers._simulation import Simulation

Floats = NDArray[np.float64]
Keys = NDArray[np.uint64]
TRADED = 2.5e-4
"""Contracts at the money that change hands for each share of the underlying, on the last day."""
FADE = 0.8
"""Power of the sessions to the end by which trading fades."""
HELD = 8000
"""Contracts at the money that are held of an expiry listed a week ahead, on its last day."""
OUT, INSIDE = 1.5, 0.5
"""Trading out of the money and in the money, against the mean of both."""
LEAN = 0.45
"""Deviations out of the money at which most is held: protection below, covered calls above."""
ROUND = ((10, 3.0), (5, 1.8))
"""Dollars of which a strike is a multiple, and how much more is held of it."""
NOISE, DAILY = 0.45, 0.04
"""Deviation of the logarithm of a contract's interest, and of what is held from day to day."""
YEAR = 252
_MILLS = 1000
_BITS = 53


def keys(what: Simulation, end: Ints, strike: Floats, side: Floats) -> Keys:
    """A number of its own for every contract of a market."""
    root = np.random.SeedSequence([what.seed, *what.name.encode()]).generate_state(1, np.uint64)[0]
    mills = np.rint(strike * _MILLS).astype(np.uint64)
    named = (end.astype(np.uint64) << np.uint64(32)) | (mills << np.uint64(1))
    return _mixed((named | (side < 0).astype(np.uint64)) ^ root)


def chance(key: Keys, moment: Ints, stream: int) -> Floats:
    """A number in (0, 1) for every contract and moment, the same whenever it is asked for."""
    mixed = _mixed(key ^ _mixed((moment.astype(np.uint64) << np.uint64(8)) | np.uint64(stream)))
    return np.asarray(((mixed >> np.uint64(64 - _BITS)) + 0.5) * 2.0**-_BITS)


def traded(share: Floats, lead: Ints, left: Ints, z: Floats, side: Floats, luck: Floats) -> Floats:
    """Contracts expected to be traded while `share` shares of the underlying are.

    `left` sessions to the end of an expiry listed `lead` ahead, `z` the strike's distance in
    deviations of the price till then; bell-shaped in it. `luck` is a chance of (0, 1).
    """
    from scipy.special import ndtri  # half a second to import

    wide = np.where(side * z > 0, OUT, INSIDE) / np.cosh(z) ** 2
    fade = np.sqrt(lead / 5) / (1.0 + left) ** FADE
    return np.asarray(TRADED * share * fade * wide * np.exp(NOISE * ndtri(luck)))


def held(
    age: Floats, lead: Ints, z: Floats, side: Floats, strike: Floats,
    luck: Floats, today: Floats,
) -> Floats:  # fmt: skip
    """Open interest in whole contracts: none when listed (age 0), most at the end (age 1).

    `z` is the strike's distance from the mean price of the expiry's life, in deviations of that
    life; `luck` and `today` are chances of (0, 1).
    """
    from scipy.special import ndtri  # half a second to import

    bell = 1 / np.cosh(1.2 * (z - LEAN * side)) ** 2
    rounded = np.ones_like(strike)
    for multiple, more in reversed(ROUND):
        rounded = np.where(strike % multiple == 0, more, rounded)
    size = HELD * np.sqrt(lead / 5) * age**0.7 * bell * rounded
    return np.asarray(np.floor(size * np.exp(NOISE * ndtri(luck) + DAILY * ndtri(today))))


def _mixed(numbers: Keys) -> Keys:
    """Every bit of a number stirred into all others."""
    return np.asarray(pd.util.hash_array(numbers), dtype=np.uint64)
