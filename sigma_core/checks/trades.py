"""Checks of the trades: are there enough, and do a few of them, or one side, make the profit?"""

from math import log, pi, sqrt

import numpy as np
from numpy.typing import NDArray

from sigma_core.checks import Found, Run, check

MOST = 0.5
"""More than half of the profit is most of it."""
BEST = 5
ALMOST_ALL = 0.9
EULER = 0.5772156649015329


@check(
    "Enough trades",
    unit="count",
    bound="at least",
    severity="breaks",
    try_="A lower threshold or a larger top %, more hours, or a longer period (an earlier START).",
)
def few_trades(run: Run) -> Found:
    """The gate's own limit, 30 or what the request asked. Source: spec §9."""
    [asked] = [each.limit for each in run.entry.gate.checks if each.name == "min_trades"]
    n = run.entry.metrics.trades
    return Found(value=n, limit=asked, meaning=f"{n} trades: with few, one lucky one decides.")


@check(
    "No single trade makes the profit",
    unit="share",
    bound="at most",
    severity="breaks",
    try_="Look at that trade on its candles: a gap or a bad print? Ask for more trades, smaller.",
)
def one_trade(run: Run) -> Found | None:
    """Share of the log growth that the best trade brought; half is most of it."""
    if run.profit is None:
        return None
    share = float(run.grown.max()) / run.profit
    return Found(
        value=share, limit=MOST, meaning=f"The best of {len(run.trades)} trades made {share:.0%}."
    )


@check(
    "It earns without its five best trades",
    unit="return",
    bound="above",
    severity="weakens",
    try_="A nearer target takes smaller wins more often; or accept long waits between big ones.",
)
def best_five(run: Run) -> Found | None:
    """Return compounded without the five best: an edge that is spread out outlives that."""
    if run.profit is None:
        return None
    left = float(np.expm1(np.sort(run.grown)[:-BEST].sum()))
    return Found(value=left, limit=0.0, meaning=f"Without the five best it returns {left:+.1%}.")


@check(
    "Losses come in runs no longer than chance",
    unit="count",
    bound="at most",
    severity="note",
    try_="Look at what these losses share: month, hour, side. A filter on that is a new try.",
)
def losing_streak(run: Run) -> Found | None:
    """Longest run of losses against what as many independent trades would bring.

    With n trades and share q of losses: log(n(1-q))/log(1/q) + γ/λ - ½ and two deviations
    √(π²/6λ² + 1/12), λ = ln(1/q). Source: M. F. Schilling, The Longest Run of Heads, College
    Mathematics Journal 21(3), 1990.
    """
    lost = run.trades["ret"].to_numpy() <= 0
    n, q = len(lost), float(lost.mean()) if len(lost) else 0.0
    if not 0 < q < 1 or n * (1 - q) <= 1:
        return None
    first, length = longest(lost)
    rate = log(1 / q)
    usual = log(n * (1 - q)) / rate + EULER / rate - 0.5
    fell = float(np.expm1(run.grown[first : first + length].sum()))
    return Found(
        value=length,
        limit=round(usual + 2 * sqrt(pi**2 / (6 * rate**2) + 1 / 12), 1),
        meaning=f"The longest run of losses is {length} and cost {fell:.1%}; the worst drawdown "
        f"is {run.entry.metrics.max_dd:.1%}. Chance alone makes runs of about {usual:.0f}.",
    )


def longest(flags: NDArray[np.bool_]) -> tuple[int, int]:
    """Where the longest run of True begins, and its length.

    >>> longest(np.array([True, False, True, True, False]))
    (2, 2)
    """
    edges = np.flatnonzero(np.diff(np.r_[0, flags.astype("int8"), 0]))
    begins, ends = edges[::2], edges[1::2]
    at = int(np.argmax(ends - begins))
    return int(begins[at]), int(ends[at] - begins[at])


@check(
    "Shorts earn their part",
    unit="share",
    bound="at most",
    severity="weakens",
    try_="sides: long in the policy, and hold the result against buy and hold: is it a timer of "
    "the market, or only in it?",
)
def long_alone(run: Run) -> Found | None:
    """Share of the log growth that longs brought, where both sides are traded.

    Above nine tenths the shorts add nothing, and what is left may be the market's own rise.
    """
    long = (run.trades["side"] == "long").to_numpy()
    if run.profit is None or run.sides != "both":
        return None
    if long.all() or not long.any():
        only = "long" if long.any() else "short"
        words = f"Both sides may be traded, and every trade is {only}."
        return Found(value=float(long.any()), limit=ALMOST_ALL, meaning=words)
    share = float(run.grown[long].sum()) / run.profit
    shorts = float(np.expm1(run.grown[~long].sum()))
    return Found(
        value=share,
        limit=ALMOST_ALL,
        meaning=f"{int(long.sum())} longs made {share:.0%} of the profit; "
        f"{int((~long).sum())} shorts return {shorts:+.1%}.",
    )
