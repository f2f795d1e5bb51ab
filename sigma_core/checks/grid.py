"""Checks of the rule among its neighbours: does the result hang on one exact setting?"""

from statistics import median

from sigma_core.checks import Found, Run, check, unsaid
from sigma_core.domain.trial import Rule

FEWEST = 3
"""Of two values both are the edge."""
PLATEAU = 0.5
JUMP = 0.05
NO_GRID = "Too few values of this kind were tried on this fit: a sweep around it would say."


def _alone(run: Run) -> bool:
    return len(run.entry.config.numbers) == 1


def _grid(run: Run) -> dict[float, float | None]:
    """Sharpe by value, ascending, of single rules of the same kind and hours."""
    own = run.entry.config

    def same(rule: Rule) -> bool:
        return (rule.kind, rule.hours, len(rule.numbers)) == (own.kind, own.hours, 1)

    return dict(sorted((rule.numbers[0], sharpe) for rule, sharpe in run.tries if same(rule)))


@check(
    "The setting lies inside its grid",
    unit="steps",
    bound="at least",
    severity="weakens",
    try_="Sweep values beyond the edge: the best may lie there, or the edge may be luck.",
)
def grid_edge(run: Run) -> Found | None:
    """Steps from the nearer end of what was tried; of a list, the median over folds' choices."""
    rule = run.entry.config
    values = list(_grid(run)) if _alone(run) else list(rule.numbers)
    if len(values) < FEWEST:
        return unsaid(NO_GRID) if _alone(run) else None
    used = rule.numbers if _alone(run) else run.entry.cuts
    steps = median(min(values.index(x), len(values) - 1 - values.index(x)) for x in used)
    return Found(
        value=steps,
        limit=1.0,
        meaning=f"Tried from {values[0]:g} to {values[-1]:g}; taken "
        + ", ".join(f"{x:g}" for x in dict.fromkeys(used))
        + ".",
    )


@check(
    "Its neighbours in the grid agree",
    unit="ratio",
    bound="at least",
    severity="weakens",
    try_="Prefer a setting whose neighbours are nearly as good, even if its own Sharpe is lower.",
)
def no_plateau(run: Run) -> Found | None:
    """The lower Sharpe of the next settings on either side: at least half of its own.

    A step of the grid is finer than anybody's knowledge of the right setting.
    """
    own = run.entry.metrics.sharpe
    if not _alone(run) or own is None or own <= 0:
        return None
    grid = _grid(run)
    values = list(grid)
    at = values.index(run.entry.config.numbers[0])
    beside = {x: grid[x] for x in values[max(0, at - 1) : at + 2] if x != values[at]}
    known = {x: sharpe for x, sharpe in beside.items() if sharpe is not None}
    if not known:
        return unsaid(NO_GRID)
    said = ", ".join(f"{sharpe:.2f} at {x:g}" for x, sharpe in known.items())
    return Found(
        value=min(known.values()),
        limit=PLATEAU * own,
        meaning=f"Sharpe {own:.2f} here; {said}.",
    )


@check(
    "Folds choose about the same cut",
    unit="ratio",
    bound="at most",
    severity="note",
    try_="One threshold instead of a list; or calibration, so that a confidence means the same "
    "in each fold.",
)
def cuts_jump(run: Run) -> Found | None:
    """Highest less lowest cut over the folds, where folds choose; 0.05 is a usual grid's step."""
    rule, cuts = run.entry.config, run.entry.cuts
    if len(cuts) < 2 or (rule.kind == "thr" and _alone(run)):
        return None
    said = ", ".join(f"{cut:.2f}" for cut in cuts)
    return Found(value=max(cuts) - min(cuts), limit=JUMP, meaning=f"Cut by fold: {said}.")
