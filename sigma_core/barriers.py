"""What a trade signalled at each bar would do: fill, stop, target, exit. The one bracket routine.

Labels, backtest, replay and signals all read it, so a label and a trade can never disagree.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sigma_core.domain.policy import Policy
from sigma_core.tape import Flags, Floats, Ints, Tape

Codes = NDArray[np.int8]

WHY = ("ok", "no_bar_left", "no_level", "poor_rr")
"""Why a trade is not opened, by code."""
OK, NO_BAR_LEFT, NO_LEVEL, POOR_RR = range(4)
REASONS = ("stop", "target", "time", "session_end", "end")
"""How a trade ends, by code; in one bar the earlier wins."""
STOP, TARGET, TIME, SESSION_END, END = range(5)
WHERE = ("open", "inside", "close")
"""At which point of its bar a trade ends, by code."""
OPEN, INSIDE, CLOSE = range(3)
REGIME_BARS = 252


@dataclass(frozen=True, eq=False)
class Outcomes:
    """What a trade on one side would do if signalled at each bar's close: arrays of length n."""

    side: int
    why: Codes
    """OK, or why no trade is opened; all below means nothing then."""
    entry: Ints
    """Bar of the fill."""
    fill: Floats
    """Price of the fill before costs: the open of the entry bar, or its close (`at_close`)."""
    stop: Floats
    """NaN without brackets."""
    target: Floats
    due: Ints
    """Bar at whose close the time is up; n where that lies beyond the data."""
    exit: Ints
    price: Floats
    """Exit price before costs."""
    reason: Codes
    where: Codes
    gap: Flags
    """The bar opened beyond the level."""
    ambiguous: Flags
    """Stop and target both lay in the exit bar and no finer bars tell; the stop was taken."""
    settled: Flags
    """Both lay in the exit bar, and finer bars told which came first."""


@dataclass(frozen=True, eq=False)
class Plan:
    """The outcomes of both sides."""

    long: Outcomes
    short: Outcomes

    def of(self, side: int) -> Outcomes:
        """The outcomes of side +1 or -1."""
        return self.long if side > 0 else self.short


def plan(tape: Tape, policy: Policy, label_end: Ints, *, delay: int = 0) -> Plan:
    """Outcomes of both sides. `label_end[t]` is the bar whose close ends the label, n beyond.

    With a `delay` every fill comes that many bars after the policy's, and so does the label's end;
    what a level is measured from stays as known at t. Fills at a session's close cannot be late.
    """
    return Plan(
        long=outcomes(tape, policy, label_end, 1, delay=delay),
        short=outcomes(tape, policy, label_end, -1, delay=delay),
    )


def outcomes(tape: Tape, policy: Policy, label_end: Ints, side: int, *, delay: int = 0) -> Outcomes:
    """Walk every bar's trade of one side to its end.

    A trade whose end lies beyond the data ends at the last close with reason END. `delay` as in
    `plan`.
    """
    if at_close(policy):
        if delay:
            raise ValueError("a fill at a session's close cannot be late")
        return _overnight(tape, policy, side)
    from sigma_core.compiled import walk

    n, entry = len(tape), _late(tape, entries(tape, policy), delay)
    there = entry < n
    at = np.minimum(entry, max(n - 1, 0))
    fill = np.where(there, tape.open[at], np.nan)
    stop, target, why = levels(tape, policy, fill, side)
    why = np.where(there, why, NO_BAR_LEFT).astype("int8")
    due = time_due(tape, policy, label_end + delay, entry)
    done = {
        "exit": np.full(n, -1, "int64"),
        "price": np.full(n, np.nan),
        "reason": np.full(n, -1, "int8"),
        "where": np.full(n, -1, "int8"),
        "gap": np.zeros(n, bool),
        "ambiguous": np.zeros(n, bool),
        "settled": np.zeros(n, bool),
    }
    fine = tape.fine
    walk(
        side, tape.open, tape.high, tape.low, tape.close, tape.last, tape.intraday,
        why == OK, entry, stop, target, due, fine.begin, fine.open, fine.high, fine.low,
        *done.values(),
    )  # fmt: skip
    return Outcomes(
        side=side, why=why, entry=entry, due=due, fill=fill, stop=stop, target=target, **done
    )


def _overnight(tape: Tape, policy: Policy, side: int) -> Outcomes:
    """Filled at a session's close, out at the next bar's open, whatever happens between."""
    n, entry = len(tape), entries(tape, policy)
    there, out = entry < n, entry + 1
    fill = np.where(there, tape.close[np.minimum(entry, max(n - 1, 0))], np.nan)
    stop, target, why = levels(tape, policy, fill, side)
    taken, last = there & (why == OK), np.minimum(out, max(n - 1, 0))
    held = out < n
    price = np.where(held, tape.open[last], tape.close[last])
    return Outcomes(
        side=side, entry=entry, fill=fill, stop=stop, target=target,
        why=np.where(there, why, NO_BAR_LEFT).astype("int8"),
        due=np.minimum(out, n),
        exit=np.where(taken, last, -1).astype("int64"),
        price=np.where(taken, price, np.nan),
        reason=np.where(taken, np.where(held, TIME, END), -1).astype("int8"),
        where=np.where(taken, np.where(held, OPEN, CLOSE), -1).astype("int8"),
        gap=np.zeros(n, bool),
        ambiguous=np.zeros(n, bool),
        settled=np.zeros(n, bool),
    )  # fmt: skip


