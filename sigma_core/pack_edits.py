"""Changing what a pack holds: edit, clone, archive; all of it checked first, or nothing written."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from sigma_core.domain.model import ModelConfig
from sigma_core.errors import BadRequest, SigmaError, UnknownName, meant
from sigma_core.pack_files import (
    alone,
    create,
    fields_of,
    move,
    pending,
    put,
    taken,
    text_of,
    where,
)
from sigma_core.packs import (
    file_of,
    find_model,
    free_name,
    indicator_set,
    model,
    names,
    pack_ids,
    policy,
    sweep_config_of,
)
from sigma_core.parse import plain
from sigma_core.shelf import sha
from sigma_core.yamltext import edited, load

FOLDERS = {"indicator_set": "indicator_sets", "policy": "policy_templates"}
"""Where parts stand that models may share, by the field of a model that names one."""

Texts = Mapping[Path, str]
"""Files of a pack and what is to stand in them; the first are written first."""


def home_of(root: Path, model_id: str, pack_id: str, folder: str = "model_configs") -> str:
    """The pack that holds a model, usable or not. Raises as `find_model`."""
    packs = [pack_id] if pack_id else pack_ids(root)
    found = [each for each in packs if model_id in names(root, each, folder)]
    return found[0] if len(found) == 1 else _missing(root, model_id, pack_id, folder)


def model_text(root: Path, pack_id: str, model_id: str) -> tuple[Path, str]:
    """A model's file and the text in it."""
    file = file_of(root, pack_id, "model_configs", model_id)
    return file, text_of(root, file)


def text_sha(text: str) -> str:
    """SHA-256 of a text: whether someone else has changed a file meanwhile."""
    return sha(text.encode("utf-8"))


def changed_text(
    root: Path, file: Path, *, text: str, changes: Mapping[str, Any], clear: Sequence[str]
) -> str:
    """The text of a file as asked for: all of it given, or its fields changed or cleared.

    Fields inside fields are kept, unless they too are given; an indicator set takes the place of
    indicators, and the reverse. Raises BadRequest for a text with further changes, or for a field
    to clear that is not there.
    """
    if text and (changes or clear):
        raise BadRequest("text and single fields are both given.", hint="Give one of them.")
    if text:
        return text
    before = text_of(root, file)
    fields = load(before, named=where(root, file))
    after = dict(fields)
    for name in clear:
        if name not in fields:
            raise BadRequest(f"{name} cannot be cleared: it is not set.", hint=meant(name, fields))
        del after[name]
    for name, other in (("indicators", "indicator_set"), ("indicator_set", "indicators")):
        if name in changes:
            after.pop(other, None)
    for name, value in changes.items():
        after[name] = _merged(after.get(name), value) if name == "brackets" else value
    return edited(before, after, named=where(root, file))


def resolved_as(root: Path, texts: Texts, pack_id: str, model_id: str) -> ModelConfig:
    """The model that these texts would make, its grid checked too. Raises as `model`."""
    with pending(texts):
        found = model(root, pack_id, model_id)
        sweep_config_of(root, found)
    return found


def part_as(root: Path, texts: Texts, pack_id: str, kind: str, name: str) -> dict[str, Any]:
    """A part that these texts would make, with every default. Raises as `packs`."""
    with pending(texts):
        found = (indicator_set if kind == "indicator_set" else policy)(root, pack_id, name)
    fields: dict[str, Any] = plain(found)
    return fields


def users_of(root: Path, pack_id: str, kind: str, name: str) -> list[str]:
    """Models of a pack that take a part by its name, those too that cannot be used."""
    there = {kind: names(root, pack_id, FOLDERS[kind])}
    return [
        each
        for each in names(root, pack_id, "model_configs")
        if _parts(root, root / pack_id / "model_configs" / f"{each}.yaml", there).get(kind) == name
    ]


def parts_of_model(root: Path, pack_id: str, model_id: str) -> dict[str, str]:
    """Names of the parts a model takes from files of its pack, by kind."""
    there = {kind: names(root, pack_id, folder) for kind, folder in FOLDERS.items()}
    return _parts(root, file_of(root, pack_id, "model_configs", model_id), there)


