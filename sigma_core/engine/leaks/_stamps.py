"""Bars that are stamped before they closed, by the calendar and by finer bars of the ticker."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sigma_core import calendars
from sigma_core.domain.leaks import Leak
from sigma_core.engine.join import Ints, stamps_of
from sigma_core.engine.leaks._case import Case, Floats, number, shown, told
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
    ts, session = stamps_of(frame), frame["session"].to_numpy()
    begins = np.flatnonzero(np.r_[True, session[1:] != session[:-1]][: len(ts)])
    number_, bars = days.ordinal(session[begins]), np.diff(np.r_[begins, len(ts)])
    closes, opens = (np.repeat(of(number_), bars) for of in (days.close_of, days.open_of))
    wrong = (ts > closes) | (ts <= opens)
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
    theirs, closes = fine["close"].to_numpy(), coarse["close"].to_numpy()
    use = np.flatnonzero((last >= 0) & (last + 1 < len(then)))
    use = use[~_equal(closes[use], theirs[last[use]])]
    for later, words in _laters(use, last, len(then)):
        ahead = _equal(closes[use], theirs[later]) & (later > last[use])
        if ahead.sum() > LATE_SHARE * len(use):
            row = int(use[np.flatnonzero(ahead)[-1]])
            yield _late(case, key, coarse.iloc[row], theirs[last[row]], words.format(cadence))
            return


def _laters(use: Ints, last: Ints, fine: int) -> Iterator[tuple[Ints, str]]:
    """Of those coarse bars: which finer bar each may end with, by how late, and in words."""
    if not len(use):
        return
    until = np.r_[last[1:], fine - 1]  # the finer bar with which the next coarse one ends
    yield np.minimum(last[use] + 1, fine - 1), "the {} bar after it"
    yield until[use], "the last {} bar of the next one"
    most = int(np.median(until[use] - last[use]))
    for late in range(2, most):
        yield np.minimum(last[use] + late, fine - 1), f"the {{}} bar that comes {late} later"


def _equal(one: Floats, other: Floats) -> NDArray[np.bool_]:
    return np.asarray(np.abs(one - other) <= EQUAL * np.abs(other))


def _late(case: Case, key: Key, bar: pd.Series, known: float, whose: str) -> Leak:
    stamp, before, after = bar["ts"], number(bar["close"]), number(known)
    words = (
        f"the {key[1]} bar of {key[0]} stamped {told(stamp)} closes at {shown(before)}, which is"
        f" the close of {whose}; known by then was {shown(after)}"
    )
    return case.leak(
        "stamps", _named(key), words, row=stamp.to_pydatetime(), before=before, after=after
    )


def _named(key: Key) -> str:
    return f"{key[1]} bars of {key[0]}"
