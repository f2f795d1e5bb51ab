"""The model's bars as arrays: what labels, execution and replay walk along."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sigma_core.calendars import Calendar

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

PRICES = ("open", "high", "low", "close")
BAR_MINUTES = {"1m": 1, "5m": 5, "15m": 15, "hourly": 60}


@dataclass(frozen=True, eq=False)
class Fine:
    """Finer bars that fill bars of a tape: they tell which of two prices was reached first."""

    begin: Ints
    """[n + 1]; bar k is filled by finer bars begin[k] to begin[k + 1] - 1, or by none."""
    open: Floats
    high: Floats
    low: Floats


@dataclass(frozen=True, eq=False)
class Tape:
    """Bars of one ticker from the first stored one, as arrays of length n."""

    ts: Ints
    """Microseconds since 1970, UTC: the instant the bar closed."""
    session: Ints
    """Running number of the bar's session in the exchange calendar."""
    hour: Ints
    """Exchange hour of `ts`."""
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    first: Flags
    """First stored bar of its session."""
    last: Flags
    """Last stored bar of its session."""
    minutes: Floats
    """Session minutes the bar covers."""
    calendar: Calendar
    cadence: str
    intraday: bool
    """Whether positions are closed at the end of the session (horizon 0dte or intraday)."""
    fine: Fine
    columns: Mapping[str, Floats] = field(default_factory=dict)
    """Columns of the model that its label reads, as known at each bar's `ts`."""

    def __len__(self) -> int:
        return len(self.ts)


NONE_FINER: Mapping[str, pd.DataFrame] = MappingProxyType({})


def tape_of(
    bars: pd.DataFrame,
    calendar: Calendar,
    cadence: Literal["5m", "15m", "hourly", "daily"],
    *,
    horizon: str,
    finer: Mapping[str, pd.DataFrame] = NONE_FINER,
) -> Tape:
    """Arrays of a bars frame (columns ts, session, open, high, low, close).

    `finer` are frames of the same ticker by their cadence, the finest first.
    """
    session = calendar.ordinal(bars["session"].to_numpy())
    change = np.flatnonzero(np.diff(session)) if len(session) else np.empty(0, "int64")
    first, last = np.zeros(len(bars), bool), np.zeros(len(bars), bool)
    stamps = _stamps(bars)
    if len(bars):
        first[np.r_[0, change + 1]] = True
        last[change] = True
        # a session that is still open has no last bar yet
        last[-1] = stamps[-1] >= calendar.close_of(session[-1:])[0]
    minutes = _minutes(stamps, session, first, calendar, cadence)
    daily = cadence == "daily"
    begins = calendar.open_of(session) if daily else stamps - (minutes * 60e6).astype("int64")
    price = {name: bars[name].to_numpy(dtype="float64") for name in PRICES}
    return Tape(
        ts=stamps,
        session=session,
        hour=bars["ts"].dt.tz_convert(calendar.zone).dt.hour.to_numpy(dtype="int64"),
        first=first,
        last=last,
        minutes=minutes,
        calendar=calendar,
        cadence=cadence,
        intraday=horizon in ("0dte", "intraday"),
        fine=_fine(stamps, begins, finer),
        open=price["open"],
        high=price["high"],
        low=price["low"],
        close=price["close"],
    )


def _stamps(bars: pd.DataFrame) -> Ints:
    return np.asarray(bars["ts"].to_numpy(dtype="datetime64[us]").astype("int64"))


def _fine(stamps: Ints, begins: Ints, finer: Mapping[str, pd.DataFrame]) -> Fine:
    """Of each bar the finest bars that fill it from begin to close, none of them missing."""
    if not finer:
        none = np.empty(0)
        return Fine(np.zeros(len(stamps) + 1, "int64"), none, none, none)
    open_to, parts = np.ones(len(stamps), bool), []
    for cadence, bars in finer.items():
        step = BAR_MINUTES[cadence] * 60_000_000
        ts = _stamps(bars)
        bar = np.searchsorted(stamps, ts)
        inside = bar < len(stamps)
        inside[inside] = ts[inside] > begins[bar[inside]]
        held = np.bincount(bar[inside], minlength=len(stamps))
        # on the clock, as hourly bars of a session that begins at 09:30 are
        full = open_to & (held == -(-stamps // step) - begins // step)
        inside[inside] = full[bar[inside]]
        parts.append(bars.loc[inside, [*PRICES[:3]]].assign(bar=bar[inside]))
        open_to &= ~full
    rows = pd.concat(parts).sort_values("bar", kind="stable").astype("float64")
    begin = np.searchsorted(rows["bar"].to_numpy(), np.arange(len(stamps) + 1))
    return Fine(begin.astype("int64"), *(rows[name].to_numpy() for name in PRICES[:3]))


def _minutes(stamps: Ints, session: Ints, first: Flags, calendar: Calendar, cadence: str) -> Floats:
    """Session minutes of each bar: from the previous bar's close, or the session's open."""
    if cadence == "daily":
        return np.full(len(stamps), float(calendar.minutes))
    begins = np.r_[stamps[:1], stamps[:-1]]
    begins = np.where(first, calendar.open_of(session), begins)
    # a bar that is missing from the data does not lengthen the one after it
    return np.asarray(np.minimum((stamps - begins) / 60e6, BAR_MINUTES[cadence]), dtype="float64")


def spans(first: Ints, stop: Ints) -> tuple[Ints, Ints]:
    """Bars from each `first` up to, and without, its `stop`: the number of the span, and the bar.

    >>> [found.tolist() for found in spans(np.array([3, 7]), np.array([5, 8]))]
    [[0, 0, 1], [3, 4, 7]]
    """
    length = np.maximum(stop - first, 0)
    which = np.repeat(np.arange(len(first)), length)
    begins = np.cumsum(length) - length
    return which, first[which] + np.arange(len(which)) - begins[which]
