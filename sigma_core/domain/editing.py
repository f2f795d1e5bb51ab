"""Editing what packs hold: what would change, what follows from it, and what was written."""

from typing import Literal

from pydantic.dataclasses import dataclass

from sigma_core.domain._fields import NOUN, Sha
from sigma_core.domain.catalog import ModelRow

PartKind = Literal["indicator_set", "policy"]
"""Parts of a pack that several models may share."""


@dataclass(frozen=True, kw_only=True, config=NOUN)
class Change:
    """One field of a resolved model, before and after, as YAML writes it."""

    field: str
    """With dots for what is inside: `policy.brackets.atr_period`."""
    before: str | None
    """None: it was not there."""
    after: str | None
    """None: it is no longer there."""


@dataclass(frozen=True, kw_only=True, config=NOUN)
class PartUse:
    """A part that a model takes from a file of its pack."""

    kind: PartKind
    name: str
    file: str
    text: str
    text_sha: Sha
    models: tuple[str, ...]
    """Other models that take the same; editing it changes them too."""


@dataclass(frozen=True, kw_only=True, config=NOUN)
class ModelText:
    """A model as it is written down, whether it can be used or not."""

    pack_id: str
    model_id: str
    file: str
    text: str
    text_sha: Sha
    """Give it with an edit, and the edit is refused if the file has changed meanwhile."""
    parts: tuple[PartUse, ...]
    problem: str
    """Why it cannot be used, and what to do; empty if it can."""


@dataclass(frozen=True, kw_only=True, config=NOUN)
class Edited:
    """What an edit changes: of the text, of the model, of what was made with it."""

    pack_id: str
    name: str
    """The model, or the part, that is edited."""
    written: bool
    """False for a dry run, and where nothing changes."""
    files: tuple[str, ...]
    """Files that are written, or would be."""
    text: str
    """The edited file as it stands now, or would."""
    text_sha: Sha
    changes: tuple[Change, ...]
    """Of the resolved model; of a part that is edited for all, of the part."""
    shas: tuple[Change, ...]
    """Of `config_sha`, `policy_sha` and `risk_sha` those that change."""
    anew: tuple[str, ...]
    """What must be made anew, in words; empty if nothing."""
    warnings: tuple[str, ...]
    """Settings that are allowed and probably not meant."""
    models: tuple[str, ...]
    """Models that change: the one edited, or all that take a shared part."""


@dataclass(frozen=True, kw_only=True, config=NOUN)
class Archived:
    """A model that was put away, or brought back, and what the lake keeps of it."""

    model: ModelRow
    file: str
    trials: int
    runs: int