def own_part(
    root: Path, pack_id: str, model_id: str, *, kind: str, name: str, text: str
) -> dict[Path, str]:
    """The files of a model that gets a part of its own: the part, and the model that names it."""
    part = root / pack_id / FOLDERS[kind] / f"{model_id}.yaml"
    if model_id in names(root, pack_id, FOLDERS[kind]):
        raise taken(root, part)
    if parts_of_model(root, pack_id, model_id).get(kind) != name:
        raise BadRequest(
            f"{model_id} does not take the {kind} {name}.", hint=f"Its YAML names its {kind}."
        )
    file, before = model_text(root, pack_id, model_id)
    fields = load(before, named=where(root, file))
    return {part: text, file: edited(before, {**fields, kind: model_id}, named=where(root, file))}


def clone_texts(root: Path, pack_id: str, model_id: str, to: str, ticker: str) -> dict[Path, str]:
    """The files of a copy of a model under another name, with its own policy and grid if it has
    them. Raises BadRequest for a name that is none or is taken.
    """
    free_name(root, pack_id, to)
    file, before = model_text(root, pack_id, model_id)
    fields, config = load(before, named=where(root, file)), model(root, pack_id, model_id)
    copied = {
        folder: text_of(root, file_of(root, pack_id, folder, model_id))
        for folder in (*FOLDERS.values(), "sweep_configs")
        if model_id in names(root, pack_id, folder) and to not in names(root, pack_id, folder)
    }
    own = {k: to for k, folder in FOLDERS.items() if folder in copied and fields.get(k) == model_id}
    said = {"ticker": ticker or config.ticker, "asset": config.asset, "horizon": config.horizon}
    told = {"model_id": to, **said, "cadence": config.cadence, **own}
    home = root / pack_id
    texts = {home / folder / f"{to}.yaml": text for folder, text in copied.items()}
    after = {**fields, **told}
    return texts | {file.with_stem(to): edited(before, after, named=where(root, file))}


def write(root: Path, texts: Texts, *, was: Mapping[Path, str]) -> None:
    """Put checked texts in place; `was` are the texts that they take the place of.

    The caller is `changing`. Raises BadRequest, and writes nothing, if a file has changed since.
    """
    for file, before in was.items():
        if text_of(root, file) != before:
            raise stale(root, file)
    for file, text in texts.items():
        if file in was:
            put(file, text)
        else:
            create(root, file, text)


def archive(root: Path, pack_id: str, model_id: str) -> Path:
    """Put a model away: its file moves out of the list, and stays as it is."""
    file = file_of(root, pack_id, "model_configs", model_id)
    to = root / pack_id / "archived_models" / file.name
    move(root, file, to)
    return to


def restore(root: Path, pack_id: str, model_id: str) -> Path:
    """Bring an archived model back into the list."""
    file = file_of(root, pack_id, "archived_models", model_id)
    to = root / pack_id / "model_configs" / file.name
    move(root, file, to)
    return to


def changing(root: Path, pack_id: str) -> AbstractContextManager[None]:
    """Within, no one else changes the pack."""
    return alone(root / pack_id)


def stale(root: Path, file: Path) -> BadRequest:
    """The error of a file that is no longer what the edit began with."""
    return BadRequest(
        f"{where(root, file)} was changed meanwhile.", hint="Read it again, then change it."
    )


def problem(root: Path, pack_id: str, model_id: str) -> str:
    """Why a model cannot be used, and what to do; empty if it can."""
    try:
        model(root, pack_id, model_id)
    except SigmaError as error:
        return f"{error} {error.hint}".strip()
    return ""


def _parts(root: Path, file: Path, there: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Of the parts that are there, by kind, those that a model's file names."""
    try:
        fields = fields_of(root, file)
    except BadRequest:  # a file that is not YAML takes nothing; the list of models says so
        return {}
    named = {"policy": fields.get("risk_profile", "balanced")} | {
        kind: fields[kind] for kind in FOLDERS if fields.get(kind)
    }
    return {kind: named[kind] for kind in there if named.get(kind) in there[kind]}


def _merged(before: Any, value: Any) -> Any:
    both = isinstance(before, Mapping) and isinstance(value, Mapping)
    return {**before, **value} if both else value


def _missing(root: Path, model_id: str, pack_id: str, folder: str) -> str:
    """Raises what `find_model` would."""
    if folder == "model_configs":
        return find_model(root, model_id, pack_id).pack_id
    packs = [pack_id] if pack_id else pack_ids(root)
    known = {name for each in packs for name in names(root, each, folder)}
    raise UnknownName("archived model", model_id, known)
