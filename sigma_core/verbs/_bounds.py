"""How far bars that held both stop and target leave a result open, in words."""

from sigma_core.domain.trial import Metrics
from sigma_core.verbs._text import percent, ratio


def settled_words(m: Metrics) -> str:
    """How many bars that held stop and target finer ones settle, and how many trades stay open."""
    share = f"finer bars tell which came first in {percent(m.settled_share)} of those bars"
    told = share if m.settled_share else "no finer bars tell which came first"
    left = f"{percent(m.ambiguous_share)} of trades are" if m.ambiguous_share else "no trade is"
    return f"{told}, {left} left open"


def ambiguous_words(m: Metrics) -> str:
    """How far bars that held stop and target leave the result open; empty where none did."""
    if not m.ambiguous_share and not m.settled_share:
        return ""
    told = f"Stop and target in one bar: {settled_words(m)}"
    if not m.ambiguous_share:
        return f"{told}."
    return (
        f"{told} and booked at the stop: return at worst {percent(m.return_, signed=True)}, Sharpe"
        f" {ratio(m.sharpe)}; at best, every one at its target,"
        f" {percent(m.return_best, signed=True)}, Sharpe {ratio(m.sharpe_best)}."
    )
