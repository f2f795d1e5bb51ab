"""What the options of a simulated market rest on: its own bars, its volatility, what is listed."""

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from sigma_core.calendars import Ints, calendar
from sigma_core.options.black import black
from sigma_core.providers._interest import Keys, keys
from sigma_core.providers._listing import TIERS, YEAR, Listing
from sigma_core.providers._path import (
    GAP,
    START_PRICE,
    Hidden,
    expected_variance,
    hidden_of,
    path_of,
)
from sigma_core.providers._simulation import Simulation, simulation_of
from sigma_core.providers._smile import smile

Floats = NDArray[np.float64]
CALENDAR = "XNYS"
PREMIUM = 0.2
"""What options cost above the variance that is to be expected, as a share of it."""


@dataclass(frozen=True, eq=False)
class Contracts:
    """Contracts of one session or many: each is listed in `session` and ends in `end`."""

    session: Ints
    end: Ints
    strike: Floats
    side: Floats
    """+1 of calls, −1 of puts."""

    def at(self, rows: Ints) -> "Contracts":
        """Those of some rows, in their order."""
        return Contracts(self.session[rows], self.end[rows], self.strike[rows], self.side[rows])

    @property
    def left(self) -> Ints:
        """Sessions after this one until the end."""
        return self.end - self.session


@dataclass(frozen=True, eq=False)
class World:
    """One simulated market as its options see it; bars and sessions are numbered from 0."""

    what: Simulation
    closes_at: Ints
    """UTC microseconds at which each five-minute bar closes."""
    prices: dict[str, Floats]
    """open, high, low, close, volume of each bar."""
    starts: Ints
    """First bar of every session, and behind the last the number of bars."""
    hidden: Hidden
    listing: Listing

    @cached_property
    def expected(self) -> tuple[Floats, Floats]:
        """Variance of each session; and, expected in it, of the next h sessions in column h."""
        each = expected_variance(self.what, self.hidden.states, TIERS[-1])
        own = each[:, 0].copy()
        each[:, 0] = 0.0
        return own, np.cumsum(each, axis=1)

    def listed(self, sessions: range) -> Contracts:
        """All that is listed in these sessions; by session, expiry, strike, calls first."""
        found = [(s, e, self.listing.strikes(s, e)) for s in sessions for e in self.listing.ends(s)]
        counts = np.array([2 * len(strikes) for _, _, strikes in found])
        session, end = (np.repeat([f[i] for f in found], counts) for i in (0, 1))
        strike = np.repeat(np.concatenate([strikes for _, _, strikes in found]), 2)
        side = np.tile([1.0, -1.0], len(strike) // 2)
        return Contracts(session.astype(np.int64), end.astype(np.int64), strike, side)

    def keys(self, of: Contracts) -> Keys:
        """A number of its own for every contract."""
        return keys(self.what, of.end, of.strike, of.side)

    def variance(self, of: Contracts, spot: Floats, rest: Floats) -> Floats:
        """Total implied variance to the end, with `rest` of the session's own still to come."""
        own, ahead = self.expected
        level = own[of.session] * (1 - GAP) * rest + ahead[of.session, of.left]
        return smile(np.log(of.strike / spot), (1 + PREMIUM) * level)

    def value(self, of: Contracts, spot: Floats, rest: Floats) -> Floats:
        """What each is worth, in dollars a unit, without interest or dividends: so the forward is
        the spot, and to exercise early is worth nothing."""
        variance = self.variance(of, spot, rest)
        return black(of.side, spot, of.strike, 1.0, np.sqrt(variance))

    def distance(self, of: Contracts, spot: Floats) -> Floats:
        """ln(strike/spot) in the price's usual deviations to the end."""
        scale = self.what.volatility * np.sqrt((of.left + 1) / YEAR)
        return np.asarray(np.log(of.strike / spot) / scale)


@lru_cache(maxsize=2)
def world_of(ticker: str) -> World:
    """The market that a ticker names. Raises BadRequest for one that names none."""
    what, days = simulation_of(ticker), calendar(CALENDAR)
    path = path_of(what, days)
    sessions = path["session"].to_numpy()
    starts = np.flatnonzero(np.append(sessions[1:] != sessions[:-1], True)) + 1
    prices = {
        name: path[name].to_numpy() for name in ("open", "high", "low", "close", "volume")
    }  # fmt: skip
    ends = starts - 1
    listing = Listing(
        days=days,
        first=int(days.ordinal(sessions[:1])[0]),
        volatility=what.volatility,
        morning=np.append(START_PRICE, prices["close"][ends[:-1]]),
        root=root_of(what.name),
    )
    return World(
        what=what,
        closes_at=path["ts"].to_numpy(dtype="datetime64[us]").astype(np.int64),
        prices=prices,
        starts=np.append(0, starts),
        hidden=hidden_of(what, days),
        listing=listing,
    )


def root_of(name: str) -> str:
    """The root of a market's options: the letters of its name, six at most.

    >>> root_of("Acme2"), root_of("99")
    ('ACME', 'SIM')
    """
    return re.sub("[^A-Z]", "", name.upper())[:6] or "SIM"
