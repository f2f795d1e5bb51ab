"""A look: what a rule would have earned on kept predictions. It counts as no try."""

from datetime import date
from typing import Literal

from pydantic.dataclasses import dataclass

from sigma_core.domain._fields import NOUN
from sigma_core.domain.results import Study
from sigma_core.domain.trial import Hold, Lineage, Metrics, Rule


@dataclass(frozen=True, kw_only=True, config=NOUN)
class Look:
    """One rule redrawn on a sweep's predictions: no trial, no verdict; in the ledger a look."""

    look: Literal[True] = True
    words: str
    """What a look is worth."""
    sweep_id: str
    pack_id: str
    model_id: str
    config: Rule
    trial_id: str
    """The trial that this rule would be."""
    tried: bool
    """Whether the sweep tried this very rule, so that it was counted and judged."""
    looks: int
    """Distinct rules looked at on this fit so far, this one too unless it was tried."""
    contaminated: str = ""
    """Why it is a look at sessions that were sealed; empty if it is none."""
    cuts: tuple[float, ...]
    """The confidence asked for in each fold, chosen on earlier folds."""
    study: Study
    metrics: Metrics
    hold: Hold
    lineage: Lineage
    days: tuple[date, ...]
    """Sessions of the curves: at most 400, evenly apart, the last out-of-fold one among them."""
    equity: tuple[float, ...]
    """The strategy at the close of each day of `days`, 1 at the start."""
    held: tuple[float, ...]
    """Buy-and-hold at the same closes."""
