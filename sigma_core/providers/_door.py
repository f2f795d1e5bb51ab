"""The door: tables of any layout become bars, or are refused in one sentence.

Stamps become UTC closes, rows outside the session are left out and counted, finer bars are put
together, and what no market can have done is refused with its first row.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from sigma_core.calendars import Calendar, calendar, normalize_ts
from sigma_core.providers._checks import (
    Place,
    notes_of,
    refuse_cover,
    refuse_order,
    refuse_prices,
    refuse_split,
    reported,
)
from sigma_core.providers._resample import MINUTES, resampled
from sigma_core.sources import Layout

FINER: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "daily": ("daily", "hourly", "15m", "5m", "1m"),
        "hourly": ("hourly", "15m", "5m", "1m"),
        "15m": ("15m", "5m", "1m"),
        "5m": ("5m", "1m"),
    }
)
"""Which files serve a cadence, the coarsest first."""
COLUMNS = ("ts", "session", "open", "high", "low", "close", "volume")


def admitted(
    table: pd.DataFrame, layout: Layout, *, ticker: str, have: str, want: str, name: str
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Bars of cadence `want` from a table of cadence `have` (columns ts, open, …), and their story.

    Raises QualityError, with the file, the first row and the value, for what is not fit.
    """
    days = calendar(layout.calendar)
    full = table.reindex(columns=[c for c in COLUMNS if c != "session"]).copy()
    place = Place(name, table["ts"])
    if have == "daily":
        bars, outside = _daily(full, days, place)
    else:
        bars, outside = _intraday(full, days, have, place, layout)
    refuse_prices(bars, place)
    if have != want:
        bars = resampled(bars, days, want)
    refuse_split(bars, name)
    about = {
        "ticker": ticker,
        "cadence": want,
        "calendar": layout.calendar,
        "adjustment": layout.adjustment,
        "notes": [f"{outside} rows outside the regular session were left out."] if outside else [],
        **reported(bars, days),
    }
    about["notes"] += notes_of(about, ticker)
    return bars.reset_index(drop=True), about


def _daily(table: pd.DataFrame, days: Calendar, place: Place) -> tuple[pd.DataFrame, int]:
    stamps = _parsed(table["ts"], place)
    if stamps.tz is not None:
        stamps = (
            stamps.tz_convert(days.zone).tz_localize(None)
            if _clocked(stamps)
            else stamps.tz_localize(None)
        )
    session = stamps.normalize().as_unit("us")
    refuse_order(session, place)
    number = days.ordinal(session.to_numpy())
    table["session"], keep = session, number >= 0
    if keep.mean() < 0.9:
        row = int(np.argmin(keep))
        place.refuse(
            row,
            f"{1 - keep.mean():.0%} of the days are no session of {days.name}",
            "Is the stamp the session date, and the calendar right? Say so in its YAML.",
        )
    return _shaped(table[keep].assign(ts=_utc(days.close_of(number[keep])))), int((~keep).sum())


def _intraday(
    table: pd.DataFrame, days: Calendar, have: str, place: Place, layout: Layout
) -> tuple[pd.DataFrame, int]:
    stamps = _parsed(table["ts"], place)
    if stamps.tz is None:
        if layout.timezone is None:
            place.refuse(
                0, "the stamp has no zone", "Write its timezone into the YAML of the file, UTC say."
            )
        stamps = _localized(stamps, layout, place)
    refuse_order(stamps, place)
    ends = _closes(normalize_ts(stamps), layout, days, have)
    number = _session_of(ends, days)
    keep = number >= 0
    refuse_cover(number[keep], int((~keep).sum()), days, have, place)
    table["ts"] = ends
    kept = table[keep]
    kept = kept.assign(session=pd.DatetimeIndex(days.session_of(number[keep])).as_unit("us"))
    return _shaped(kept), int((~keep).sum())


def _parsed(stamps: pd.Series, place: Place) -> pd.DatetimeIndex:
    if pd.api.types.is_datetime64_any_dtype(stamps):
        return pd.DatetimeIndex(stamps).as_unit("us")
    try:
        zoned = stamps.astype("str").str.contains(r"(?:Z|[+-]\d{2}:?\d{2})$", regex=True)
        if zoned.any() and not zoned.all():
            place.refuse(
                int(np.argmin(zoned)), "the stamp has no zone, and others have", "Mend the file."
            )
        return pd.DatetimeIndex(pd.to_datetime(stamps, utc=bool(zoned.all()))).as_unit("us")
    except (ValueError, TypeError):
        read = pd.to_datetime(stamps, errors="coerce", format="mixed", utc=True)
        row = int(read.isna().to_numpy().argmax())
        place.refuse(
            row,
            f"{stamps.iloc[row]!r} is no stamp",
            "Mend the file, or name another column in its YAML.",
        )
        raise


def _clocked(stamps: pd.DatetimeIndex) -> bool:
    """Whether daily stamps carry a time of day."""
    return bool((stamps != stamps.normalize()).any())


def _localized(stamps: pd.DatetimeIndex, layout: Layout, place: Place) -> pd.DatetimeIndex:
    try:
        return stamps.tz_localize(layout.timezone, ambiguous="infer", nonexistent="raise")
    except (ValueError, KeyError) as wrong:
        place.refuse(
            0,
            f"its stamps are not of the zone {layout.timezone} ({wrong})",
            "Mend timezone in its YAML.",
        )
        raise


def _closes(
    stamps: pd.DatetimeIndex, layout: Layout, days: Calendar, have: str
) -> pd.DatetimeIndex:
    """UTC instants at which the bars closed; hourly bars are clock hours of the exchange."""
    if layout.stamp == "end":
        return stamps
    step = pd.Timedelta(minutes=MINUTES[have])
    if have == "hourly":
        return normalize_ts(stamps.tz_convert(days.zone).floor("h", ambiguous="infer") + step)
    return stamps + step


def _session_of(ends: pd.DatetimeIndex, days: Calendar) -> np.ndarray:
    """Number of the session in which each bar closed; -1 outside of the session's hours."""
    table = days.sessions()
    closes = table["close"].astype("int64").to_numpy()
    opens = table["open"].astype("int64").to_numpy()
    at = ends.asi8
    number = np.searchsorted(closes, at).clip(max=len(closes) - 1)
    return np.where((opens[number] < at) & (at <= closes[number]), number, -1)


def _shaped(table: pd.DataFrame) -> pd.DataFrame:
    """Columns and kinds of a bars frame; the index still says the row of the file."""
    shaped = table[list(COLUMNS)].astype(dict.fromkeys(COLUMNS[2:], "float64"))
    shaped["ts"] = pd.to_datetime(shaped["ts"], utc=True).dt.as_unit("us")
    shaped["session"] = pd.to_datetime(shaped["session"]).dt.as_unit("us")
    return shaped


def _utc(micros: np.ndarray) -> pd.DatetimeIndex:
    return pd.to_datetime(micros, unit="us", utc=True).as_unit("us")
