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
from sigma_core.errors import QualityError
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
LEAST_COVER = 0.6
"""Share of a session's bars that the usual session must have."""
STALE_SHARE = 0.5
SPLITS = (2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 10.0, 15.0, 20.0, 1.5)
JUMP = 20.0
"""A change of usual volume by this factor from one month to the next is one of its unit."""


def admitted(
    table: pd.DataFrame, layout: Layout, *, ticker: str, have: str, want: str, name: str
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Bars of cadence `want` from a table of cadence `have` (columns ts, open, …), and their story.

    Raises QualityError, with the file, the first row and the value, for what is not fit.
    """
    days = calendar(layout.calendar)
    full = table.reindex(columns=[c for c in COLUMNS if c != "session"]).copy()
    place = _Place(name, table["ts"])
    if have == "daily":
        bars, outside = _daily(full, days, place, layout)
    else:
        bars, outside = _intraday(full, days, have, place, layout)
    _refuse_prices(bars, place)
    if have != want:
        bars = resampled(bars, days, want)
    _refuse_split(bars, name)
    about = {
        "ticker": ticker,
        "cadence": want,
        "calendar": layout.calendar,
        "adjustment": layout.adjustment,
        "notes": [f"{outside} rows outside the regular session were left out."] if outside else [],
        **_reported(bars, days),
    }
    about["notes"] += _notes(about, ticker)
    return bars.reset_index(drop=True), about


class _Place:
    """Where in a file something was found."""

    def __init__(self, name: str, stamps: pd.Series) -> None:
        self.name, self._stamps = name, stamps

    def refuse(self, row: int, words: str, hint: str) -> None:
        """Raises QualityError that names the file, the row and its stamp."""
        raise QualityError(f"{self.name}, row {row + 1} ({self._stamps.iloc[row]}): {words}.", hint=hint)


def _daily(
    table: pd.DataFrame, days: Calendar, place: _Place, layout: Layout
) -> tuple[pd.DataFrame, int]:
    stamps = _parsed(table["ts"], place)
    if stamps.tz is not None:
        stamps = stamps.tz_convert(days.zone).tz_localize(None) if _clocked(stamps) else stamps.tz_localize(None)
    session = stamps.normalize().as_unit("us")
    _refuse_order(session, place)
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
    table: pd.DataFrame, days: Calendar, have: str, place: _Place, layout: Layout
) -> tuple[pd.DataFrame, int]:
    stamps = _parsed(table["ts"], place)
    if stamps.tz is None:
        if layout.timezone is None:
            place.refuse(0, "the stamp has no zone", "Write its timezone into the YAML of the file, UTC say.")
        stamps = _localized(stamps, layout, place)
    _refuse_order(stamps, place)
    ends = _closes(normalize_ts(stamps), layout, days, have)
    number = _session_of(ends, days)
    keep = number >= 0
    _refuse_cover(number[keep], int((~keep).sum()), days, have, place)
    table["ts"] = ends
    kept = table[keep]
    kept = kept.assign(session=pd.DatetimeIndex(days.session_of(number[keep])).as_unit("us"))
    return _shaped(kept), int((~keep).sum())


def _parsed(stamps: pd.Series, place: _Place) -> pd.DatetimeIndex:
    if pd.api.types.is_datetime64_any_dtype(stamps):
        return pd.DatetimeIndex(stamps).as_unit("us")
    try:
        zoned = stamps.astype("str").str.contains(r"(?:Z|[+-]\d{2}:?\d{2})$", regex=True)
        if zoned.any() and not zoned.all():
            place.refuse(int(np.argmin(zoned)), "the stamp has no zone, and others have", "Mend the file.")
        return pd.DatetimeIndex(pd.to_datetime(stamps, utc=bool(zoned.all()))).as_unit("us")
    except (ValueError, TypeError):
        read = pd.to_datetime(stamps, errors="coerce", format="mixed", utc=True)
        row = int(read.isna().to_numpy().argmax())
        place.refuse(row, f"{stamps.iloc[row]!r} is no stamp", "Mend the file, or name another column in its YAML.")
        raise


def _clocked(stamps: pd.DatetimeIndex) -> bool:
    """Whether daily stamps carry a time of day."""
    return bool((stamps != stamps.normalize()).any())


def _localized(stamps: pd.DatetimeIndex, layout: Layout, place: _Place) -> pd.DatetimeIndex:
    try:
        return stamps.tz_localize(layout.timezone, ambiguous="infer", nonexistent="raise")
    except (ValueError, KeyError) as wrong:
        place.refuse(0, f"its stamps are not of the zone {layout.timezone} ({wrong})", "Mend timezone in its YAML.")
        raise


def _refuse_order(stamps: pd.DatetimeIndex, place: _Place) -> None:
    if stamps.hasnans:
        place.refuse(int(np.argmax(stamps.isna())), "the stamp is missing", "Mend the file.")
    step = np.diff(stamps.asi8)
    if (step == 0).any():
        place.refuse(int(np.argmax(step == 0)) + 1, "the stamp stands twice", "Leave one of the rows out; a file of many symbols wants `symbol` in its YAML.")
    if (step < 0).any():
        place.refuse(int(np.argmax(step < 0)) + 1, "the stamp is before the one above it", "Sort the file by time.")


def _closes(stamps: pd.DatetimeIndex, layout: Layout, days: Calendar, have: str) -> pd.DatetimeIndex:
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


def _refuse_cover(
    number: np.ndarray, outside: int, days: Calendar, have: str, place: _Place
) -> None:
    """Mislabelled zones and stamps show as sessions that lack most of their bars."""
    expected = -(-days.minutes // MINUTES[have])
    usual = float(np.median(np.bincount(number - number.min())[np.unique(number) - number.min()])) if len(number) else 0.0
    if usual < LEAST_COVER * expected:
        place.refuse(
            0,
            f"the usual session has {usual:.0f} of {expected} {have} bars, and {outside} rows lie"
            f" outside the session of {days.name}",
            "Are the zone and the stamp's side right? Say so in its YAML: timezone, stamp, calendar.",
        )


def _refuse_prices(bars: pd.DataFrame, place: _Place) -> None:
    """NaN, zero, negative and crossed prices; a series of closes alone may lack the others."""
    rows = bars.index.to_numpy()
    full = bars["open"].notna().any()
    names = ["open", "high", "low", "close"] if full else ["close"]
    for name in names:
        values = bars[name].to_numpy()
        for wrong, words in ((~np.isfinite(values), "missing"), (values <= 0, "not above 0")):
            if wrong.any():
                at = int(wrong.argmax())
                place.refuse(int(rows[at]), f"{name} is {values[at]}, {words}", "Mend the row, or leave it out.")
    if full:
        slack = 1e-9 * bars["high"]
        for name, side, crossed in (
            ("high", "below", bars["high"] + slack < bars[["open", "low", "close"]].max(axis=1)),
            ("low", "above", bars["low"] - slack > bars[["open", "high", "close"]].min(axis=1)),
        ):
            if crossed.any():
                at = int(crossed.to_numpy().argmax())
                row = bars.iloc[at]
                place.refuse(
                    int(rows[at]),
                    f"{name} {row[name]:g} is {side} another of its prices"
                    f" (open {row['open']:g}, high {row['high']:g}, low {row['low']:g}, close {row['close']:g})",
                    "Mend the row, or leave it out.",
                )


def _refuse_split(bars: pd.DataFrame, name: str) -> None:
    """An overnight ratio near a small fraction that the close confirms."""
    if len(bars) < 2 or bars["open"].isna().all():
        return
    new = bars["session"].to_numpy()[1:] != bars["session"].to_numpy()[:-1]
    before = bars["close"].to_numpy()[:-1]
    overnight = bars["open"].to_numpy()[1:] / before
    day = bars["close"].to_numpy()[1:] / before
    for factor in SPLITS:
        for ratio in (1 / factor, factor):
            near = new & (abs(overnight / ratio - 1) < 0.03) & (abs(day / ratio - 1) < 0.06)
            if near.any():
                at = int(near.argmax()) + 1
                raise QualityError(
                    f"{name}: {bars['session'].iloc[at]:%Y-%m-%d} opens at {bars['open'].iloc[at]:g} after a"
                    f" close of {before[at - 1]:g}: an unadjusted split of {factor:g} for 1.",
                    hint="Adjust the prices, or name the column that does: adjust_by in its YAML.",
                )


def _reported(bars: pd.DataFrame, days: Calendar) -> dict[str, Any]:
    """What is let in and told: stale opens, missing sessions, breaks in volume's unit."""
    number = days.ordinal(bars["session"].to_numpy())
    held = np.unique(number)
    return {
        "stale_open_years": _stale_years(bars),
        "missing_sessions": int(held[-1] - held[0] + 1 - len(held)) if len(held) else 0,
        "volume_breaks": _volume_breaks(bars),
    }


def _stale_years(bars: pd.DataFrame) -> list[int]:
    """Years in which the open repeats the previous close on over half of the sessions."""
    by = bars.groupby("session")
    first, last = by["open"].first(), by["close"].last()
    stale = (first == last.shift()).groupby(first.index.year).mean()
    return [int(year) for year, share in stale.items() if share > STALE_SHARE]


def _volume_breaks(bars: pd.DataFrame) -> list[str]:
    """Months whose usual session volume is twenty times that of the month before, or a twentieth."""
    if bars["volume"].isna().all():
        return []
    daily = bars.groupby("session")["volume"].sum()
    usual = daily.groupby(daily.index.to_period("M")).median()
    ratio = usual / usual.shift()
    found = ratio[(ratio > JUMP) | (ratio < 1 / JUMP)].dropna()
    return [str(month) for month in found.index]


def _notes(about: Mapping[str, Any], ticker: str) -> list[str]:
    notes = []
    if years := about["stale_open_years"]:
        notes.append(f"{ticker} opens repeat the previous close on most days of {years[0]}–{years[-1]}.")
    if missing := about["missing_sessions"]:
        notes.append(f"{missing} sessions of the calendar have no bar of {ticker}.")
    if breaks := about["volume_breaks"]:
        notes.append(f"The unit of {ticker}'s volume seems to change in {', '.join(breaks[:3])}.")
    return notes


def _shaped(table: pd.DataFrame) -> pd.DataFrame:
    """Columns and kinds of a bars frame; the index still says the row of the file."""
    shaped = table[list(COLUMNS)].astype({c: "float64" for c in COLUMNS[2:]})
    shaped["ts"] = pd.to_datetime(shaped["ts"], utc=True).dt.as_unit("us")
    shaped["session"] = pd.to_datetime(shaped["session"]).dt.as_unit("us")
    return shaped


def _utc(micros: np.ndarray) -> pd.DatetimeIndex:
    return pd.to_datetime(micros, unit="us", utc=True).as_unit("us")
