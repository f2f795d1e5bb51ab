"""Whether the clock of intraday stamps can be right: their zone, their side, their step.

Bars that are stamped with the wrong zone, or at the other end, would show a model the future. The
session itself betrays them: that is when there is trading.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from sigma_core.calendars import Calendar, Ints
from sigma_core.providers._place import Place
from sigma_core.providers._resample import MINUTES

MINUTE = 60_000_000
"""Microseconds."""
DAY = 1440
"""Minutes."""
EXTENDED = (4 * 60, 20 * 60)
"""Minutes of the exchange's day in which US stocks trade at all."""
BETTER = 0.05
"""Share by which another zone must fit better than the one given, to refuse it."""
LOUDER = 1.5
"""How much more sudden the opening's volume must be at one end, to tell the stamp's side."""
OWN_STEP = 0.2
"""Share of steps from bar to bar that must be of the file's cadence."""


def closes_of(instants: pd.DatetimeIndex, side: str, have: str) -> Ints:
    """Microseconds at which bars closed; hourly bars end with the clock hour."""
    at = np.asarray(instants.asi8, dtype=np.int64)
    if side == "end":
        return at
    step = MINUTES[have] * MINUTE
    return (at // step + 1) * step if have == "hourly" else at + step


def session_of(ends: Ints, days: Calendar) -> Ints:
    """Number of the session within whose hours each bar closed; -1 for none."""
    every = np.arange(len(days.sessions()))
    opens, closes = days.open_of(every), days.close_of(every)
    number = np.searchsorted(closes, ends).clip(max=len(closes) - 1)
    return np.where((opens[number] < ends) & (ends <= closes[number]), number, -1)


def side_of(
    instants: pd.DatetimeIndex,
    volume: pd.Series,
    given: Literal["start", "end"] | None,
    days: Calendar,
    have: str,
    place: Place,
) -> Literal["start", "end"] | None:
    """Which end of the bar its stamp marks: as given, or as the session's edges tell, or else the
    volume at its opening, if they do.

    Raises QualityError if either contradicts what is given.
    """
    told = _edges(instants, days, have)
    loud = None if told else _opening(instants, volume, days, have)
    if given is not None and (told or loud or given) != given:
        # in a wrong zone bars are lacking at an edge too; an hour off may be the side's own
        refuse_clock(closes_of(instants, given, have), volume, days, place, beyond=1)
        why = (
            f"most sessions then lack a bar that they have if it is the {told}"
            if told
            else f"volume does not rise with the session then, and does if it is the {loud}"
        )
        place.refuse(
            0,
            f"it is said to be the {given} of its bar, and {why}",
            f"Write `stamp: {told or loud}` into {place.yaml}.",
        )
    return given or told or loud


def refuse_clock(
    ends: Ints, volume: pd.Series, days: Calendar, place: Place, *, beyond: int = 0
) -> None:
    """Raises QualityError if bars fit the exchange's hours much better some hours earlier or later,
    more than `beyond`.

    Summer and winter are looked at apart, for stamps that do not follow the clock changes.
    """
    if days.minutes == DAY:
        return
    closed = pd.to_datetime(ends, unit="us", utc=True).tz_convert(days.zone)
    minute = np.asarray(closed.hour * 60 + closed.minute)
    off = (closed.tz_localize(None).asi8 - ends) // (60 * MINUTE)
    weight = volume.to_numpy()
    known = bool(np.isfinite(weight).all() and weight.sum() > 0)
    weight = weight if known else np.ones(len(ends))
    seasons = [
        _Season(int(at), off == at, _Profile(minute[off == at], weight[off == at], days))
        for at in np.unique(off)
    ]
    worst = max(seasons, key=lambda season: season.profile.gain)
    if worst.profile.gain > BETTER and abs(worst.profile.best) > beyond:
        _refuse_zone(worst, "volume" if known else "bars", ends, days, place)


def refuse_grid(
    instants: pd.DatetimeIndex, ends: Ints, number: Ints, side: str, days: Calendar, have: str,
    place: Place,
) -> None:  # fmt: skip
    """Raises QualityError for bars that do not lie on the clock as their cadence asks."""
    step, inside = MINUTES[have] * MINUTE, number >= 0
    at = np.asarray(instants.asi8, dtype=np.int64)
    edge = days.open_of(number) if side == "start" else days.close_of(number)
    wrong = inside & (at % step != 0) & (at != edge)
    asked = "from full hour to full hour" if have == "hourly" else f"by {MINUTES[have]} minutes"
    place.refuse_first(
        wrong,
        f"{have} bars go {asked} of the exchange's clock, and this one does not",
        "Bring finer bars, 5m or 1m: they are put together here.",
    )
    gaps = np.diff(ends)[inside[1:] & (number[1:] == number[:-1])]
    if (len(gaps) == 0 and len(np.unique(number[inside])) > 1) or (
        len(gaps) and (gaps == step).mean() < OWN_STEP
    ):
        usual = f"{np.median(gaps) / MINUTE:g} minutes apart" if len(gaps) else "one a session"
        place.refuse(
            0, f"bars are {usual}, and the file's name says {have}", "Name the file after its bars."
        )


def _edges(instants: pd.DatetimeIndex, days: Calendar, have: str) -> Literal["start", "end"] | None:
    """The side on which most sessions hold a bar more: a regular day's bars fit at one only."""
    start = session_of(closes_of(instants, "start", have), days)
    end = session_of(closes_of(instants, "end", have), days)
    held = max(len(np.unique(start[start >= 0])), len(np.unique(end[end >= 0])), 1)
    more = ((start >= 0).sum() - (end >= 0).sum()) / held
    if abs(more) <= 0.5 or days.minutes == DAY:
        return None
    return "start" if more > 0 else "end"


def _opening(
    instants: pd.DatetimeIndex, volume: pd.Series, days: Calendar, have: str
) -> Literal["start", "end"] | None:
    """The side on which volume rises more suddenly with the session's first bar."""
    rises = {side: _rise(instants, volume, side, days, have) for side in ("start", "end")}
    if rises["start"] > LOUDER * rises["end"]:
        return "start"
    return "end" if rises["end"] > LOUDER * rises["start"] else None


def _rise(
    instants: pd.DatetimeIndex, volume: pd.Series, side: str, days: Calendar, have: str
) -> float:
    number = session_of(closes_of(instants, side, have), days)
    first = np.flatnonzero((number[1:] >= 0) & (number[:-1] < 0)) + 1
    local = instants.tz_convert(days.zone).normalize()
    first = first[local[first] == local[first - 1]]  # the bar before it is of the same morning
    values = volume.to_numpy()
    known = first[(values[first - 1] > 0) & (values[first] > 0)]
    return float(np.median(values[known] / values[known - 1])) if len(known) else 0.0


class _Profile:
    """When in the exchange's day bars close and volume is traded."""

    def __init__(self, minute: np.ndarray, weight: np.ndarray, days: Calendar) -> None:
        opens = days.sessions()["open"].iloc[-1].tz_convert(days.zone)
        begins = opens.hour * 60 + opens.minute
        self._session = (begins, begins + days.minutes)
        self._bars = np.bincount(minute, minlength=DAY)
        self._traded = np.bincount(minute, weight, minlength=DAY)
        fits = {hours: self._fit(hours) for hours in range(-12, 13)}
        self.best = max(fits, key=lambda hours: (fits[hours], -abs(hours)))
        """Hours by which stamps would have to be moved to fit best."""
        self.gain = fits[self.best] - fits[0]

    def within(self, hours: int) -> float:
        """Share of volume within the session, were stamps so many hours later."""
        return _share(self._traded, hours, self._session)

    def _fit(self, hours: int) -> float:
        """From 0 to 1; bars without volume are told by the extended hours at least."""
        return (self.within(hours) + _share(self._bars, hours, EXTENDED)) / 2


@dataclass(frozen=True, eq=False)
class _Season:
    """The bars of summer time, or of winter time."""

    offset: int
    """Hours of the exchange's clock from UTC."""
    rows: np.ndarray
    profile: _Profile


def _share(profile: np.ndarray, hours: int, window: tuple[int, int]) -> float:
    """Share of a profile by minutes within [begin, end], moved by so many hours."""
    moved = np.roll(profile, 60 * hours)
    return float(moved[window[0] : window[1] + 1].sum() / max(profile.sum(), 1e-300))


def _refuse_zone(season: _Season, of: str, ends: Ints, days: Calendar, place: Place) -> None:
    best, profile = season.profile.best, season.profile
    near = (season.offset - 1, season.offset, season.offset + 1)
    if abs(best) == 1:
        why = "the stamps do not follow the changes of the clock"
    elif best in near:
        why = f"UTC stamps labelled {best:+03d}:00"
    else:
        why = f"{days.zone} stamps labelled as UTC" if -best in near else "another zone's stamps"
    outside = season.rows & (session_of(ends, days) < 0)
    moved = f"{abs(best)} hour{'s' if abs(best) > 1 else ''} {'later' if best > 0 else 'earlier'}"
    place.refuse(
        int(outside.argmax()),
        f"only {profile.within(0):.0%} of its {of} lies within the sessions of {days.name}, and"
        f" {profile.within(best):.0%} would {moved}: {why}, it seems",
        f"Label the stamps as what they are, or take the label off and write their timezone into"
        f" {place.yaml}.",
    )
