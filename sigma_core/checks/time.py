"""Checks over time: does the profit come from one stretch, and is there enough of it?"""

from math import inf, sqrt
from statistics import NormalDist

import numpy as np
import pandas as pd

from sigma_core.checks import Found, Run, check, unsaid
from sigma_core.engine.evidence import min_track_record, own_of
from sigma_core.engine.measure import sharpe_of
from sigma_core.engine.splits import ENOUGH_SESSIONS

MOST = 0.5
"""More than half of the profit is most of it."""
STEADY_FOLDS = 0.6
ONE_SIDED = NormalDist().inv_cdf(0.95)
HOURS = 3
"""Of two hours one always makes half of the profit."""


@check(
    "No single month makes the profit",
    unit="share",
    bound="at most",
    severity="weakens",
    try_="Look at that month's trades and news. Test other periods: a later START leaves it out.",
)
def one_month(run: Run) -> Found | None:
    """Share of the log growth that fell into the best calendar month; half is most of it."""
    if run.profit is None:
        return None
    months = pd.Series(np.log1p(run.returns), run.days).groupby(run.days.strftime("%b %Y")).sum()
    share = float(months.max()) / run.profit
    return Found(value=share, limit=MOST, meaning=f"{months.idxmax()} made {share:.0%} of it.")


@check(
    "No single hour makes the profit",
    unit="share",
    bound="at most",
    severity="weakens",
    try_="Sweep hours as variants, so that choosing one is counted as a try.",
)
def one_hour(run: Run) -> Found | None:
    """Share of the log growth of the best hour of decision; asked where three are traded."""
    hours = pd.Series(run.grown).groupby(run.trades["hour"].to_numpy()).sum()
    if run.profit is None or len(hours) < HOURS:
        return None
    share = float(hours.max()) / run.profit
    return Found(
        value=share,
        limit=MOST,
        meaning=f"Of {len(hours)} hours, decisions at {hours.idxmax()} made {share:.0%}.",
    )


@check(
    "Most test folds earn",
    unit="share",
    bound="at least",
    severity="weakens",
    try_="Look at the folds that lose: another market? Fewer or slower features change less.",
)
def folds_disagree(run: Run) -> Found | None:
    """Share of test folds with a Sharpe above 0; one without a trade has none.

    With a true Sharpe of 0.7, a fold of one year is above 0 with Φ(0.7) = 76 %, so under 60 % of
    several folds speaks against an edge that is always there.
    """
    found = [fold["sharpe"] for fold in run.folds]
    if len(found) < 2:
        return None
    share = sum(each is not None and each > 0 for each in found) / len(found)
    said = ", ".join("–" if each is None else f"{each:.2f}" for each in found)
    return Found(value=share, limit=STEADY_FOLDS, meaning=f"Sharpe by fold: {said}.")


@check(
    "The last year is like those before",
    unit="ratio",
    bound="at least",
    severity="weakens",
    try_="Markets change: train on later years (a later START), and trade small until it is back.",
)
def recent_year(run: Run) -> Found | None:
    """Sharpe of the last year against that of the years before, less what one year may stray.

    The limit is the earlier Sharpe less 1.645·√(1 + 1/years before): the error of an annual
    Sharpe over k years is about 1/√k. Source: A. Lo, The Statistics of Sharpe Ratios, Financial
    Analysts Journal 58(4), 2002.
    """
    year, returns = run.year, run.returns
    if len(returns) < 2 * year:
        return None
    last, before = sharpe_of(returns[-year:], year), sharpe_of(returns[:-year], year)
    if last is None or before is None:
        return unsaid("The last year, or all before it, has no trade.")
    return Found(
        value=last,
        limit=before - ONE_SIDED * sqrt(1 + year / (len(returns) - year)),
        meaning=f"Sharpe {last:.2f} in the last year, {before:.2f} before.",
    )


@check(
    "Enough sessions for this Sharpe",
    unit="sessions",
    bound="at least",
    severity="weakens",
    try_="An earlier START, or a ticker with a longer history. Nothing but time settles this.",
)
def few_sessions(run: Run) -> Found | None:
    """Out-of-fold sessions against the minimum track record of its Sharpe over 0 at 95 %.

    As if nothing else had been tried; at least the 252 of the gate. Source: D. Bailey, M. Lopez
    de Prado, The Sharpe Ratio Efficient Frontier, J. Risk 15(2), 2012.
    """
    own, sessions = own_of(run.entry.evidence), run.entry.metrics.sessions
    needed = inf if own is None else min_track_record(own, 0.0)
    if needed == inf:
        return None
    limit = max(ENOUGH_SESSIONS, int(np.ceil(needed)))
    years = limit / run.year
    return Found(
        value=sessions,
        limit=limit,
        meaning=f"{sessions:,} sessions out of fold; to tell this Sharpe from 0 takes {years:.1f} "
        "years, were it the only try.",
    )
