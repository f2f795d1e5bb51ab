"""Stamps of every kind become instants in UTC, or are refused at the first that cannot."""

import warnings
from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sigma_core.calendars import Calendar, Ints, normalize_ts
from sigma_core.errors import shown
from sigma_core.providers._place import Place

UNITS: Mapping[str, int] = MappingProxyType({"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9})
"""How many make a second."""
SOME_SECONDS, LAST_SECOND = 10**8, 2_240_000_000
"""Of 1973 and 2040 since 1970: the last stamp of a file that counts seconds lies between."""
EARLIEST, LATEST = pd.Timestamp("1950-01-01"), pd.Timestamp("2041-01-01")
ZONED = r"(?:Z|UTC|GMT|:\d{2}(?:\.\d+)?\s?[+-]\d{2}(?::?\d{2})?)$"
LEAST_SESSIONS = 0.9
"""Share of daily stamps that must be sessions of the calendar."""


def instants_of(stamps: pd.Series, zone: str | None, place: Place) -> pd.DatetimeIndex:
    """UTC instants of intraday stamps; `zone` is that of stamps without one.

    Raises QualityError: no stamp, no zone, twice, or not in order.
    """
    read = read_stamps(stamps, place)
    if read.tz is None and zone is None:
        place.refuse(
            0,
            "the stamp has no zone",
            f"Write `timezone: UTC`, or America/New_York, into {place.yaml} beside the file.",
        )
    instants = normalize_ts(_localized(read, str(zone), place) if read.tz is None else read)
    _refuse_disorder(instants, place)
    return instants


def sessions_of(
    stamps: pd.Series, days: Calendar, place: Place
) -> tuple[NDArray[np.datetime64], Ints]:
    """Trading dates of daily stamps and their numbers in the calendar, -1 for days that are none.

    A stamp with a zone is midnight of its date, or an instant within the exchange's.
    Raises QualityError: no stamp, twice, not in order, or a tenth of them no sessions.
    """
    read = read_stamps(stamps, place)
    if read.tz is not None:
        local = read if (read == read.normalize()).all() else read.tz_convert(days.zone)
        read = local.tz_localize(None)
    dates = read.normalize().as_unit("us")
    _refuse_disorder(dates, place)
    number = days.ordinal(dates.to_numpy())
    outside = number < 0
    if outside.mean() > 1 - LEAST_SESSIONS:
        place.refuse_first(
            outside,
            f"no session of {days.name}, like {outside.mean():.0%} of the days",
            f"Is it a date of trading? If it trades every day, write `calendar: 24/7` into"
            f" {place.yaml}.",
        )
    return dates.to_numpy(), number


def read_stamps(stamps: pd.Series, place: Place) -> pd.DatetimeIndex:
    """Stamps as they stand, with a zone or without. Raises QualityError for what is none."""
    place.refuse_first(stamps.isna().to_numpy(), "the stamp is missing", "Mend the row.")
    if pd.api.types.is_numeric_dtype(stamps):
        read = _counted(stamps, place)
    elif pd.api.types.is_datetime64_any_dtype(stamps):
        read = pd.DatetimeIndex(stamps)
    else:
        read = _written(_text(stamps, place), place)
    naive = read.tz_localize(None)
    place.refuse_first(
        np.asarray((naive < EARLIEST) | (naive > LATEST)),
        f"the stamp is not between {EARLIEST.year} and {LATEST.year - 1}",
        "Is it the right column?",
    )
    return read.as_unit("us")


def _counted(stamps: pd.Series, place: Place) -> pd.DatetimeIndex:
    """Numbers: 20240131, or what has passed since 1970 in seconds, or in finer units (UTC)."""
    least, most = stamps.min(), stamps.max()
    if least >= 19000101 and most <= 20991231:
        return _written(stamps.astype("int64").astype("str"), place, "%Y%m%d")
    fits = [unit for unit, one in UNITS.items() if SOME_SECONDS * one <= most <= LAST_SECOND * one]
    if not fits:
        place.refuse(0, "the stamp is a number that counts no time we know", "Write 2024-01-31.")
    since = stamps.astype("int64") * (10**9 // UNITS[fits[0]])
    return pd.DatetimeIndex(since.to_numpy().astype("datetime64[ns]")).tz_localize("UTC")


def _text(stamps: pd.Series, place: Place) -> pd.Series:
    try:
        return stamps.astype("str")
    except ValueError:  # bytes that are no UTF-8
        strange = [isinstance(stamp, bytes) and not stamp.isascii() for stamp in stamps]
        place.refuse_first(np.asarray(strange), "the stamp is no text", "Export the file again.")
        raise


def _written(stamps: pd.Series, place: Place, form: str | None = None) -> pd.DatetimeIndex:
    zoned = stamps.str.strip().str.contains(ZONED, regex=True).to_numpy()
    if zoned.any():
        place.refuse_first(~zoned, "the stamp has no zone, and others have one", "Mend the row.")
    with warnings.catch_warnings(record=True) as doubts:
        warnings.simplefilter("always")  # that day and month could be the other way round
        utc = bool(zoned.any())
        read = pd.to_datetime(stamps, utc=utc, format=form or "ISO8601", errors="coerce")
        if read.isna().any():
            read = pd.to_datetime(stamps, utc=utc, format=form, errors="coerce")
        # pandas reads `now` and `today` too: as when the file happens to be read
        bad = (read.isna() | ~stamps.str.contains(r"\d")).to_numpy()
    if doubts or bad.any():
        at = int(bad.argmax())
        place.refuse(
            at,
            f"{shown(stamps.iloc[at])} is no stamp that reads one way only",
            "Write 2024-01-31 or 2024-01-31T15:30:00Z, or name another column in"
            f" {place.yaml}: columns: {{{place.column}: THEIRS}}.",
        )
    return pd.DatetimeIndex(read)


def _localized(stamps: pd.DatetimeIndex, zone: str, place: Place) -> pd.DatetimeIndex:
    try:
        return stamps.tz_localize(zone, ambiguous="infer", nonexistent="raise")
    except ValueError:
        read = stamps.tz_localize(zone, ambiguous="NaT", nonexistent="NaT")
        place.refuse(
            int(np.asarray(read.isna()).argmax()),
            f"{zone} had no such hour, or had it twice, as clocks changed",
            f"Is it another zone? Mend timezone in {place.yaml}, or write stamps in UTC.",
        )


def _refuse_disorder(stamps: pd.DatetimeIndex, place: Place) -> None:
    step = np.diff(stamps.asi8)
    place.refuse_first(
        np.r_[False, step == 0],
        "the stamp stands twice",
        f"Leave one of the rows out; of a file of many symbols write `symbol` into {place.yaml}.",
    )
    place.refuse_first(
        np.r_[False, step < 0], "the stamp is before the one above it", "Sort the file by time."
    )
