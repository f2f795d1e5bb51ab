"""Checks against the market: is it better than holding, and is it more than holding?"""

from sigma_core.checks import Found, Run, check

HALF = 0.5


@check(
    "Better than buy and hold",
    unit="ratio",
    bound="at least",
    severity="weakens",
    try_="Holding is free. Look for what holding does not give: shorts, smaller falls, less time "
    "in the market; or another label.",
)
def below_hold(run: Run) -> Found | None:
    """Sharpe against that of buy-and-hold over the same sessions, which pays no costs."""
    own, hold = run.entry.metrics, run.entry.hold
    if own.sharpe is None or hold.sharpe is None:
        return None
    return Found(
        value=own.sharpe,
        limit=hold.sharpe,
        meaning=f"Sharpe {own.sharpe:.2f} against {hold.sharpe:.2f} held, return "
        f"{own.return_:+.1%} against {hold.return_:+.1%}, worst drawdown {own.max_dd:.1%} against "
        f"{hold.max_dd:.1%}.",
    )


@check(
    "Little of it is the market's own move",
    unit="ratio",
    bound="at most",
    severity="weakens",
    try_="Let shorts in (sides: both), or judge it by the evidence over market exposure above.",
)
def market_beta(run: Run) -> Found | None:
    """|β| of session returns on buy-and-hold's: above a half, most moves are the market's."""
    beta = run.entry.evidence.beta
    if beta is None:
        return None
    words = f"When the market moves 1%, this moves {beta:+.2f}% on average."
    return Found(value=abs(beta), limit=HALF, meaning=words)
