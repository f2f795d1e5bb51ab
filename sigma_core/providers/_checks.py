"""What no market can have done, refused with its first row; and what is let in and told."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from sigma_core.calendars import Calendar
from sigma_core.errors import QualityError
from sigma_core.providers._resample import MINUTES

LEAST_COVER = 0.6
"""Share of a session's bars that the usual session must have."""
STALE_SHARE = 0.5
SPLITS = (2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 10.0, 15.0, 20.0, 1.5)
JUMP = 20.0
"""A change of usual volume by this factor from one month to the next is one of its unit."""


class Place:
    """Where in a file something was found."""

    def __init__(self, name: str, stamps: pd.Series) -> None:
        self.name, self._stamps = name, stamps

    def refuse(self, row: int, words: str, hint: str) -> None:
        """Raises QualityError that names the file, the row and its stamp."""
        raise QualityError(
            f"{self.name}, row {row + 1} ({self._stamps.iloc[row]}): {words}.", hint=hint
        )


def refuse_order(stamps: pd.DatetimeIndex, place: Place) -> None:
    """Missing, repeated and unordered stamps."""
    if stamps.hasnans:
        place.refuse(int(np.argmax(stamps.isna())), "the stamp is missing", "Mend the file.")
    step = np.diff(stamps.asi8)
    if (step == 0).any():
        place.refuse(
            int(np.argmax(step == 0)) + 1,
            "the stamp stands twice",
            "Leave one of the rows out; a file of many symbols wants `symbol` in its YAML.",
        )
    if (step < 0).any():
        place.refuse(
            int(np.argmax(step < 0)) + 1,
            "the stamp is before the one above it",
            "Sort the file by time.",
        )


def refuse_cover(number: np.ndarray, outside: int, days: Calendar, have: str, place: Place) -> None:
    """Mislabelled zones and stamps show as sessions that lack most of their bars."""
    expected = -(-days.minutes // MINUTES[have])
    usual = (
        float(np.median(np.bincount(number - number.min())[np.unique(number) - number.min()]))
        if len(number)
        else 0.0
    )
    if usual < LEAST_COVER * expected:
        place.refuse(
            0,
            f"the usual session has {usual:.0f} of {expected} {have} bars, and {outside} rows lie"
            f" outside the session of {days.name}",
            "Are zone and stamp right? Say so in its YAML: timezone, stamp, calendar.",
        )


def refuse_prices(bars: pd.DataFrame, place: Place) -> None:
    """NaN, zero, negative and crossed prices; a series of closes alone may lack the others."""
    rows = bars.index.to_numpy()
    full = bars["open"].notna().any()
    names = ["open", "high", "low", "close"] if full else ["close"]
    for name in names:
        values = bars[name].to_numpy()
        for wrong, words in ((~np.isfinite(values), "missing"), (values <= 0, "not above 0")):
            if wrong.any():
                at = int(wrong.argmax())
                place.refuse(
                    int(rows[at]),
                    f"{name} is {values[at]}, {words}",
                    "Mend the row, or leave it out.",
                )
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
                    f" (open {row['open']:g}, high {row['high']:g}, low {row['low']:g},"
                    f" close {row['close']:g})",
                    "Mend the row, or leave it out.",
                )


def refuse_split(bars: pd.DataFrame, name: str) -> None:
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
                day_ = bars["session"].iloc[at]
                raise QualityError(
                    f"{name}: {day_:%Y-%m-%d} opens at {bars['open'].iloc[at]:g}, after a"
                    f" close of {before[at - 1]:g}: an unadjusted split of {factor:g} for 1.",
                    hint="Adjust the prices, or name the column that does: adjust_by in its YAML.",
                )


def reported(bars: pd.DataFrame, days: Calendar) -> dict[str, Any]:
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
    years = pd.DatetimeIndex(first.index).year
    stale = (first == last.shift()).groupby(years).mean()
    return [int(year) for year in stale.index[stale > STALE_SHARE]]


def _volume_breaks(bars: pd.DataFrame) -> list[str]:
    """Months whose usual volume is twenty times that of the month before, or a twentieth."""
    if bars["volume"].isna().all():
        return []
    daily = bars.groupby("session")["volume"].sum()
    usual = daily.groupby(pd.DatetimeIndex(daily.index).to_period("M")).median()
    ratio = usual / usual.shift()
    found = ratio[(ratio > JUMP) | (ratio < 1 / JUMP)].dropna()
    return [str(month) for month in found.index]


def notes_of(about: Mapping[str, Any], ticker: str) -> list[str]:
    notes = []
    if years := about["stale_open_years"]:
        notes.append(
            f"{ticker} opens repeat the previous close on most days of {years[0]}–{years[-1]}."
        )
    if missing := about["missing_sessions"]:
        notes.append(f"{missing} sessions of the calendar have no bar of {ticker}.")
    if breaks := about["volume_breaks"]:
        notes.append(f"The unit of {ticker}'s volume seems to change in {', '.join(breaks[:3])}.")
    return notes
