"""An explained trial: typed checks of what carries its result and what would break it."""

from typing import Literal

from pydantic.dataclasses import dataclass

from sigma_core.domain._fields import NOUN, Status
from sigma_core.domain.trial import Lineage, Rule

Severity = Literal["breaks", "weakens", "note"]
"""What it does to the case for trading this if the check is not met."""
Unit = Literal["count", "share", "return", "ratio", "bps", "sessions", "steps", ""]
"""`share` and `return` are fractions; `ratio` is a Sharpe, a beta or an index."""
Bound = Literal["at least", "at most", "above", ""]
"""How the limit binds; empty where there is none."""


@dataclass(frozen=True, kw_only=True, config=NOUN)
class Finding:
    """One check of a trial: the value, its limit, what it means and what to try."""

    code: str
    title: str
    """What is the case when it is met."""
    value: float | None
    limit: float | None
    unit: Unit
    bound: Bound
    met: bool | None
    """None where it cannot be said; `meaning` says why."""
    severity: Severity
    meaning: str
    try_: str
    """What to try; empty where the check is met."""


@dataclass(frozen=True, kw_only=True, config=NOUN)
class Advice:
    """What to try about one reason of a FAIL, or about evidence that is missing."""

    code: str
    try_: str


@dataclass(frozen=True, kw_only=True, config=NOUN)
class Explained:
    """A trial explained: its verdict, what to try, and checks, what breaks the case first."""

    run_id: str
    trial_id: str
    pack_id: str
    model_id: str
    config: Rule
    lineage: Lineage
    status: Status
    contaminated: str = ""
    """Why it is a look at sessions that were sealed; empty if it is none."""
    verdict: str
    advice: tuple[Advice, ...]
    """One for each reason of the verdict."""
    findings: tuple[Finding, ...]
    """Not met, worst first; then what cannot be said; then met."""
    words: str
    """How many checks are not met, and how bad that is."""
