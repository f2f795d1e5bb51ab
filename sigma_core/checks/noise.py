"""The check against noise: does the same search find as much where there is nothing?"""

from sigma_core.checks import Found, Run, check, unsaid


@check(
    "Better than its search finds in noise",
    unit="ratio",
    bound="above",
    severity="weakens",
    try_="Fewer rules, or other features: what is found in noise as well has not been found.",
)
def noise(run: Run) -> Found | None:
    """Sharpe against the best of all searches on features moved in time; `noise-floor` makes them.

    Source: T. Masters, Permutation and Randomization Tests for Trading System Development (2020),
    ch. 3.
    """
    own, floor = run.entry.metrics.sharpe, run.noise
    if own is None:
        return None
    if floor is None:
        return unsaid("Its sweep was not searched in noise: make noise-floor does it.")
    if floor.highest is None:
        return unsaid(floor.words)
    return Found(
        value=own,
        limit=floor.highest,
        meaning=f"Sharpe {own:.2f}; the best of {len(floor.runs)} searches in noise "
        f"{floor.highest:.2f}, the middle one {floor.median:.2f}.",
    )
