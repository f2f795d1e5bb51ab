"""What each signal would become: the planned trade, cut at the last out-of-fold close, after costs.

Execution and replay both start here, so costs are written down once.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sigma_core.barriers import CLOSE, END, NO_BAR_LEFT, Plan
from sigma_core.domain.policy import Policy
from sigma_core.engine.book import Book
from sigma_core.tape import Flags, Floats, Ints, Tape


@dataclass(frozen=True, eq=False)
class Deals:
    """One trade a signal, if it were taken: arrays in the order of the signals' bars."""

    bar: Ints
    """The bar at whose close the signal is given."""
    side: Ints
    why: Ints
    """`barriers.OK`, or why no trade is opened; all below means nothing then."""
    entry: Ints
    fill: Floats
    paid: Floats
    """Entry price with slippage."""
    stop: Floats
    target: Floats
    exit: Ints
    price: Floats
    got: Floats
    """Exit price with slippage."""
    reason: Ints
    where: Ints
    gap: Flags
    ambiguous: Flags
    settled: Flags
    size: Floats
    ret: Floats
    """side·(got/paid - 1) - 2·fee, unsized."""
    best: Floats
    """`ret` had the target been met first; differs from `ret` in ambiguous trades only."""
    worst: Floats

    def __len__(self) -> int:
        return len(self.bar)

    def take(self, chosen: Ints | Flags) -> "Deals":
        """These deals only."""
        return Deals(**{name: values[chosen] for name, values in vars(self).items()})


def every_deal(tape: Tape, book: Book, plan: Plan, policy: Policy) -> Deals:
    """The deal of every out-of-fold bar, whatever the rule: which of them are taken is its part.

    Where the book leans to no side nothing in it means anything.
    """
    return deals_of(tape, book, plan, policy, np.arange(book.start, book.end + 1))


def deals_of(tape: Tape, book: Book, plan: Plan, policy: Policy, bars: Ints) -> Deals:
    """The deals of signals at `bars`, each on the side the book leans to there.

    A trade that would outlast the book is closed at its last bar's close with reason `end`; one
    that could only be filled after it has no bar left.

    Source: spec §8 Execution 2, §12 Exits. Slippage s per fill, fee per side, as fractions.
    """
    side = book.side[bars].astype("int64")
    planned = _planned(plan, side, bars)
    late = planned["exit"] > book.end
    exit_ = np.where(late, book.end, planned["exit"])
    price = np.where(late, tape.close[book.end], planned["price"])
    ambiguous = planned["ambiguous"] & ~late
    s, fee = policy.slippage_bps / 1e4, policy.fee_bps / 1e4
    paid = planned["fill"] * (1 + side * s)

    def earned(at: Floats) -> Floats:
        return side * (at * (1 - side * s) / paid - 1) - 2 * fee

    return Deals(
        bar=bars,
        side=side,
        why=np.where(planned["entry"] > book.end, NO_BAR_LEFT, planned["why"]),
        entry=planned["entry"],
        fill=planned["fill"],
        paid=paid,
        stop=planned["stop"],
        target=planned["target"],
        exit=exit_,
        price=price,
        got=price * (1 - side * s),
        reason=np.where(late, END, planned["reason"]),
        where=np.where(late, CLOSE, planned["where"]),
        gap=planned["gap"] & ~late,
        ambiguous=ambiguous,
        settled=planned["settled"] & ~late,
        size=book.size[bars],
        ret=earned(price),
        best=earned(np.where(ambiguous, planned["target"], price)),
        worst=earned(np.where(ambiguous, planned["stop"], price)),
    )


_PLANNED = (
    "why", "entry", "fill", "stop", "target", "exit", "price", "reason", "where", "gap",
    "ambiguous", "settled",
)  # fmt: skip


def _planned(plan: Plan, side: Ints, bars: Ints) -> dict[str, NDArray[Any]]:
    """The outcome of each bar on its side."""
    return {
        name: np.where(side > 0, getattr(plan.long, name)[bars], getattr(plan.short, name)[bars])
        for name in _PLANNED
    }
