"""Where labels begin and end, and how wide their bands are: what several labels share."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sigma_core.barriers import entries
from sigma_core.domain.policy import Policy
from sigma_core.labels._define import Labels
from sigma_core.tape import Flags, Floats, Ints, Tape

SIGMA_BARS = 60


def bars_ahead(tape: Tape, bars: int) -> Ints:
    """The bar `bars` later; n where that is beyond the data."""
    return np.minimum(np.arange(len(tape)) + bars, len(tape)).astype("int64")


def sessions_ahead(tape: Tape, sessions: int) -> Ints:
    """The last bar of the stored session `sessions` later; n where it is not over yet."""
    n = len(tape)
    lasts = np.flatnonzero(tape.last)
    number = np.cumsum(tape.first) - 1  # of the bar's session among the stored ones
    return np.asarray(np.r_[lasts, np.full(sessions + 1, n)][number + sessions], dtype="int64")


def horizon_end(tape: Tape, bars: int | None, sessions: int | None) -> Ints:
    """The bar whose close lies `bars` bars or `sessions` sessions ahead."""
    return bars_ahead(tape, bars) if bars is not None else sessions_ahead(tape, int(sessions or 0))


def sigma(tape: Tape, *, per_session: bool) -> Floats:
    """Standard deviation (ddof 1) of the last 60 log returns known at each bar; NaN before.

    Per bar: of one-bar returns, on intraday bars only those within a session. Per session: of
    closes of completed sessions.
    """
    n, log = len(tape), np.log(tape.close)
    closed = np.flatnonzero(tape.last) if per_session else np.arange(n)
    change = np.r_[np.nan, np.diff(log[closed])]
    if not per_session and tape.cadence != "daily":
        change = np.where(tape.first, np.nan, change)
    return _last_sixty(change, closed, n)


def night_sigma(tape: Tape) -> Floats:
    """Standard deviation (ddof 1) of the last 60 ln(open / previous close) known at each bar."""
    n, firsts = len(tape), np.flatnonzero(tape.first)
    before = tape.close[np.maximum(firsts - 1, 0)]
    change = np.where(firsts > 0, np.log(tape.open[firsts] / before), np.nan)
    return _last_sixty(change, firsts, n)


def _last_sixty(change: Floats, known: Ints, n: int) -> Floats:
    """At each of n bars the standard deviation of the last 60 of `change`, by the bars `known`."""
    use = np.flatnonzero(np.isfinite(change))
    if len(use) < SIGMA_BARS:
        return np.full(n, np.nan)
    windows = np.lib.stride_tricks.sliding_window_view(change[use], SIGMA_BARS)
    place = np.searchsorted(known[use[SIGMA_BARS - 1 :]], np.arange(n), side="right") - 1
    sds = windows.std(axis=1, ddof=1)
    return np.where(place >= 0, sds[np.maximum(place, 0)], np.nan)


def banded(tape: Tape, policy: Policy, end: Ints, band: Floats, *, within_session: bool) -> Labels:
    """UP, DOWN or FLAT by the return from the entry's fill to the close of `end`."""
    n, entry = len(tape), entries(tape, policy)
    there = (end < n) & (entry < n)
    start, stop = np.minimum(entry, n - 1), np.minimum(end, n - 1)
    y_ret = np.where(there, tape.close[stop] / tape.open[start] - 1, np.nan)
    cause = causes(tape, entry, end, within_session=within_session)
    return judged(y_ret, band, end, cause)


def judged(y_ret: Floats, band: Floats, end: Ints, cause: NDArray[Any]) -> Labels:
    """UP, DOWN or FLAT by a band around 0, where there is a band and no cause against it."""
    cause = np.where((cause == "") & ~np.isfinite(band), "no_band", cause)
    known = cause == ""
    y = np.where(y_ret > band, 2, np.where(y_ret < -band, 0, 1))
    return Labels(
        y=np.where(known, y, -1).astype("int8"),
        y_ret=np.where(known, y_ret, np.nan),
        t1=np.where(known, end, -1).astype("int64"),
        cause=cause,
    )


def causes(tape: Tape, entry: Ints, end: Ints, *, within_session: bool) -> NDArray[Any]:
    """Why a bar has no label, as far as its span says; '' where it has one."""
    n = len(tape)
    into = np.minimum(entry, n - 1)
    gap = (entry < n) & (tape.session[into] > tape.session + 1)
    beyond = (end >= n) | (entry >= n)
    cause = np.where(beyond, "no_future", np.where(gap, "missing_session", ""))
    if within_session:
        cause = np.where(_leaves(tape, end), "leaves_session", cause)
    return cause.astype(object)


def _leaves(tape: Tape, end: Ints) -> Flags:
    """Whether the span ends in a later session than it begins, or must."""
    n = len(tape)
    later = (end < n) & (tape.session[np.minimum(end, n - 1)] != tape.session)
    return np.asarray(later | tape.last)
