"""The finest path of a simulated market: five-minute bars of every session, all other bars' source.

Every year draws from streams of its own, so a longer market only adds bars to a shorter one, and
neither edge nor volatility changes what is drawn.
"""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import accumulate

import numpy as np
import pandas as pd

from sigma_core.calendars import Calendar, Ints
from sigma_core.providers._planted import YEAR, Array, push_of, pushes_of, signs_of
from sigma_core.providers._resample import MINUTES
from sigma_core.providers._simulation import FIRST_YEAR, NIGHTS, Simulation

MINUTE = 60_000_000
"""Microseconds."""
STEP = 5 * MINUTE
FULL = 78
"""Bars of a full session."""
GAP = 0.25
"""Share of a session's variance that comes over night."""
MEMORY = ((0.6, 0.15), (0.9, 0.15), (0.985, 0.25))
"""Log variance is the sum of a day's, a fortnight's and a quarter's component: AR(1) coefficient,
variance. Cascade after F. Corsi, A Simple Approximate Long-Memory Model of Realized Volatility,
Journal of Financial Econometrics 7 (2009). Kurtosis of daily returns: 3·exp(0.55) = 5.2."""
START_PRICE = 100.0
SHARES = 20_000_000
"""Mean volume of a full session."""
SPREAD = (0.2, 0.15)
"""Deviation of a volume's noise: of the clock's bar, and of each five minutes."""
MOST = 2.5
"""Deviations beyond which that noise does not go; it is even, so the sign of volume is a coin."""
_STREAMS = ("moves", "highs", "lows", "gaps", "wildness", "volume", "detail")


@dataclass(frozen=True, eq=False)
class _Grid:
    """Where every five-minute bar stands."""

    ends: Ints
    """UTC microseconds at which it closes."""
    session: Ints
    """Number of its session, from 0."""
    left: Ints
    """Bars of its session after it."""
    slot: Ints
    """Bars of its session before it."""
    days: pd.DataFrame
    starts: Ints
    """First bar of every session."""


@dataclass(frozen=True, eq=False)
class Hidden:
    """What the bars of a market do not show, and its option prices know."""

    states: Array
    """Components of the log variance, a row a session."""
    rest: Array
    """Share of the variance between a session's open and close that comes after each bar."""


def hidden_of(what: Simulation, days: Calendar) -> Hidden:
    """Volatility of every session of `path_of`, and how it is spread over its bars."""
    grid = _grid(what.years, days)
    body = _profile(grid)
    sums = np.cumsum(body)
    before = np.append(0.0, sums)[grid.starts][grid.session]
    left = (1 - (sums - before)).clip(0.0)
    return Hidden(_states(_Draws(what, grid)), np.where(grid.left > 0, left, 0.0))


def expected_variance(what: Simulation, states: Array, ahead: int) -> Array:
    """Variance of the log returns of the session itself and of the `ahead` after it, as expected
    by who knows the session's state: a row a session.

    Of an AR(1) with coefficient φ and variance v, E[exp(x')] after h steps is
    exp(φ^h·x + v·(1 − φ^2h)/2).
    """
    steps = np.arange(ahead + 1)
    log = np.zeros((len(states), ahead + 1))
    for (phi, var), state in zip(MEMORY, states.T, strict=True):
        kept = phi**steps
        log += state[:, None] * kept - var * kept**2 / 2
    return np.asarray(np.exp(log) * what.volatility**2 / YEAR)


@lru_cache(maxsize=1)
def path_of(what: Simulation, days: Calendar) -> pd.DataFrame:
    """Five-minute bars: ts, session, open, high, low, close, volume.

    The last one is kept, as bars of every cadence and chains are asked for one after another: who
    changes it copies it first.
    """
    grid = _grid(what.years, days)
    draw = _Draws(what, grid)
    volume, clock, slot = _volume(what, grid, draw)
    body = _profile(grid)
    drift, gap_drift = _drifts(what, grid, volume, clock, slot, body)
    scale = _variance(what, draw)
    var = scale[grid.session] * (1 - GAP) * body
    moves = draw.normal("moves", FULL)[draw.kept] * np.sqrt(var) - var / 2 + drift
    over = scale * GAP
    gaps = draw.normal("gaps") * np.sqrt(over) - over / 2 + gap_drift
    gaps[0] = 0.0
    return _bars(grid, moves, gaps, var, draw, volume)


@lru_cache(maxsize=1)
def _grid(years: int, days: Calendar) -> _Grid:
    found = days.sessions(date(FIRST_YEAR, 1, 1), date(FIRST_YEAR + years - 1, 12, 31))
    opens, closes = (found[side].astype("int64").to_numpy() for side in ("open", "close"))
    count = (closes - opens) // STEP
    starts = np.cumsum(count) - count
    session = np.repeat(np.arange(len(found)), count)
    slot = np.arange(count.sum()) - starts[session]
    ends = opens[session] + (slot + 1) * STEP
    return _Grid(ends, session, count[session] - 1 - slot, slot, found, starts)


