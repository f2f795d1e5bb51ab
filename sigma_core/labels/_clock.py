"""One row a session at a fixed hour: what labels about a session's end have in common."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sigma_core.barriers import wilder
from sigma_core.domain.policy import Policy
from sigma_core.labels._define import Labels
from sigma_core.tape import BAR_MINUTES, Flags, Floats, Ints, Tape

ATR_SESSIONS = 14
CLASSES = ("0", "1")


def at_clock(tape: Tape, hour: int, minute: int) -> Flags:
    """The bars that close at that hour and minute of the exchange."""
    local = pd.DatetimeIndex(tape.ts.astype("datetime64[us]")).tz_localize("UTC")
    local = local.tz_convert(tape.calendar.zone)
    return np.asarray((local.hour == hour) & (local.minute == minute) & (local.second == 0))


def session_close(tape: Tape, policy: Policy, **_: object) -> Ints:  # noqa: ARG001  as every end
    """Per bar: the last stored bar of its session; n where that is not over yet."""
    lasts = np.flatnonzero(tape.last)
    bars = np.arange(len(tape))
    return np.asarray(np.r_[lasts, len(tape)][np.searchsorted(lasts, bars)], dtype="int64")


def opening(tape: Tape) -> Floats:
    """Per bar: the open of its session; NaN where the session's first bar is missing."""
    firsts, number = _sessions(tape)
    length = BAR_MINUTES[tape.cadence] * 60_000_000
    # clock hours: the first bar of a session may be shorter than the others
    official = tape.ts[firsts] - tape.calendar.open_of(tape.session[firsts]) <= length
    return np.where(official, tape.open[firsts], np.nan)[number]


def before(tape: Tape, values: Floats) -> Floats:
    """Per bar: the value at the last bar of the session before; NaN where that is not stored."""
    firsts, number = _sessions(tape)
    eve = np.maximum(firsts - 1, 0)
    follows = (firsts > 0) & (tape.session[firsts] == tape.session[eve] + 1)
    return np.where(follows, values[eve], np.nan)[number]


def daily_atr(tape: Tape) -> Floats:
    """Per bar: the average true range of its session and the 13 before, in price.

    Whole only at a session's last bar: read it through `before`.
    """
    firsts, number = _sessions(tape)
    if not len(firsts):
        return np.empty(0)
    ends = np.r_[firsts[1:], len(tape)] - 1
    high, low = np.maximum.reduceat(tape.high, firsts), np.minimum.reduceat(tape.low, firsts)
    return wilder(high, low, tape.close[ends], ATR_SESSIONS)[number]


def settled(
    tape: Tape, policy: Policy, cause: NDArray[Any], came: Flags, side: NDArray[np.int64]
) -> Labels:
    """1 where it `came`, else 0, known at the session's close; none where there is a cause.

    `y_ret` runs from the bar's close to that of the session. `side` is known at the bar itself,
    whatever comes of it.
    """
    n, end = len(tape), session_close(tape, policy)
    close = np.minimum(end, n - 1)
    whole = tape.ts[close] == tape.calendar.close_of(tape.session)
    cause = np.where((cause == "") & (end >= n), "no_future", cause)
    cause = np.where((cause == "") & (~whole | (end <= np.arange(n))), "missing_bar", cause)
    known = cause == ""
    return Labels(
        y=np.where(known, came, -1).astype("int8"),
        y_ret=np.where(known, tape.close[close] / tape.close - 1, np.nan),
        t1=np.where(known, end, -1).astype("int64"),
        cause=cause.astype(object),
        side=side.astype("int8"),
    )


def final(tape: Tape, policy: Policy) -> Floats:
    """Per bar: the close of its session; NaN where that is not over yet."""
    end = session_close(tape, policy)
    return np.where(end < len(tape), tape.close[np.minimum(end, len(tape) - 1)], np.nan)


def _sessions(tape: Tape) -> tuple[Ints, Ints]:
    """First bar of each stored session, and which of them each bar belongs to."""
    return np.flatnonzero(tape.first), np.cumsum(tape.first) - 1
