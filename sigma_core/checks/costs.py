"""Checks of costs and fills: what is left when trading is dearer, or a bar slower?"""

from sigma_core.checks import Found, Run, check, unsaid
from sigma_core.domain.stress import Scenario

FEWER = "Trade less often and for more: a higher threshold, a farther target, a longer label."


def _scenario(run: Run, name: str) -> Scenario:
    return next(each for each in run.stress.scenarios if each.name == name)


@check("It earns at twice the cost", unit="return", bound="above", severity="breaks", try_=FEWER)
def cost_twice(run: Run) -> Found | None:
    """Return in a replay at 2× slippage and fee: what costs will be is known that badly."""
    twice = _scenario(run, "2×")
    if run.profit is None:
        return None
    if twice.metrics is None:
        return unsaid(twice.words)
    back = twice.metrics.return_
    words = (
        f"At {twice.cost_bps:g} bps a side it returns {back:+.1%}. {run.stress.break_even.words}"
    )
    return Found(value=back, limit=0.0, meaning=words)


@check(
    "It earns a bar late",
    unit="return",
    bound="above",
    severity="weakens",
    try_="Make sure that orders go out at once, or decide on slower features and a longer label.",
)
def one_bar_late(run: Run) -> Found | None:
    """Return when every fill comes one bar after the policy's: an edge should outlive that."""
    late = next(each for each in run.stress.scenarios if each.delay)
    if run.profit is None or late.metrics is None:
        return None
    back = late.metrics.return_
    return Found(value=back, limit=0.0, meaning=f"With fills a bar late it returns {back:+.1%}.")


@check(
    "A trade earns more than it costs", unit="bps", bound="at least", severity="weakens", try_=FEWER
)
def thin_edge(run: Run) -> Found | None:
    """Average net trade against its round trip of slippage and fee, in basis points.

    An edge smaller than its costs is a bet on knowing the costs.
    """
    m, round_trip = run.entry.metrics, 2 * (run.stress.slippage_bps + run.stress.fee_bps)
    if m.avg_trade is None:
        return None
    turned = "" if m.turnover is None else f"; capital is turned over {m.turnover:.0f} times a year"
    return Found(
        value=m.avg_trade * 1e4,
        limit=round_trip,
        meaning=f"{m.avg_trade * 1e4:+.1f} bps a trade are left after {round_trip:g} bps of costs"
        f"{turned}.",
    )


@check(
    "Costs are in the result",
    unit="bps",
    bound="above",
    severity="breaks",
    try_="Set slippage_bps in the policy to half the spread you are quoted, and fee_bps.",
)
def no_costs(run: Run) -> Found:
    """Slippage and fee per side; nobody trades for nothing."""
    cost = run.stress.slippage_bps + run.stress.fee_bps
    return Found(value=cost, limit=0.0, meaning=f"{cost:g} bps of slippage and fee on each side.")
