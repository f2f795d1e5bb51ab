"""Which options of a simulated market are listed in a session: expiries, and strikes of each.

Every session is an expiry, listed a week ahead; the last of a week five weeks ahead, a month's
standard one three months and the last of a quarter a year. Of each, strikes in whole dollars (half
dollars in the last week, where whole ones would be too far apart) reach as far as the price may go
till then; while it is listed the grid follows the price, and a finer one comes as its end nears.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sigma_core.calendars import Calendar, Ints
from sigma_core.options.expiries import expiries

Floats = NDArray[np.float64]
LEADS = {"daily": 5, "weekly": 25, "monthly": 63, "quarterly": 252}
"""Sessions before its end that an expiry is listed."""
TIERS = tuple(LEADS.values())
"""Sessions before its end at which an expiry gets a grid of strikes; the last ones stay."""
REACH, MOST = 3.0, 0.6
"""A grid reaches so many deviations of the price till the end, but no further than this share."""
STRIKES = 40
"""About the most strikes of a grid when it is listed."""
STEPS = np.array([0.5, *(m * 10.0**k for k in range(7) for m in (1, 2, 5))])
"""Dollars between the strikes of a grid."""
YEAR = 252
WEEK = 7


@dataclass(frozen=True, eq=False)
class Listing:
    """Expiries and strikes of one market; sessions are numbered from its first."""

    days: Calendar
    first: int
    """Number of its first session in the calendar."""
    volatility: float
    morning: Floats
    """Price known before each session."""
    root: str

    @cached_property
    def facts(self) -> pd.DataFrame:
        """Facts of the options that end in each session, to a year after the last: `lead`,
        `expiration` and the columns of `options.expiries`."""
        count = len(self.morning) + TIERS[-1] + 1
        sessions = pd.Series(
            pd.DatetimeIndex(self.days.session_of(self.first + np.arange(count + 1))).as_unit("us")
        )
        monday = (sessions - pd.Timestamp("1970-01-05")).dt.days // WEEK
        table = pd.DataFrame({"root": self.root, "expiration": sessions, "settle": "PM"})[:-1]
        found = expiries(table, self.days).assign(expiration=table["expiration"])
        ends_week = (monday.diff(-1) != 0).to_numpy()[:-1]
        by_week = np.where(ends_week, LEADS["weekly"], LEADS["daily"])
        return found.assign(lead=found["kind"].map(LEADS).where(found["kind"] != "weekly", by_week))

    @cached_property
    def leads(self) -> Ints:
        """Sessions ahead that each expiry is listed."""
        return self.facts["lead"].to_numpy(dtype="int64")

    def ends(self, session: int) -> Ints:
        """Expiries listed in a session, the nearest first: itself, and the same number of each."""
        ahead = np.arange(TIERS[-1] + 1)
        return session + np.flatnonzero(self.leads[session : session + len(ahead)] >= ahead)

    def strikes(self, session: int, end: int) -> Floats:
        """Strikes listed in a session for an expiry, in dollars."""
        lead, left = self.leads[end], end - session
        grids = [self._grid(session, end, t) for t in TIERS if left <= t <= lead]
        return grids[0] if len(grids) == 1 else np.unique(np.concatenate(grids))

    def _grid(self, session: int, end: int, tier: int) -> Floats:
        seen = self.morning[max(end - tier, 0) : session + 1]
        reach = min(REACH * self.volatility * np.sqrt(tier / YEAR), MOST)
        fine = 2 * reach * seen[0] / STRIKES
        step = STEPS[np.searchsorted(STEPS, fine if tier == TIERS[0] else max(fine, 1.0))]
        low, high = seen.min() * (1 - reach) / step, seen.max() * (1 + reach) / step
        return np.asarray(step * np.arange(max(np.floor(low), 1.0), np.ceil(high) + 1))
