"""Bars that are stamped before they closed, by the calendar and by finer bars of the ticker."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from sigma_core import calendars
from sigma_core.domain.leaks import Leak
from sigma_core.engine.join import stamps_of
from sigma_core.engine.leaks._case import Case, number, shown, told
from sigma_core.engine.market import Key

ORDER = ("1m", "5m", "15m", "hourly", "daily")
"""Cadences, the finest first."""
EQUAL = 1e-9
LATE_SHARE = 0.5
"""Of the bars that do not end as finer bars say: so many must end as a later one to be accused."""


def late_bars(case: Case) -> Iterator[Leak]:
    """Bars that hold what came after their stamp."""
    market, bars = case.market, case.market.bars
    for key, frame in bars.items():
        yield from _outside(case, key, frame)
    every = {(market.ticker, fine): frame for fine, frame in market.finer.items()} | dict(bars)
    for (ticker, cadence), coarse in bars.items():
        for fine in ORDER[: ORDER.index(cadence)]:
            if (ticker, fine) in every:
                yield from _ahead(case, (ticker, cadence), coarse, fine, every[(ticker, fine)])
                break


def _outside(case: Case, key: Key, frame: pd.DataFrame) -> Iterator[Leak]:
    """Stamps that are not within their session, or of a day that are not at its close."""
    about = case.market.about.get(key, {})
    days = calendars.calendar(about.get("calendar", case.market.calendar.name))
    ts, number_ = stamps_of(frame), days.ordinal(frame["session"].to_numpy())
    closes = days.close_of(number_)
    wrong = (ts > closes) | (ts <= days.open_of(number_))
    if key[1] == "daily":
        wrong = ts != closes
    if wrong.any():
        at = int(np.flatnonzero(wrong)[-1])
        stamp, close = frame["ts"].iloc[at], pd.Timestamp(closes[at], unit="us", tz="UTC")
        words = (
            f"the {key[1]} bar of {key[0]} stamped {told(stamp)} is not within its session, which"
            f" closes {told(close)}"
        )
        yield case.leak("stamps", _named(key), words, row=stamp.to_pydatetime())


def _ahead(
    case: Case, key: Key, coarse: pd.DataFrame, cadence: str, fine: pd.DataFrame
) -> Iterator[Leak]:
    """Coarse bars whose close is that of a finer bar which closed only after their stamp."""
    now, then = stamps_of(coarse), stamps_of(fine)
    last = np.searchsorted(then, now, side="right") - 1
    use = np.flatnonzero((last >= 0) & (last + 1 < len(then)))
    if not len(use):
        return
    closes, theirs = coarse["close"].to_numpy()[use], fine["close"].to_numpy()
    known, later = theirs[last[use]], theirs[last[use] + 1]
    apart = ~np.isclose(closes, known, rtol=EQUAL, atol=0)
    ahead = apart & np.isclose(closes, later, rtol=EQUAL, atol=0)
    if ahead.sum() <= LATE_SHARE * apart.sum() or not ahead.any():
        return
    at = int(np.flatnonzero(ahead)[-1])
    stamp = coarse["ts"].iloc[use[at]]
    before, after = number(closes[at]), number(known[at])
    words = (
        f"the {key[1]} bar of {key[0]} stamped {told(stamp)} closes at {shown(before)}, which is"
        f" the close of the {cadence} bar after it; known by then was {shown(after)}"
    )
    yield case.leak(
        "stamps", _named(key), words, row=stamp.to_pydatetime(), before=before, after=after
    )


def _named(key: Key) -> str:
    return f"{key[1]} bars of {key[0]}"
