"""Exchange calendars: sessions, their hours, and how many make a year."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sigma_core.errors import UnknownName

Ints = NDArray[np.int64]

BEGIN, FINISH = "1950-01-03", "2040-12-31"
"""Sessions are numbered from BEGIN. Fixed, so that a number never depends on today's date."""


def normalize_ts(stamps: Any) -> pd.DatetimeIndex:
    """Stamps with a zone as UTC microseconds, the only unit the lab uses.

    Raises TypeError for stamps without a zone.
    """
    return pd.DatetimeIndex(stamps).tz_convert("UTC").as_unit("us")


@dataclass(frozen=True)
class Calendar:
    """When an exchange trades."""

    name: str
    zone: str
    year: int
    """Sessions in a year, for annualising."""
    minutes: int
    """Minutes of a full session."""

    def sessions(self, start: date | None = None, end: date | None = None) -> pd.DataFrame:
        """Sessions from start to end: `session` (naive midnight), `open` and `close` (UTC)."""
        table = _schedule(self.name)
        lo = 0 if start is None else table["session"].searchsorted(pd.Timestamp(start))
        hi = (
            len(table)
            if end is None
            else table["session"].searchsorted(pd.Timestamp(end), side="right")
        )
        return table.iloc[int(lo) : int(hi)].reset_index(drop=True)

    def ordinal(self, sessions: Any) -> Ints:
        """Running number of each session in the calendar; -1 for a day that is none."""
        known = _schedule(self.name)["session"].to_numpy()
        days = np.asarray(sessions, dtype="datetime64[us]")
        place = np.searchsorted(known, days).clip(max=len(known) - 1)
        return np.where(known[place] == days, place, -1).astype("int64")

    def open_of(self, ordinals: Ints) -> Ints:
        """Official open of sessions by number, in UTC microseconds."""
        return _micros(self.name, "open")[ordinals]

    def close_of(self, ordinals: Ints) -> Ints:
        """Official close of sessions by number, in UTC microseconds."""
        return _micros(self.name, "close")[ordinals]

    def session_of(self, ordinals: Ints) -> NDArray[np.datetime64]:
        """Trading dates of sessions by number."""
        return _schedule(self.name)["session"].to_numpy()[ordinals]


CALENDARS: Mapping[str, Calendar] = MappingProxyType(
    {
        "XNYS": Calendar("XNYS", "America/New_York", 252, 390),
        "24/7": Calendar("24/7", "UTC", 365, 1440),
    }
)


def calendar(name: str) -> Calendar:
    """The calendar of that name. Raises UnknownName."""
    if name not in CALENDARS:
        raise UnknownName("calendar", name, CALENDARS)
    return CALENDARS[name]


@cache
def _schedule(name: str) -> pd.DataFrame:
    if name == "24/7":
        days = pd.date_range(BEGIN, FINISH, freq="D").as_unit("us")
        begins = days.tz_localize("UTC")
        ends = begins + pd.Timedelta(days=1)
    else:
        import exchange_calendars  # a fifth of a second, so only when a session is asked for

        table = exchange_calendars.get_calendar(name, start=BEGIN, end=FINISH).schedule
        days = pd.DatetimeIndex(table.index).as_unit("us")
        begins, ends = normalize_ts(table["open"]), normalize_ts(table["close"])
    return pd.DataFrame({"session": days, "open": begins, "close": ends})


@cache
def _micros(name: str, side: str) -> Ints:
    return np.asarray(_schedule(name)[side].astype("int64"), dtype="int64")
