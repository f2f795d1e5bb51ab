"""From signals to trades, and what the capital is worth at every bar: the exact path."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from sigma_core.barriers import END, NO_BAR_LEFT, REASONS, WHERE, WHY, Plan, at_close
from sigma_core.domain.policy import Policy
from sigma_core.engine.book import Book
from sigma_core.engine.deals import Deals, every_deal
from sigma_core.engine.decide import Cuts
from sigma_core.engine.returns import session_returns
from sigma_core.tape import Flags, Floats, Ints, Tape, spans


@dataclass(frozen=True, eq=False)
class Execution:
    """What a rule did over the out-of-fold bars of a book."""

    tape: Tape
    book: Book
    cuts: Cuts
    policy: Policy
    deals: Deals
    """The trades, in order; bars are positions in the tape."""
    equity: Floats
    """Strategy curve at the close of each bar; 1 before the first."""
    account: Floats
    """The same trades at the profile's position size."""
    held: Flags
    """Bars at which a position was held at any time."""
    counts: Mapping[str, int]
    """`signals`, of which `taken`; the others by what became of them. They add up."""
    pending: int | None
    """Bar of a signal that waits for a bar which is not there yet."""

    @cached_property
    def returns(self) -> Floats:
        """What was earned in each out-of-fold session, idle ones too."""
        book = self.book
        return session_returns(self.equity, self.tape.session[book.start : book.end + 1])

    @cached_property
    def best(self) -> Floats:
        """The strategy curve had every ambiguous trade met its target; `equity` has the stop."""
        fee, lucky = self.policy.fee_bps / 1e4, replace(self.deals, ret=self.deals.best)
        return _curve(self.tape, self.book, lucky, fee, share=1.0)

    @cached_property
    def trades(self) -> pd.DataFrame:
        """One row a trade, in order; returns are fractions, stamps UTC, bars positions."""
        late = at_close(self.policy)
        return _table(self.tape, self.book, self.cuts, self.deals, late=late)


def execute(
    tape: Tape,
    book: Book,
    cuts: Cuts,
    plan: Plan,
    policy: Policy,
    *,
    position_size: float,
    every: Deals | None = None,
) -> Execution:
    """Trade the book: long or short where its confidence reaches the fold's cut.

    One position at a time; from an accepted signal to its exit others are ignored and counted.
    `position_size` is the share of the account put into one trade; `every` the book's
    `every_deal`, where many rules share it.

    Source: spec §8 Execution, §12 Exits and Marks.
    """
    signals, hours = signals_of(book, cuts), book.within(cuts.hours)
    open_to = signals[hours[signals] & ~book.blocked[signals]]
    every = every_deal(tape, book, plan, policy) if every is None else every
    why, exit_ = every.why[open_to - book.start], every.exit[open_to - book.start]
    taken, ignored, refused = _walk(open_to, why, exit_)
    done = every.take(open_to[taken] - book.start)
    fee = policy.fee_bps / 1e4
    return Execution(
        tape=tape,
        book=book,
        cuts=cuts,
        policy=policy,
        deals=done,
        equity=_curve(tape, book, done, fee, share=1.0),
        account=_curve(tape, book, done, fee, share=position_size),
        held=_held(book, done, late=at_close(policy)),
        counts={
            "signals": len(signals),
            "taken": len(done),
            "outside_hours": int((~hours[signals]).sum()),
            "momentum_gate": int((hours & book.blocked)[signals].sum()),
            "ignored_in_position": int(ignored),
            **{WHY[code]: int(refused[code]) for code in range(1, len(WHY))},
        },
        pending=_pending(tape, book, open_to[why == NO_BAR_LEFT], done, policy),
    )


def signals_of(book: Book, cuts: Cuts) -> Ints:
    """Bars at which the confidence of the side leaned to reaches its fold's cut, at any hour."""
    inside = slice(book.start, book.end + 1)
    cut = cuts.values[book.fold[inside]]
    with np.errstate(invalid="ignore"):
        found = (book.side[inside] != 0) & (book.score[inside] >= cut)
    return np.flatnonzero(found) + book.start


