"""One rule at other costs and a bar late, and the cost at which its trades earn nothing."""

from dataclasses import replace

import numpy as np

from sigma_core.barriers import plan
from sigma_core.domain.policy import Policy
from sigma_core.domain.stress import BreakEven
from sigma_core.engine.book import Book
from sigma_core.engine.deals import Deals
from sigma_core.engine.decide import Cuts
from sigma_core.engine.execute import Execution, execute
from sigma_core.tape import Floats, Ints, Tape

MOST_BPS = 1000.0
"""Per side, the most a policy may have: beyond it no break-even is looked for."""
TOLERANCE_BPS = 1e-6


def stressed(
    tape: Tape,
    book: Book,
    cuts: Cuts,
    policy: Policy,
    label_end: Ints,
    *,
    position_size: float,
    delay: int = 0,
) -> Execution:
    """Trade the book under a policy of other costs, or with fills `delay` bars late.

    The cuts are handed in: whoever traded this rule would have traded these. `min_rr` is asked
    anew after the policy's costs, so trades may drop out. Source: spec §8 Execution 2 and 3.
    """
    ways = plan(tape, policy, label_end, delay=delay)
    return execute(tape, book, cuts, ways, policy, position_size=position_size)


def dearer(policy: Policy, multiple: float) -> Policy | None:
    """The policy with its slippage and fee times `multiple`; None where no policy may cost that."""
    costs = {name: getattr(policy, name) * multiple for name in ("slippage_bps", "fee_bps")}
    return replace(policy, **costs) if max(costs.values()) <= MOST_BPS else None


def compounded(deals: Deals, *, slippage: float, fee: float) -> float:
    """Return of these trades, one after the other, at other costs (fractions per side)."""
    paid, got = deals.fill * (1 + deals.side * slippage), deals.price * (1 - deals.side * slippage)
    ret: Floats = deals.side * (got / paid - 1) - 2 * fee
    return float(np.prod(np.maximum(0.0, 1 + deals.size * ret)) - 1)


def break_even(deals: Deals, policy: Policy) -> BreakEven:
    """The cost per side at which these same trades compound to a return of 0.

    Entries and exits are held as they were: levels are anchored to the fill before costs, so
    costs move no exit. The return falls strictly as costs rise, so there is one such cost;
    `min_rr`, which would refuse some of the trades at higher costs, is not asked again. Slippage
    and fee keep their proportion; without either all is slippage. Found by Brent's method, to
    `TOLERANCE_BPS`.
    """
    from scipy.optimize import brentq

    cost = policy.slippage_bps + policy.fee_bps
    slips = policy.slippage_bps / cost if cost else 1.0

    def at(bps: float) -> float:
        per_side = bps / 1e4
        return compounded(deals, slippage=slips * per_side, fee=(1 - slips) * per_side)

    if not len(deals):
        return _none("there is no trade")
    if at(0.0) <= 0:
        return _none(f"these trades lose {-at(0.0):.1%} before any cost")
    if at(MOST_BPS) > 0:
        return _none(f"these trades still earn at {MOST_BPS:,.0f} bps a side")
    found = float(brentq(at, 0.0, MOST_BPS, xtol=TOLERANCE_BPS))
    times = f", {found / cost:.1f} times the policy's {cost:g} bps" if cost else ""
    return BreakEven(
        bps=found,
        multiple=found / cost if cost else None,
        tolerance_bps=TOLERANCE_BPS,
        words=f"The profit is gone at {found:.1f} bps a side{times}.",
    )


def _none(why: str) -> BreakEven:
    return BreakEven(
        bps=None, multiple=None, tolerance_bps=TOLERANCE_BPS, words=f"No break-even: {why}."
    )
