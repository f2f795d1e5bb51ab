"""The sealed holdout of a model, and what was found when it was unsealed."""

from datetime import date, datetime

from pydantic.dataclasses import dataclass

from sigma_core.domain._fields import NOUN
from sigma_core.domain.results import Study
from sigma_core.domain.trial import Evidence, Gate, Hold, Lineage, Metrics, Rule


@dataclass(frozen=True, kw_only=True, config=NOUN)
class Unsealing:
    """One rule, traded once on sealed sessions, by a model of everything before them."""

    unseal_id: str
    pack_id: str
    model_id: str
    simulated: bool
    config: Rule
    cut: float
    """The least confidence traded, chosen before the holdout."""
    study: Study
    lineage: Lineage
    start: date
    end: date
    """First and last session of the holdout that was traded."""
    trained_rows: int
    trained_through: date
    limits: dict[str, float]
    """The gate as it was registered before the holdout was looked at, check by check."""
    contaminated: str
    """Why this was not the first look; empty if it was."""
    metrics: Metrics
    """Of the holdout alone."""
    hold: Hold
    evidence: Evidence
    """Of the holdout alone, as one try."""
    gate: Gate
    verdict: str
    days: tuple[date, ...]
    """At most 400 sessions."""
    equity: tuple[float, ...]
    """Strategy curve at their ends, 1 at the start."""
    held: tuple[float, ...]
    """Buy-and-hold at the same bars."""
    made_at: datetime


@dataclass(frozen=True, kw_only=True, config=NOUN)
class Holdout:
    """How a model's holdout stands."""

    pack_id: str
    model_id: str
    start: date | None
    """First sealed session; None if nothing is sealed."""
    end: date | None
    """Last sealed session; None: there is no last."""
    spent: bool
    """Whether it was unsealed, be it without a result."""
    interrupted: str
    """An unsealing that was registered and has no result yet; empty if there is none."""
    looks: str
    """Who has looked at these sessions; empty if nobody has."""
    unsealed: tuple[Unsealing, ...]
    """The model's own unsealings, newest first."""
    words: str