def at_close(policy: Policy) -> bool:
    """Whether a signal is filled at a session's close, and not at an open."""
    return policy.brackets.entry_mode == "session_close"


def entries(tape: Tape, policy: Policy) -> Ints:
    """The bar that fills a signal of each bar; n where there is none (yet).

    At a session's close: of intraday bars the session's last stored one, for earlier bars only; of
    daily bars the following one, as a row never fills at a price it contains.
    """
    n = len(tape)
    if at_close(policy) and tape.cadence != "daily":
        lasts = np.flatnonzero(tape.last)
        close = np.r_[lasts, n][np.searchsorted(lasts, np.arange(n))]
        return np.where(tape.last, n, close).astype("int64")
    if policy.brackets.entry_mode == "next_session_open":
        starts = np.flatnonzero(tape.first)
        place = np.searchsorted(starts, np.arange(n), side="right")
        return np.asarray(np.r_[starts, n][place], dtype="int64")
    entry = np.arange(1, n + 1, dtype="int64")
    # flat over night: a signal of the session's last bar has no bar left
    return np.where(tape.last, n, entry) if tape.intraday else entry


def _late(tape: Tape, entry: Ints, delay: int) -> Ints:
    """Entries so many bars later; n where there is no such bar, or the position must be flat."""
    n = len(tape)
    late = np.minimum(entry + delay, n)
    if not delay or not tape.intraday:
        return late
    there = (entry < n) & (late < n)
    same = tape.session[np.where(there, entry, 0)] == tape.session[np.where(there, late, 0)]
    return np.where(there & same, late, n)


def time_due(tape: Tape, policy: Policy, label_end: Ints, entry: Ints) -> Ints:
    """The bar at whose close the time is up; n where that lies beyond the data.

    Minutes are session minutes of the bars from the entry bar on; daily bars count whole
    sessions, the entry session being the first.
    """
    minutes, n = policy.brackets.time_stop_minutes, len(tape)
    if minutes is None:
        return np.minimum(np.maximum(label_end, entry), n)
    at = np.minimum(entry, n - 1)
    if tape.cadence == "daily":
        sessions = -(-minutes // tape.calendar.minutes)
        due = np.searchsorted(tape.session, tape.session[at] + sessions - 1)
    else:
        before = np.r_[0.0, np.cumsum(tape.minutes)]
        due = np.searchsorted(before[1:], before[at] + minutes - 1e-9)
    return np.where(entry < n, due, n).astype("int64")


def levels(tape: Tape, policy: Policy, fill: Floats, side: int) -> tuple[Floats, Floats, Codes]:
    """Stop, target and whether they can be traded (WHY), for a signal and its fill at each bar."""
    b, n = policy.brackets, len(tape)
    if not b.enabled:
        nan = np.full(n, np.nan)
        return nan, nan, np.where(np.isfinite(fill), OK, NO_LEVEL).astype("int8")
    risk, reward = _distances(tape, policy, fill, side)
    stop, target = fill - side * risk, fill + side * reward
    cost = 2 * (policy.slippage_bps + policy.fee_bps) / 1e4 * fill
    with np.errstate(invalid="ignore"):
        level = side * (fill - stop) > 0  # False for NaN too
        poor = (np.abs(target - fill) - cost) / (np.abs(fill - stop) + cost) < b.min_rr
    return stop, target, np.where(level, np.where(poor, POOR_RR, OK), NO_LEVEL).astype("int8")


def _distances(tape: Tape, policy: Policy, fill: Floats, side: int) -> tuple[Floats, Floats]:
    """How far stop and target lie from the fill; NaN where the bars do not say."""
    b = policy.brackets
    if b.mode == "range":
        edge = _extreme(tape.low if side > 0 else tape.high, b.atr_period, side)
        risk = side * (fill - edge)
        return risk, risk * (b.atr_mult_target / b.atr_mult_stop)
    atr = true_range(tape, b.atr_period)
    if b.regime_adjust:
        atr = atr * np.clip(atr / _trailing_median(atr, REGIME_BARS), 0.75, 1.5)
    return b.atr_mult_stop * atr, b.atr_mult_target * atr


def true_range(tape: Tape, period: int) -> Floats:
    """Wilder's average true range of the tape's bars, in price; NaN while warming up."""
    return wilder(tape.high, tape.low, tape.close, period)


def wilder(high: Floats, low: Floats, close: Floats, period: int) -> Floats:
    """Average true range of bars, in price; NaN while warming up.

    Source: J. W. Wilder, New Concepts in Technical Trading Systems (1978), ch. 3; as in TA-Lib.
    """
    import talib

    if len(close) <= period:
        return np.full(len(close), np.nan)
    return np.asarray(talib.ATR(high, low, close, timeperiod=period))


def _extreme(prices: Floats, bars: int, side: int) -> Floats:
    """Lowest (side +1) or highest (side -1) price of the last `bars` bars, this one included."""
    found = np.full(len(prices), np.nan)
    if len(prices) >= bars:
        windows = np.lib.stride_tricks.sliding_window_view(prices, bars)
        found[bars - 1 :] = windows.min(axis=1) if side > 0 else windows.max(axis=1)
    return found


def _trailing_median(values: Floats, bars: int) -> Floats:
    """Median of the last `bars` values, this one included; NaN while there are fewer."""
    return np.asarray(pd.Series(values).rolling(bars).median())
