"""The leak audit of a matrix: what was tried, and whatever saw more than it could have known."""

from datetime import datetime
from typing import Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from sigma_core.domain._fields import NOUN, Sha

Kind = Literal["future", "answer", "stamps", "folds", "fits", "restated", "later"]
"""What is tried: values made again from what was known at the time; features that are the label;
bars stamped before they closed; training rows that reach into a test; fits outside the training
rows; past bars that have changed; features a bar later."""


Outcome = Literal["met", "warned", "failed", "open"]
"""How a check went; `open`: it could not be made, and its words say why."""


@dataclass(frozen=True, kw_only=True, config=NOUN)
class Leak:
    """One thing that saw the future, or may have."""

    kind: Kind
    where: str
    """The column, or the step: `rsi_14`, `fold 2`, `calibrator of fold 0`."""
    row: datetime | None
    """The bar at which it shows."""
    before: float | None
    """The value there as it stands; None if it is missing, or there is none."""
    after: float | None
    """The value there without what was not yet known."""
    words: str
    command: str
    """What shows it again."""
    doubt: bool = False
    """Whether it may be honest: it is told, and keeps nothing from passing."""


@dataclass(frozen=True, kw_only=True, config=NOUN)
class LeakCheck:
    """One check, how it went, and on how much."""

    kind: Kind
    outcome: Outcome
    words: str


@dataclass(frozen=True, kw_only=True, config=NOUN)
class WarmUp:
    """Leading bars of the model without a value in a column, counted from the first stored one."""

    column: str
    declared: int
    found: int | None
    """The first value in the matrix; None without any. A matrix may begin after the warm-up."""


@dataclass(frozen=True, kw_only=True, config=NOUN)
class LeakAudit:
    """What a leak audit tried and found."""

    ok: bool
    """Whether nothing saw the future; a doubt does not count."""
    pack_id: str
    model_id: str
    matrix_sha: Sha
    made_at: datetime
    full: bool
    """False: the sample that every build makes."""
    seed: int
    """Of the random cuts."""
    columns: int
    cuts: int
    """Instants at which every column was made again."""
    words: str
    checks: tuple[LeakCheck, ...]
    leaks: tuple[Leak, ...] = ()
    warmup: tuple[WarmUp, ...] = Field(default=())

    @property
    def suspects(self) -> tuple[Leak, ...]:
        """The leaks that keep a trial from PASS."""
        return tuple(leak for leak in self.leaks if not leak.doubt)
