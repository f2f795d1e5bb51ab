"""The planted edge: which bars foretell, and how much, so that the oracle has the Sharpe promised.

The feature is the volume of a bar against the mean of the last 20 bars of the same time of day,
itself among them: on daily bars the sign of `vol_zscore`. Each sign x moves the log price of every
one of the next h bars by w·x, between their open and their close, so a trade from the next open to
the close of bar h earns w·h of its own signal and, by chance, parts of its neighbours'.
"""

from math import sqrt

import numpy as np
from numpy.typing import NDArray

from sigma_core.calendars import Ints
from sigma_core.errors import BadRequest
from sigma_core.providers._simulation import NIGHTS, Simulation

Array = NDArray[np.float64]
PERIOD = 20
"""Bars of the same time of day that a volume is measured on."""
YEAR = 252
_REFERENCE = 20_000
"""Sessions of fair coins on which the neighbours' part is measured."""


def signs_of(volume: Ints, slot: Ints) -> Array:
    """Sign of each volume above its mean over the last PERIOD of the same slot; 0 before that.

    In whole numbers, so that a sign is never one of rounding.
    """
    order = np.argsort(slot, kind="stable")
    sums = np.cumsum(volume[order])
    place = np.arange(len(order)) - np.searchsorted(slot[order], slot[order])
    known = np.flatnonzero(place >= PERIOD - 1)
    window = sums[known] - np.where(known >= PERIOD, sums[known - PERIOD], 0)
    signs = np.zeros(len(volume))
    signs[order[known]] = np.sign(PERIOD * volume[order][known] - window)
    return signs


def pushes_of(signs: Array, session: Ints, what: Simulation) -> Array:
    """Sum of the signs of the `horizon` bars before each; by night or of other days not, on bars
    of which positions are flat over night."""
    before = np.append(0.0, np.cumsum(signs))
    at = np.arange(len(signs))
    floor = np.searchsorted(session, session) if what.clock in "QF" else np.zeros_like(at)
    return np.asarray(before[at] - before[np.maximum(at - what.horizon, floor)])


def push_of(what: Simulation, *, bars: int, first: float, gap: float) -> float:
    """w, the log return that one sign adds to a bar, for the oracle to have its Sharpe.

    `bars` a session; of a session's variance `gap` is over night, and `first` of the rest in its
    first bar. The oracle's session has the mean a·w and the variance v + b·w², where v is the
    market's while it is in position and b the neighbours'; w solves Sharpe² = (a·w)²/(v + b·w²).
    Raises BadRequest if no w does.
    """
    if what.edge_sharpe == 0:
        return 0.0
    q = what.edge_sharpe / sqrt(YEAR)
    held = 1 - 1 / what.horizon
    if what.clock == NIGHTS:  # signals every second session: the night after next is traded
        a, b, v = 0.5, 0.25, gap / 2
    elif what.clock in "QF":
        a, b, v = float(bars - 1), _neighbours(what, bars), (1 - gap) * (1 - first)
    else:
        a, b, v = bars * _echo(what), _neighbours(what, bars), 1 - gap + gap * held
    if a * a <= q * q * b:
        raise BadRequest(
            f"No edge of Sharpe {what.edge_sharpe:g} can be planted {what.horizon}{what.clock}"
            " ahead: signals that overlap so long drown each other.",
            hint="Ask for less (E) or a nearer horizon (H).",
        )
    daily = what.volatility**2 / YEAR
    return sqrt(q * q * v * daily / (a * a - q * q * b))


def _echo(what: Simulation) -> float:
    """What the oracle expects of a bar, in w: its own signal and those that go with it.

    Daily signs are not quite fair coins, as a high volume raises the mean that the next PERIOD - 1
    are measured on: at lag k the deviations have the correlation -k/(PERIOD·(PERIOD - 1)), and
    signs of normal numbers 2/π·arcsin of it (W. Sheppard, 1899).
    """
    lags = np.arange(1, min(what.horizon, PERIOD)) if what.clock == "D" else np.empty(0)
    alike = 2 / np.pi * np.arcsin(-lags / (PERIOD * (PERIOD - 1)))
    return float(1 + 2 * ((1 - lags / what.horizon) * alike).sum())


def _neighbours(what: Simulation, bars: int) -> float:
    """Variance a session, in w², of what the oracle gets of signals that are not its trade's own.

    Measured on fair coins: on one bar a session it is h - 1.
    """
    coins = np.random.default_rng(0).choice(np.array([-1.0, 1.0]), _REFERENCE * bars)
    session = np.repeat(np.arange(_REFERENCE), bars)
    at = np.arange(len(coins))
    first = np.searchsorted(session, session) if what.clock in "QF" else np.zeros_like(at)
    signal = first + (at - first - 1) // what.horizon * what.horizon
    held = at > first
    got = coins[signal.clip(0)] * pushes_of(coins, session, what) - 1
    return float(np.add.reduceat(np.where(held, got, 0.0), at[::bars]).var())
