"""Joining one series of bars to another: what was known when, and when it is too old."""

from functools import cache
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sigma_core.calendars import Calendar

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

MINUTE = 60_000_000
"""Microseconds."""

LATE = 15 * MINUTE
"""How long after the close the VIX family prints its daily value."""

_MINUTES = {"5m": 5, "15m": 15, "hourly": 60}


def stamps_of(bars: pd.DataFrame) -> Ints:
    """`ts` of a bars frame in microseconds since 1970, UTC."""
    return np.asarray(bars["ts"].to_numpy(dtype="datetime64[us]").astype("int64"))


def last_known(now: Ints, closed: Ints, *, late: bool) -> Ints:
    """Per instant of `now`: position of the last bar known by then, -1 if there is none.

    A bar is known the moment it closes, or with `late` LATE after that.

    >>> last_known(np.array([5, 10, 11]), np.array([5, 11]), late=False).tolist()
    [0, 0, 1]
    """
    known = closed + LATE if late else closed
    return np.asarray(np.searchsorted(known, now, side="right") - 1, dtype=np.int64)


def too_old(now: Ints, closed: Ints, calendar: Calendar, cadence: str) -> Flags:
    """Whether more than one bar of `cadence` of trading time lies between `closed` and `now`.

    Trading time is the calendar's of the joined bars: nights, holidays and the missing half of
    a half day do not count. Daily bars are one session each, however long that session is.
    """
    if cadence == "daily":
        return _elapsed(now, calendar, "sessions") - _elapsed(closed, calendar, "sessions") > 1
    gone = _elapsed(now, calendar, "time") - _elapsed(closed, calendar, "time")
    return gone > _MINUTES[cadence] * MINUTE


def _elapsed(
    stamps: Ints, calendar: Calendar, unit: Literal["sessions", "time"]
) -> NDArray[np.float64]:
    """Trading time from the calendar's begin to each stamp: sessions, or microseconds.

    Both are exact: whole microseconds stay far below 2**53, and a close is a whole session.
    """
    opens, lengths, before = _hours(calendar)
    place = np.searchsorted(opens, stamps, side="right") - 1
    length = lengths[place]
    inside = np.clip(stamps - opens[place], 0, length)
    if unit == "sessions":
        return np.asarray(place + inside / length, dtype="float64")
    return np.asarray(before[place] + inside, dtype="float64")


@cache
def _hours(calendar: Calendar) -> tuple[Ints, Ints, Ints]:
    """Of every session: its open, its length, and the trading time before it."""
    every = np.arange(len(calendar.sessions()))
    opens = calendar.open_of(every)
    lengths = calendar.close_of(every) - opens
    return opens, lengths, np.cumsum(lengths) - lengths
