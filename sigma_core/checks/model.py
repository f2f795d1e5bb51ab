"""Checks of the model: are its probabilities worth anything, and does it need to be this clever?"""

from sigma_core.checks import Found, Run, check, unsaid

DRIFT = 0.25
OFF = 0.05


@check(
    "Features look the same early and late",
    unit="ratio",
    bound="at most",
    severity="weakens",
    try_="Leave the drifting feature out, or take its change or z-score instead of its level.",
)
def drift(run: Run) -> Found | None:
    """Largest population stability index, later half of the rows against the earlier one.

    Over 0.25 is a shift. Source: N. Siddiqi, Credit Risk Scorecards (2006), ch. 8.
    """
    known = {c.column: c.drift for c in run.quality.columns if c.drift is not None}
    if not known:
        return None
    worst = max(known, key=lambda name: known[name])
    over = sum(value > DRIFT for value in known.values())
    return Found(
        value=known[worst],
        limit=DRIFT,
        meaning=f"{over} of {len(known)} features drift; {worst} the most, by an index of "
        f"{known[worst]:.2f}. What was learned of them early may not hold late.",
    )


@check(
    "Confidence means what it says",
    unit="ratio",
    bound="at most",
    severity="note",
    try_="calibration: sigmoid (isotonic with much data), or rank by top % instead of a threshold.",
)
def calibration(run: Run) -> Found | None:
    """Expected calibration error; 0.05 moves a bar over a usual grid's next threshold.

    Source: C. Guo et al., On Calibration of Modern Neural Networks, ICML 2017.
    """
    ece = run.entry.forecast.ece
    if ece is None:
        return None
    words = f"Confidence and what came true are {100 * ece:.1f} points apart on average."
    return Found(value=ece, limit=OFF, meaning=words)


@check(
    "It foresees better than the base rate",
    unit="ratio",
    bound="above",
    severity="weakens",
    try_="Other features, or another label: what is not foreseen cannot be traded for long.",
)
def no_skill(run: Run) -> Found | None:
    """Brier skill: 1 - Brier/Brier of always saying each class's own frequency.

    Source: A. Murphy, Skill Scores Based on the Mean Square Error, Monthly Weather Review 116,
    1988.
    """
    own, base = run.entry.forecast.brier, run.base.brier
    if own is None or base is None or base == 0:
        return None
    skill = 1 - own / base
    better = "better" if skill > 0 else "worse"
    return Found(
        value=skill,
        limit=0.0,
        meaning=f"Its probabilities are {abs(skill):.1%} {better} than always naming each class's "
        "own frequency (which knows the test years).",
    )


@check(
    "Better than the plainest model",
    unit="ratio",
    bound="above",
    severity="weakens",
    try_="Trade the simpler model (learner: logistic), or find features in which more is hidden.",
)
def baseline_as_good(run: Run) -> Found | None:
    """Sharpe against the same rule on a logistic regression: complexity must earn its keep."""
    own = run.entry.metrics.sharpe
    if run.entry.study.learner == "logistic" or own is None:
        return None
    if run.baseline is None:
        return unsaid("No backtest of this rule was run, which makes the baseline beside it.")
    name, sharpe = run.baseline
    if sharpe is None:
        return unsaid(f"The {name} regression does not trade under this rule.")
    words = f"Sharpe {own:.2f}, and {sharpe:.2f} by the same rule on a {name} regression."
    return Found(value=own, limit=sharpe, meaning=words)