class _Draws:
    """Random numbers by year and purpose, a row a session."""

    def __init__(self, what: Simulation, grid: _Grid) -> None:
        self._root = [what.seed, *what.name.encode()]
        years = grid.days["session"].dt.year.to_numpy()
        self._years = [(int(y), int((years == y).sum())) for y in np.unique(years)]
        self.kept = grid.session * FULL + grid.slot
        """Where each bar's number stands among FULL a session."""

    def normal(self, stream: str, width: int = 1) -> Array:
        """Standard normal numbers, `width` a session."""
        return np.concatenate(
            [self._of(stream, year).standard_normal(n * width) for year, n in self._years]
        )

    def uniform(self, stream: str, width: int = 1) -> Array:
        """Numbers in [0, 1), `width` a session."""
        return np.concatenate([self._of(stream, year).random(n * width) for year, n in self._years])

    def bounded(self, stream: str) -> Array:
        """Normal numbers within MOST of 0, FULL a session."""
        return self.normal(stream, FULL).clip(-MOST, MOST)

    def _of(self, stream: str, year: int) -> np.random.Generator:
        return np.random.default_rng([*self._root, year, _STREAMS.index(stream)])


def _states(draw: _Draws) -> Array:
    """Components of each session's log variance, a column each."""
    shocks = draw.normal("wildness", len(MEMORY)).reshape(-1, len(MEMORY))
    states = np.empty_like(shocks)
    for column, (phi, var) in enumerate(MEMORY):
        shock = shocks[:, column]
        steps = shock * np.sqrt(var * (1 - phi**2))
        steps[0] = shock[0] * np.sqrt(var)  # begins where it will always be
        states[:, column] = _echoed(steps, phi)
    return states


def _echoed(steps: Array, phi: float) -> list[float]:
    """x(t) = step(t) + phi·x(t - 1); scipy, which has a filter for it, takes a second to import."""
    return list(accumulate(steps.tolist(), lambda was, step: step + phi * was))


def _variance(what: Simulation, draw: _Draws) -> Array:
    """Variance of each session's log return; its expectation is the market's."""
    log = np.zeros(len(states := _states(draw)))
    for state in states.T:
        log += state
    return np.exp(log - sum(var for _, var in MEMORY) / 2) * what.volatility**2 / YEAR


def _profile(grid: _Grid) -> Array:
    """Share of each bar in its session: high at the open, less so at the close."""
    shape = 1 + 3 * np.exp(-grid.slot / 6) + 1.5 * np.exp(-grid.left / 6)
    return np.asarray(shape / np.add.reduceat(shape, grid.starts)[grid.session])


def _volume(what: Simulation, grid: _Grid, draw: _Draws) -> tuple[Ints, Ints, Ints]:
    """Volume of every bar; first bar of every bar of the edge's clock; its place in the session."""
    if what.cadence == "daily":
        bucket = grid.session
    else:
        step = MINUTES[what.cadence] * MINUTE
        bucket = -(-grid.ends // step)
    clock = np.flatnonzero(np.diff(bucket, prepend=-1)).astype(np.int64)
    count = np.arange(len(clock))
    slot = count - np.searchsorted(grid.session[clock], grid.session[clock])
    wide, fine = SPREAD
    coarse = draw.bounded("volume")[draw.kept[clock]]
    noise = np.repeat(1 + wide * coarse, np.diff(np.append(clock, len(grid.ends))))
    if what.cadence != "5m":
        noise *= 1 + fine * draw.bounded("detail")[draw.kept]
    size = SHARES * (grid.slot + grid.left + 1) / FULL
    volume = np.rint(size * _profile(grid) * noise).astype(np.int64)
    return volume, clock, slot


def _drifts(
    what: Simulation, grid: _Grid, volume: Ints, clock: Ints, slot: Ints, body: Array
) -> tuple[Array, Array]:
    """Expected log return of every bar, and of every night before a session."""
    steady = what.drift / YEAR / np.bincount(grid.session)[grid.session]
    nights = np.zeros(len(grid.starts))
    session = grid.session[clock]
    bars = int(np.bincount(session).max())
    first = float(body[: clock[1] if bars > 1 else 1].sum())
    w = push_of(what, bars=bars, first=first, gap=GAP)
    signs = signs_of(np.add.reduceat(volume, clock), slot)
    if what.clock == NIGHTS:
        nights[2:] = w * signs[:-2]
        return steady, nights
    length = np.diff(np.append(clock, len(volume)))
    push = w * pushes_of(signs, session, what) / length
    return steady + np.repeat(push, length), nights


def _bars(
    grid: _Grid, moves: Array, gaps: Array, var: Array, draw: _Draws, volume: Ints
) -> pd.DataFrame:
    """Prices to the hundredth of a cent; a bar's extremes are those of a Brownian bridge.

    Source: P. Glasserman, Monte Carlo Methods in Financial Engineering (2003), 6.4: the maximum of
    a bridge from 0 to r of variance v is (r + sqrt(r² - 2·v·ln U)) / 2.
    """
    steps = moves.copy()
    steps[grid.starts] += gaps
    close = np.log(START_PRICE) + np.cumsum(steps)
    open_ = close - moves
    up, down = (
        np.sqrt(moves**2 - 2 * var * np.log1p(-draw.uniform(side, FULL)[draw.kept]))
        for side in ("highs", "lows")
    )
    logs = {
        "open": open_,
        "high": open_ + (moves + up) / 2,
        "low": open_ + (moves - down) / 2,
        "close": close,
    }
    prices = {name: np.round(np.exp(values), 4) for name, values in logs.items()}
    prices["high"] = np.maximum.reduce([prices["open"], prices["high"], prices["close"]])
    prices["low"] = np.minimum.reduce([prices["open"], prices["low"], prices["close"]])
    stamps = pd.to_datetime(grid.ends, unit="us", utc=True).as_unit("us")
    sessions = pd.DatetimeIndex(grid.days["session"].to_numpy()[grid.session]).as_unit("us")
    return pd.DataFrame(
        {"ts": stamps, "session": sessions, **prices, "volume": volume.astype("float64")}
    )
