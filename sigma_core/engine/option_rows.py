"""Rows of options that stand beside a market's bars, and where they go among its bars."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sigma_core import calendars
from sigma_core.calendars import Calendar
from sigma_core.engine.join import Ints, last_known, stamps_of, too_old
from sigma_core.engine.market import Key, Market
from sigma_core.errors import BadRequest
from sigma_core.indicators import Columns

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Snapshots:
    """Facts of chains by snapshot, each known from the moment it was taken."""

    columns: Columns
    place: Ints
    """Per bar of the model: the last snapshot known at its `ts`, -1 for none."""
    now: Ints
    taken: Ints
    calendar: Calendar

    def aligned(self, values: Floats) -> Floats:
        """At the bars of the model: the last value known, missing when older than a session.

        A snapshot without a value does not hide the one before it: at some hours only the nearest
        expiries are quoted.
        """
        last = np.maximum.accumulate(np.where(np.isfinite(values), np.arange(len(values)), -1))
        place = np.where(self.place >= 0, last[self.place], -1)
        fresh = (place >= 0) & ~too_old(self.now, self.taken[place], self.calendar, "daily")
        return np.where(fresh, values[place], np.nan)


def snapshots(market: Market, key: Key, name: str) -> Snapshots:
    """Of a ticker's chains, with `close` of its bars as known then, for the indicator `name`.

    Raises BadRequest if the market holds none of them.
    """
    frame = market.options.get(key)
    if frame is None or frame.empty:
        raise BadRequest(
            f"{name} needs option chains of {key[0]}, and there are none up to here.",
            hint="Connect some (make chain TICKER= shows what there is), or leave it out.",
        )
    days = calendars.calendar(market.about.get(key, {}).get("calendar", market.calendar.name))
    taken, now = stamps_of(frame), stamps_of(market.main)
    rows = frame.assign(close=_close(market, key[0], taken))
    columns = Columns(rows, days, _named(key), sparse=True)
    return Snapshots(columns, last_known(now, taken, late=False), now, taken, days)


def by_bar(market: Market, key: Key, name: str) -> Columns:
    """The flow of a ticker's options, a row for each bar of the model, for the indicator `name`.

    Raises BadRequest if the market does not hold it.
    """
    if key not in market.options:
        raise BadRequest(
            f"{name} needs same-day option bars of {key[0]}, which this market does not hold.",
            hint="Leave it out, or connect option bars.",
        )
    return Columns(market.options[key], market.calendar, _named(key), sparse=True)


def _named(key: Key) -> str:
    return f"the {'chains' if key[1] == 'chains' else 'same-day options'} of {key[0]}"


def _close(market: Market, ticker: str, taken: Ints) -> Floats:
    """Close of the ticker's last bar known at each snapshot; missing without one, or if too old."""
    bars = market.bars.get((ticker, market.cadence))
    if bars is None or bars.empty:
        return np.full(len(taken), np.nan)
    stamps = stamps_of(bars)
    place = last_known(taken, stamps, late=False)
    fresh = (place >= 0) & ~too_old(taken, stamps[place], market.calendar, market.cadence)
    return np.where(fresh, bars["close"].to_numpy(dtype="float64")[place], np.nan)
