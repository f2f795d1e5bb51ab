"""Change a model: all of its YAML, or single fields of it."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from typing import Any

from pydantic.dataclasses import dataclass

from sigma_core.domain._fields import NOUN, Asset, Cadence, Horizon, RiskName, Words
from sigma_core.domain.editing import Edited
from sigma_core.domain.model import ModelConfig
from sigma_core.domain.pack import PolicyGiven
from sigma_core.errors import BadRequest
from sigma_core.lab import Lab
from sigma_core.pack_edits import (
    changed_text,
    changing,
    home_of,
    model_text,
    problem,
    resolved_as,
    stale,
    text_sha,
    write,
)
from sigma_core.pack_files import where
from sigma_core.packs import model
from sigma_core.parse import plain
from sigma_core.progress import Progress, silent
from sigma_core.verbs import verb
from sigma_core.verbs._edit import anew_of, changes_of, screen, shas_of, warnings_of


@dataclass(frozen=True, kw_only=True, config=NOUN)
class EditModel:
    """Which model, and its new text or the fields that change; what is not given stays."""

    model_id: str
    pack_id: str = ""
    dry_run: bool = False
    """Only say what would change."""
    text: str = ""
    """All of its YAML."""
    if_sha: str = ""
    """`text_sha` of the text that was changed: refused if the file is another by now."""
    clear: Words = ()
    """Fields to put back to their defaults: `start,end`."""
    ticker: str | None = None
    asset: Asset | None = None
    horizon: Horizon | None = None
    cadence: Cadence | None = None
    provider: str | None = None
    indicator_set: str | None = None
    """Takes the place of `indicators`."""
    indicators: tuple[dict[str, Any], ...] | None = None
    """Takes the place of `indicator_set`."""
    custom_indicators: tuple[dict[str, Any], ...] | None = None
    features: Words | None = None
    label: dict[str, Any] | None = None
    learner: dict[str, Any] | None = None
    policy: PolicyGiven = None
    """The name of a policy, or the fields of one of its own."""
    risk_profile: RiskName | None = None
    allow_quality: Words | None = None
    start: date | None = None
    end: date | None = None
    holdout: date | None = None
    """First session that is sealed."""
    active: bool | None = None
    notes: str | None = None


_ABOUT = ("model_id", "pack_id", "dry_run", "text", "if_sha", "clear")


@verb("POST", "/models/edit", table=screen)
def edit_model(lab: Lab, ask: EditModel, progress: Progress = silent) -> Edited:  # noqa: ARG001
    """Change a model's fields or its YAML, or with `dry_run` say what would change."""
    pack_id = home_of(lab.packs, ask.model_id, ask.pack_id)
    with changing(lab.packs, pack_id):
        file, before = model_text(lab.packs, pack_id, ask.model_id)
        if ask.if_sha and ask.if_sha != text_sha(before):
            raise stale(lab.packs, file)
        text = changed_text(lab.packs, file, text=ask.text, changes=_changes(ask), clear=ask.clear)
        after = resolved_as(lab.packs, {file: text}, pack_id, ask.model_id)
        was = _before(lab, pack_id, ask.model_id)
        written = not ask.dry_run and text != before
        if written:
            write(lab.packs, {file: text}, was={file: before})
    return Edited(
        pack_id=pack_id,
        name=ask.model_id,
        written=written,
        files=(where(lab.packs, file),),
        text=text,
        text_sha=text_sha(text),
        changes=changes_of(plain(was) if was else {}, plain(after)),
        shas=shas_of(was, after),
        anew=anew_of(was, after),
        warnings=warnings_of(lab, {file: text}, pack_id, ask.model_id),
        models=(ask.model_id,),
    )


def _changes(ask: EditModel) -> Mapping[str, Any]:
    """Fields that are given."""
    named = [each.name for each in fields(ask) if each.name not in _ABOUT]
    given = {name: getattr(ask, name) for name in named}
    found = {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in given.items()
        if value is not None
    }
    if twice := sorted(found.keys() & set(ask.clear)):
        raise BadRequest(f"{twice[0]} is both given and cleared.", hint="Do one of them.")
    return found


def _before(lab: Lab, pack_id: str, model_id: str) -> ModelConfig | None:
    """The model as it is; None if it cannot be used, which an edit may mend."""
    usable = not problem(lab.packs, pack_id, model_id)
    return model(lab.packs, pack_id, model_id) if usable else None
