"""What is let in and told: stale opens, missing sessions and bars, breaks in volume's unit."""

from typing import Any

import numpy as np
import pandas as pd

from sigma_core.calendars import Calendar, Ints
from sigma_core.providers._resample import MINUTES

STALE = 0.5
"""Share of a year's sessions that open at the previous close, above which its opens are stale."""
JUMP = 20.0
"""Factor between a session's usual volume before and after, that only a new unit explains."""
WINDOW = 20
"""Sessions that make the usual volume."""
LONG = 20
"""Missing sessions in a row that are worth naming."""
SPARSE = 0.01
"""Share of missing bars worth a note."""


def report(bars: pd.DataFrame, days: Calendar, cadence: str, ticker: str) -> dict[str, Any]:
    """stale_open_years, missing_sessions, missing_bars, volume_breaks, and notes in words."""
    held = np.unique(days.ordinal(bars["session"].to_numpy()))
    facts = {
        "stale_open_years": _stale_years(bars),
        "missing_sessions": int(held[-1] - held[0] + 1 - len(held)) if len(held) else 0,
        "missing_bars": _missing_bars(len(bars), held, days, cadence),
        "volume_breaks": _volume_breaks(bars),
    }
    return {**facts, "notes": _notes(facts, bars, held, days, ticker)}


def _stale_years(bars: pd.DataFrame) -> list[int]:
    by = bars.groupby("session")
    opens, closes = by["open"].first(), by["close"].last()
    years = pd.DatetimeIndex(opens.index).year
    stale = (opens == closes.shift()).groupby(years).mean()
    return [int(year) for year in stale.index[stale > STALE]]


def _missing_bars(bars: int, held: Ints, days: Calendar, cadence: str) -> int:
    """Bars that the held sessions lack; hourly ones end at full hours and at the close."""
    if cadence == "daily":
        return 0
    step = MINUTES[cadence] * 60_000_000
    begins, ends = days.open_of(held), days.close_of(held)
    return int((-(-ends // step) - begins // step).sum()) - bars


def _volume_breaks(bars: pd.DataFrame) -> list[str]:
    """Sessions from which on the usual volume is another by a factor of twenty."""
    daily = bars.groupby("session")["volume"].sum(min_count=1)
    daily = daily[daily > 0]
    before = daily.rolling(WINDOW).median().shift()
    after = daily[::-1].rolling(WINDOW).median()[::-1]
    step = (daily / daily.shift()).apply(np.log).abs()
    broken = ((after / before) > JUMP) | ((before / after) > JUMP)
    spells = (broken != broken.shift()).cumsum()[broken]
    return [f"{step[spell.index].idxmax():%Y-%m-%d}" for _, spell in spells.groupby(spells)]


def _notes(
    facts: dict[str, Any], bars: pd.DataFrame, held: Ints, days: Calendar, ticker: str
) -> list[str]:
    notes = []
    if years := facts["stale_open_years"]:
        notes.append(f"{ticker} opens at the previous close on most days of {_spans(years)}.")
    if missing := facts["missing_sessions"]:
        gap = np.diff(held) - 1
        notes.append(f"Sessions of {days.name} without a bar of {ticker}: {missing}.")
        notes += [_hole(held, int(at), days, ticker) for at in np.flatnonzero(gap > LONG)[:3]]
    if facts["missing_bars"] > SPARSE * len(bars):
        notes.append(f"Bars of {ticker} missing within its sessions: {facts['missing_bars']}.")
    if breaks := facts["volume_breaks"]:
        notes.append(f"{ticker}'s volume changes its unit, it seems: {', '.join(breaks[:3])}.")
    return notes


def _hole(held: Ints, at: int, days: Calendar, ticker: str) -> str:
    last, next_ = days.session_of(held[at : at + 2]).astype("datetime64[D]")
    return f"{ticker} has no bar between {last} and {next_}: was it another company before?"


def _spans(years: list[int]) -> str:
    """`1999-2005, 2008`."""
    spans = [[years[0], years[0]]]
    for year in years[1:]:
        if year == spans[-1][1] + 1:
            spans[-1][1] = year
        else:
            spans.append([year, year])
    return ", ".join(f"{a}-{b}" if b > a else str(a) for a, b in spans)