def _walk(bar: Ints, why: Ints, exit_: Ints) -> tuple[Ints, int, Ints]:
    """Places of the signals taken, how many were ignored in a trade, how many refused by cause."""
    from sigma_core.compiled import follow

    after = np.searchsorted(bar, exit_)  # a signal at the exit's close is free
    taken, refused = np.empty(len(bar), dtype="int64"), np.zeros(len(WHY), dtype="int64")
    n, ignored = follow(why, after, taken, refused)
    return taken[:n], ignored, refused


def _pending(tape: Tape, book: Book, late: Ints, done: Deals, policy: Policy) -> int | None:
    """The first signal of the last session, if nothing but a bar to come is missing for its fill.

    Filled at an open, it is of the last bar; at the session's close, of any bar before that.
    """
    if len(done) and done.reason[-1] == END:
        return None
    free = done.exit[-1] if len(done) else book.start
    waiting = late[(late >= free) & (tape.session[late] == tape.session[book.end])]
    closes = tape.calendar.close_of(tape.session[book.end : book.end + 1])[0]
    within = tape.intraday or (at_close(policy) and tape.cadence != "daily")
    over = within and tape.ts[book.end] >= closes
    return None if over or not len(waiting) else int(waiting[0])


def _curve(tape: Tape, book: Book, deals: Deals, fee: float, *, share: float) -> Floats:
    """Value at the close of every out-of-fold bar with `share` of the capital in each trade.

    Between entry and exit E₀·(1 + size·(side·(close/entry - 1) - fee)), after it
    E₀·(1 + size·ret); never below 0. Source: spec §12 Marks.
    """
    from sigma_core.compiled import marks

    value: Floats = marks(
        deals.entry, deals.exit, deals.side, deals.paid, share * deals.size, deals.ret,
        tape.close, book.start, book.end - book.start + 1, fee,
    )  # fmt: skip
    return value


def _held(book: Book, deals: Deals, *, late: bool) -> Flags:
    """Bars at any time of which a position was held; one filled at a close is not held before."""
    held = np.zeros(book.end - book.start + 1, dtype=bool)
    _, bar = spans(deals.entry + late, deals.exit + 1)
    held[bar - book.start] = True
    return held


def _table(tape: Tape, book: Book, cuts: Cuts, deals: Deals, *, late: bool) -> pd.DataFrame:
    fold = book.fold[deals.bar]
    sides, reasons, where = np.array(["short", "long"]), np.array(REASONS), np.array(WHERE)
    return pd.DataFrame(
        {
            "signal_ts": _stamps(tape, deals.bar),
            "entry_ts": _stamps(tape, deals.entry),
            "entry_at": "close" if late else "open",
            "exit_ts": _stamps(tape, deals.exit),
            "exit_at": where[deals.where],
            "side": sides[(deals.side > 0).astype("int64")],
            "fill": deals.fill,
            "entry_px": deals.paid,
            "stop": deals.stop,
            "target": deals.target,
            "exit_price_raw": deals.price,
            "exit_px": deals.got,
            "reason": reasons[deals.reason],
            "gap": deals.gap,
            "ambiguous": deals.ambiguous,
            "settled": deals.settled,
            "conf": book.score[deals.bar],
            "cut": cuts.values[fold],
            "size": deals.size,
            "ret": deals.ret,
            "ret_best": deals.best,
            "ret_worst": deals.worst,
            "bars": deals.exit - deals.entry + (not late),
            "fold": fold.astype("int64"),
            "hour": book.hour[deals.bar],
            "signal_bar": deals.bar,
            "entry_bar": deals.entry,
            "exit_bar": deals.exit,
        }
    )


def _stamps(tape: Tape, bars: Ints) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(tape.ts[bars].astype("datetime64[us]")).tz_localize("UTC")
