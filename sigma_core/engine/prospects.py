"""Every trade the book could open, summed up once, so that a rule is replayed in a glance.

A trade is the same whichever rule opens it, so what it does to the capital (value at its exit,
lowest and highest mark, returns of the sessions it spans) is worked out once for each bar. A
replay then visits trades, not bars.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sigma_core.barriers import END, OK, Plan
from sigma_core.domain.policy import Policy
from sigma_core.engine.book import Book
from sigma_core.engine.deals import Deals, deals_of
from sigma_core.tape import Floats, Ints, Tape

STEADY = 1e-7
"""A spread of session returns below this share of their mean is rounding, not risk."""


@dataclass(frozen=True, eq=False)
class Tally:
    """What replayed rules earned: arrays with one entry a rule."""

    sharpe: Floats
    """Per session; NaN where the sessions are fewer than two or their returns do not vary."""
    return_: Floats
    """Compounded."""
    max_dd: Floats
    """Deepest fall from a former high at any bar, from -1 to 0."""
    trades: Ints


@dataclass(frozen=True, eq=False)
class Prospects:
    """Trades that could be opened, one a bar, with their summaries."""

    deals: Deals
    hour: Ints
    fold: NDArray[np.int16]
    score: Floats
    closes: Ints
    """Bar of the exit; beyond the data for a trade that is still open at the last bar."""
    days: Ints
    """Number of the session of each bar of the book, from 0, as far as the last bar."""
    start: int
    rows: Floats
    """Summaries, [trades, 8]; columns as in `compiled`."""

    def replay(self, hours: Sequence[int], cuts: Floats, *, until: int | None = None) -> Tally:
        """Replay rules that share their hours; `cuts` [rules, folds].

        With `until`, only bars before it count, and a trade still open there is dropped.
        """
        order = np.argsort(cuts.min(axis=1), kind="stable")
        found = self.run(hours, cuts[order], until)
        back = np.empty_like(found)
        back[order] = found
        return tally_of(back, self.sessions(until))

    def run(self, hours: Sequence[int], cuts: Floats, until: int | None = None) -> Floats:
        """Raw sums of rules in ascending order of their least cut; see `compiled.replay`."""
        from sigma_core.engine.compiled import replay

        deals, out = self.deals, np.empty((len(cuts), 5))
        mask = sum(1 << hour for hour in hours) if hours else (1 << 24) - 1
        least = cuts.min(axis=1)
        replay(
            deals.bar, self.hour, self.fold, self.score, deals.exit, self.closes,
            self.days[deals.entry - self.start], self.days[deals.exit - self.start], self.rows,
            mask, cuts, least, least == cuts.max(axis=1), until or 0, out,
        )  # fmt: skip
        return out

    def sessions(self, until: int | None = None) -> int:
        """Sessions of the book with a bar before `until`."""
        last = len(self.days) if until is None else until - self.start
        return int(self.days[last - 1]) + 1


def prospects_of(tape: Tape, book: Book, plan: Plan, policy: Policy) -> Prospects:
    """Sum up the trade of every bar at which the book leans to a side and one could be opened."""
    from sigma_core.engine.compiled import summarise

    may = (book.side != 0) & ~book.blocked & (book.fold >= 0)
    deals = deals_of(tape, book, plan, policy, np.flatnonzero(may))
    deals = deals.take(deals.why == OK)
    session = tape.session[book.start : book.end + 1]
    days = np.cumsum(np.r_[0, np.diff(session) != 0])
    rows = np.empty((len(deals), 8))
    summarise(
        tape.close[book.start : book.end + 1], days, deals.entry - book.start,
        deals.exit - book.start, deals.side, deals.paid, deals.size,
        np.maximum(0.0, 1 + deals.size * deals.ret), policy.fee_bps / 1e4, rows,
    )  # fmt: skip
    return Prospects(
        deals=deals,
        hour=book.hour[deals.bar],
        fold=book.fold[deals.bar],
        score=book.score[deals.bar],
        closes=np.where(deals.reason == END, len(tape), deals.exit),
        days=days,
        start=book.start,
        rows=rows,
    )


def tally_of(sums: Floats, sessions: int) -> Tally:
    """Figures from the sums of `compiled.replay` over that many sessions (idle ones are 0)."""
    equity, worst, total, squares, trades = sums.T
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = total / sessions
        sd = np.sqrt(np.maximum(0.0, squares - total * mean) / (sessions - 1))
        sharpe = np.where(sd > STEADY * np.abs(mean), mean / sd, np.nan)
    return Tally(sharpe=sharpe, return_=equity - 1, max_dd=worst - 1, trades=trades.astype("int64"))
