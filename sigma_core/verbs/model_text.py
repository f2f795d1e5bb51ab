"""A model as it is written down: what an editor begins with."""

from pydantic.dataclasses import dataclass

from sigma_core.domain._fields import NOUN
from sigma_core.domain.editing import ModelText, PartUse
from sigma_core.lab import Lab
from sigma_core.pack_edits import (
    FOLDERS,
    home_of,
    parts_of_model,
    problem,
    text_sha,
    users_of,
)
from sigma_core.pack_edits import model_text as read
from sigma_core.pack_files import text_of, where
from sigma_core.packs import file_of
from sigma_core.progress import Progress, silent
from sigma_core.verbs import verb
from sigma_core.verbs.build import DEMO


@dataclass(frozen=True, kw_only=True, config=NOUN)
class ModelTextAsk:
    """Which model; the demo's if none is given."""

    model_id: str = DEMO
    pack_id: str = ""


def screen(found: ModelText) -> str:
    """The text, and below it where its parts stand."""
    parts = [
        f"{part.kind} {part.name}: {part.file}"
        + (f", also of {', '.join(part.models)}" if part.models else "")
        for part in found.parts
    ]
    trouble = [f"✕ {found.problem}"] if found.problem else []
    return "\n".join([f"{found.file}:", found.text.rstrip(), "", *parts, *trouble])


@verb("GET", "/models/text", table=screen)
def model_text(lab: Lab, ask: ModelTextAsk, progress: Progress = silent) -> ModelText:  # noqa: ARG001
    """Show a model's YAML and the shared parts it takes, whether it can be used or not."""
    pack_id = home_of(lab.packs, ask.model_id, ask.pack_id)
    file, text = read(lab.packs, pack_id, ask.model_id)
    return ModelText(
        pack_id=pack_id,
        model_id=ask.model_id,
        file=where(lab.packs, file),
        text=text,
        text_sha=text_sha(text),
        parts=tuple(
            _part(lab, pack_id, ask.model_id, kind, name)
            for kind, name in parts_of_model(lab.packs, pack_id, ask.model_id).items()
        ),
        problem=problem(lab.packs, pack_id, ask.model_id),
    )


def _part(lab: Lab, pack_id: str, model_id: str, kind: str, name: str) -> PartUse:
    file = file_of(lab.packs, pack_id, FOLDERS[kind], name)
    text = text_of(lab.packs, file)
    others = [each for each in users_of(lab.packs, pack_id, kind, name) if each != model_id]
    return PartUse(
        kind="policy" if kind == "policy" else "indicator_set",
        name=name,
        file=where(lab.packs, file),
        text=text,
        text_sha=text_sha(text),
        models=tuple(others),
    )
