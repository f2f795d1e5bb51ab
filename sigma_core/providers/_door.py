"""The door: tables of any layout become bars, or are refused in one sentence.

Stamps become UTC closes, rows outside the sessions are left out and counted, finer bars are put
together, and what no market can have done is refused with its first row.
"""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from sigma_core.calendars import Calendar, Ints, calendar
from sigma_core.errors import QualityError
from sigma_core.providers._clock import closes_of, refuse_clock, refuse_grid, session_of, side_of
from sigma_core.providers._place import Place
from sigma_core.providers._prices import nested, refuse_leaps, refuse_prices, refuse_split
from sigma_core.providers._report import report
from sigma_core.providers._resample import resampled
from sigma_core.providers._stamps import instants_of, sessions_of
from sigma_core.sources import Layout

COLUMNS = ("ts", "session", "open", "high", "low", "close", "volume")


def admitted(
    table: pd.DataFrame, layout: Layout, *, ticker: str, have: str, want: str, name: str
) -> tuple[pd.DataFrame, dict[str, Any], Layout]:
    """Bars of cadence `want` from a table of cadence `have`, their story, the layout completed.

    `table` has ts as it stands and open, high, low, close, volume as far as there are any; its
    index is the place of each row in the file `name`.
    Raises QualityError, with the file, the first row and the value, for what is not fit.
    """
    days, place = calendar(layout.calendar), Place(name, table["ts"])
    if have == "daily":
        ends, number = _daily(table, days, place)
    else:
        ends, number, layout = _intraday(table, layout, days, have, place)
    inside = np.flatnonzero(number >= 0)
    bars = _bars(table, ends, number, inside, days)
    refuse_prices(bars, place, inside)
    refuse_leaps(bars, days, place, inside)
    refuse_split(bars, days, name)
    bars = nested(bars) if have == want else resampled(nested(bars), days, want)
    if bars.empty:
        raise QualityError(
            f"{name} has no whole {want} bar.", hint="Its only one is still forming: bring more."
        )
    about = {
        "ticker": ticker,
        "cadence": want,
        "calendar": days.name,
        "adjustment": layout.adjustment,
        "rows": len(table),
        "rows_outside": len(table) - len(inside),
        **report(bars, days, want, ticker),
    }
    if outside := about["rows_outside"]:
        about["notes"].insert(0, f"Rows outside the sessions of {days.name}, left out: {outside}.")
    return bars, about, layout


def _daily(table: pd.DataFrame, days: Calendar, place: Place) -> tuple[Ints, Ints]:
    _, number = sessions_of(table["ts"], days, place)
    return days.close_of(number), number


def _intraday(
    table: pd.DataFrame, layout: Layout, days: Calendar, have: str, place: Place
) -> tuple[Ints, Ints, Layout]:
    """Closes, numbers of sessions (-1 outside), and the layout with the side of its stamps."""
    instants = instants_of(table["ts"], layout.timezone, place)
    volume = table.get("volume", pd.Series(np.nan, table.index))
    side = side_of(instants, volume, layout.stamp, days, have, place)
    ends = closes_of(instants, side or "end", have)
    refuse_clock(ends, volume, days, place)  # says more, if the zone is wrong too
    if side is None:
        place.refuse(
            0,
            "nothing tells whether stamps mark the start or the end of a bar",
            f"Write `stamp: start` or `stamp: end` into {place.yaml}.",
        )
    number = session_of(ends, days)
    if (number < 0).all():
        place.refuse(
            0,
            f"no row lies within a session of {days.name}",
            f"If it trades round the clock, write `calendar: 24/7` into {place.yaml}.",
        )
    refuse_grid(instants, ends, number, side, days, have, place)
    return ends, number, replace(layout, stamp=side)


def _bars(
    table: pd.DataFrame, ends: Ints, number: Ints, inside: Ints, days: Calendar
) -> pd.DataFrame:
    """A bars frame of the rows inside sessions; columns that the table lacks are missing."""
    held = table.iloc[inside]
    prices = {
        name: held[name].to_numpy(dtype="float64") if name in held else np.nan
        for name in COLUMNS[2:]
    }
    stamps = pd.to_datetime(ends[inside], unit="us", utc=True).as_unit("us")
    sessions = pd.DatetimeIndex(days.session_of(number[inside])).as_unit("us")
    return pd.DataFrame({"ts": stamps, "session": sessions, **prices})
