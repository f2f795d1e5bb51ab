"""The quality report of a matrix: what was looked at, what was found, what it means."""

from typing import Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from sigma_core.domain._fields import NOUN

CHECKS = (
    "order",
    "nan_share",
    "constant",
    "duplicate",
    "label_balance",
    "leak_suspicion",
    "stale_open",
)
"""Names of the checks; `allow_quality` may waive any of them."""


@dataclass(frozen=True, kw_only=True, config=NOUN)
class QualityCheck:
    """One check: what was measured, against which limit, on which column."""

    name: str
    outcome: Literal["met", "warned", "failed", "waived"]
    value: float | None
    limit: float | None
    column: str | None
    words: str


@dataclass(frozen=True, kw_only=True, config=NOUN)
class ColumnQuality:
    """One feature over trainable rows. Shares are fractions."""

    column: str
    nan_share: float
    mean: float | None
    sd: float | None
    lowest: float | None
    highest: float | None
    drift: float | None
    """Population stability index of the later half against the earlier one; over 0.25 is much."""
    rank_corr: float | None
    """Spearman's correlation with `y_ret`."""
    drift_path: tuple[float | None, ...] = ()
    """The same index of each later stretch of time against the first, stretches of equal rows."""


@dataclass(frozen=True, kw_only=True, config=NOUN)
class Quality:
    """Everything that is known of a matrix's fitness."""

    rows: int
    trainable: int
    scorable: int
    features: int
    not_trainable: dict[str, int]
    """Rows that cannot be trained on, by cause."""
    classes: dict[str, int]
    """Trainable rows by class."""
    checks: tuple[QualityCheck, ...]
    columns: tuple[ColumnQuality, ...]
    notes: tuple[str, ...] = Field(default=())
    correlations: tuple[tuple[float | None, ...], ...] = ()
    """Rank correlation of each feature with each, in the order of `columns`; of 20,000 rows at
    most, spread evenly."""
    uniqueness: float | None = None
    """Average uniqueness of the trainable rows' labels, 1 where no two overlap; in training a row
    is weighted by its own. None of what an older version kept."""

    @property
    def overlap(self) -> str:
        """What the trainable rows weigh, in words; empty where it is not known or all of it."""
        if self.uniqueness is None or self.uniqueness >= 1:
            return ""
        alone = round(self.trainable * self.uniqueness)
        return (
            f"{self.trainable:,} rows to learn from weigh as {alone:,}: labels that overlap share"
            " their weight."
        )

    @property
    def failed(self) -> tuple[QualityCheck, ...]:
        """The checks that stop a build."""
        return tuple(check for check in self.checks if check.outcome == "failed")
