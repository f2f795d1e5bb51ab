"""Checks of what the result rests on: bars, their source, and rules that were set aside."""

from sigma_core.checks import Found, Run, check

AMBIGUOUS = 0.1
INDICES = "sample"
"""The provider that holds nothing but indices."""


@check(
    "Few trades met stop and target in one bar",
    unit="share",
    bound="at most",
    severity="note",
    try_="Levels farther apart (atr_mult_stop, atr_mult_target), or a finer cadence.",
)
def ambiguous(run: Run) -> Found | None:
    """Share of ambiguous trades; over a tenth, the result hangs on what is assumed inside bars."""
    share = run.entry.metrics.ambiguous_share
    if share is None:
        return None
    words = f"{share:.1%} of the trades; the stop is assumed, so they count as losses."
    return Found(value=share, limit=AMBIGUOUS, meaning=words)


@check(
    "Prices were traded",
    severity="breaks",
    try_="Point SIGMA_FILES at real bars, and run the same model on them.",
)
def simulated(run: Run) -> Found:
    """Whether bars come from a seeded market."""
    made = run.entry.lineage.simulated
    words = "SIMULATED: a seeded market proves nothing about money." if made else "Real bars."
    return Found(value=None, met=not made, meaning=words)


@check(
    "Nobody had sealed these sessions",
    severity="breaks",
    try_="A result like this proves nothing. Seal a later part, and try new ideas before it only.",
)
def second_look(run: Run) -> Found | None:
    """Whether out-of-fold sessions were sealed when it was tried; asked only where they were."""
    why = run.entry.contaminated
    return Found(value=None, met=False, meaning=f"C{why[1:]}.") if why else None


@check(
    "The ticker was not picked for having survived",
    severity="note",
    try_="Ask why this ticker. Run the model on names that fell or were delisted, or on an index.",
)
def survivorship(run: Run) -> Found | None:
    """An index changes its members as it goes; a single name is here because it still trades."""
    entry = run.entry
    if entry.lineage.simulated:
        return None
    if entry.provider == INDICES:
        words = f"{entry.ticker} is an index: members that failed are in its past."
        return Found(value=None, met=True, meaning=words)
    words = (
        f"Unknown: nothing in the bars says whether {entry.ticker} is an index, or one name among "
        "those that still trade today."
    )
    return Found(value=None, met=None, meaning=words)


@check(
    "No check of the data was waived",
    unit="count",
    bound="at most",
    severity="weakens",
    try_="Mend what the check found, and take it out of allow_quality.",
)
def waived(run: Run) -> Found:
    """Failed quality checks that `allow_quality` lets pass."""
    found = [each for each in run.quality.checks if each.outcome == "waived"]
    words = " ".join(each.words for each in found) or "The quality report has no waiver."
    return Found(value=len(found), limit=0.0, meaning=words)


@check(
    "Not trained against its verdict",
    unit="count",
    bound="at most",
    severity="note",
    try_="Watch its signals before you trade them, and train again once the verdict is PASS.",
)
def override(run: Run) -> Found:
    """Bundles of this model that were trained although their trial did not pass."""
    n = len(run.overrides)
    words = f"Trained by override: {', '.join(run.overrides[:3])}." if n else "No override."
    return Found(value=n, limit=0.0, meaning=words)
