"""Change an indicator set or a policy of a pack: for all that take it, or for one model."""

from dataclasses import replace
from typing import Any

from pydantic import Field
from pydantic.dataclasses import dataclass

from sigma_core.domain._fields import NOUN, Words
from sigma_core.domain.editing import Change, Edited, PartKind
from sigma_core.domain.model import ModelConfig
from sigma_core.errors import BadRequest
from sigma_core.lab import Lab
from sigma_core.pack_edits import (
    FOLDERS,
    Texts,
    changed_text,
    changing,
    own_part,
    part_as,
    problem,
    resolved_as,
    stale,
    text_sha,
    users_of,
    write,
)
from sigma_core.pack_files import pending, text_of, where
from sigma_core.packs import file_of, model
from sigma_core.progress import Progress, silent
from sigma_core.verbs import verb
from sigma_core.verbs._catalog import DEMO_PACK
from sigma_core.verbs._edit import anew_of, changes_of, screen, shas_of, warnings_of


@dataclass(frozen=True, kw_only=True, config=NOUN)
class EditPart:
    """Which part, and its new text or the fields that change; what is not given stays."""

    kind: PartKind
    name: str
    pack_id: str = DEMO_PACK
    model_id: str = ""
    """Leave the shared part as it is, and give this model one of its own."""
    dry_run: bool = False
    """Only say what would change."""
    text: str = ""
    """All of its YAML."""
    if_sha: str = ""
    """`text_sha` of the text that was changed: refused if the file is another by now."""
    changes: dict[str, Any] = Field(default_factory=dict)
    """Fields and their new values, as JSON."""
    clear: Words = ()
    """Fields to put back to their defaults."""


@verb("POST", "/packs/parts", table=screen)
def edit_part(lab: Lab, ask: EditPart, progress: Progress = silent) -> Edited:  # noqa: ARG001
    """Change an indicator set or policy for all models that take it, or make one its own."""
    root, pack_id = lab.packs, ask.pack_id
    source = file_of(root, pack_id, FOLDERS[ask.kind], ask.name)
    to = ask.model_id or ask.name
    own = ask.model_id if ask.model_id != ask.name else ""  # a model's own part is edited in place
    with changing(root, pack_id):
        before = text_of(root, source)
        if ask.if_sha and ask.if_sha != text_sha(before):
            raise stale(root, source)
        text = changed_text(root, source, text=ask.text, changes=ask.changes, clear=ask.clear)
        texts: Texts = {source: text}
        if own:
            texts = own_part(root, pack_id, own, kind=ask.kind, name=ask.name, text=text)
        was, now = _part(lab, ask), part_as(root, texts, pack_id, ask.kind, to)
        users = _users(lab, texts, ask, [own] if own else [])
        written = not ask.dry_run and (bool(own) or text != before)
        if written:
            write(root, texts, was={file: text_of(root, file) for file in texts if file.exists()})
    return Edited(
        pack_id=pack_id,
        name=to,
        written=written,
        files=tuple(where(root, file) for file in texts),
        text=text,
        text_sha=text_sha(text),
        changes=changes_of(was, now),
        shas=tuple(_of(after, each) for before, after in users for each in shas_of(before, after)),
        anew=tuple(dict.fromkeys(line for pair in users for line in anew_of(*pair))),
        warnings=tuple(
            dict.fromkeys(
                line
                for _, after in users
                for line in warnings_of(lab, texts, pack_id, after.model_id)
            )
        ),
        models=tuple(after.model_id for _, after in users),
    )


def _part(lab: Lab, ask: EditPart) -> dict[str, Any]:
    """The part as it is, with every default; no fields if it is at fault, which this may mend."""
    try:
        return part_as(lab.packs, {}, ask.pack_id, ask.kind, ask.name)
    except BadRequest:
        return {}


def _users(
    lab: Lab, texts: Texts, ask: EditPart, own: list[str]
) -> list[tuple[ModelConfig | None, ModelConfig]]:
    """Models that change, before and after; one that cannot be used either way is left out.

    Raises as `model` for one that could be used, and no longer could.
    """
    root, found = lab.packs, []
    for each in own or users_of(root, ask.pack_id, ask.kind, ask.name):
        usable = not problem(root, ask.pack_id, each)
        with pending(texts):
            mended = not problem(root, ask.pack_id, each)
        if usable or mended:
            before = model(root, ask.pack_id, each) if usable else None
            found.append((before, resolved_as(root, texts, ask.pack_id, each)))
    return found


def _of(config: ModelConfig, change: Change) -> Change:
    """A change of one of several models."""
    return replace(change, field=f"{config.model_id} {change.field}")
