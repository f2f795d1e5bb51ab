"""Packs: what their files say, turned into models with everything looked up."""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from sigma_core.domain.model import ModelConfig
from sigma_core.domain.pack import IndicatorSet, ModelFile, ModelTemplate, Pack
from sigma_core.domain.policy import Policy
from sigma_core.domain.sweep import SAID, SweepConfig
from sigma_core.errors import BadRequest, UnknownName, shown
from sigma_core.pack_customs import customs_of
from sigma_core.pack_files import create, fields_of, files_in, put, taken, text_of, where
from sigma_core.parse import parse, plain
from sigma_core.refusals import refuse_hours, refuse_momentum
from sigma_core.resolve import (
    check_grid,
    config_sha,
    known_indicators,
    policy_sha,
    refuse_foreign,
    resolved,
    risk_sha,
    told,
)
from sigma_core.yamltext import HEAD, dumped, edited, lines

__all__ = [
    "config_sha", "file_of", "find_model", "free_name", "indicator_set", "model", "models", "names",
    "pack", "pack_ids", "policy", "policy_sha", "refuse_gate", "refuse_hours",
    "risk_sha",
    "sweep_config_file", "sweep_config_of", "template", "where", "write_model",
    "write_sweep_config",
]  # fmt: skip

T = TypeVar("T")

KINDS: Mapping[str, str] = {
    "model_configs": "model",
    "archived_models": "archived model",
    "indicator_sets": "indicator set",
    "policy_templates": "policy",
    "model_templates": "template",
    "sweep_configs": "sweep config",
}
"""Folders of a pack, and what one file in each is."""

_NAME = re.compile(r"[a-z0-9_]{1,80}")
_ARCHIVED = "It is archived: make archive-model MODEL_ID={} RESTORE=true brings it back."


def pack_ids(root: Path) -> list[str]:
    """Folders of `root` with a `pack.yaml`, sorted. Raises BadRequest if there is no `root`."""
    if not root.is_dir():
        raise BadRequest(f"There is no folder {root}.", hint="SIGMA_PACKS names the packs' folder.")
    return sorted(file.parent.name for file in root.glob("*/pack.yaml"))


def names(root: Path, pack_id: str, folder: str) -> list[str]:
    """Names of a pack's files in one of KINDS, sorted.

    Raises UnknownName for the pack, BadRequest for a file that would never be found by its name.
    """
    files = files_in(_home(root, pack_id) / folder)
    for file in files:
        if file.suffix != ".yaml" or not _NAME.fullmatch(file.stem):
            raise BadRequest(
                f"{where(root, file)} cannot be the name of a {KINDS[folder]}.",
                hint="Use a-z, 0-9 and _, and end it in .yaml.",
            )
    return [file.stem for file in files]


def pack(root: Path, pack_id: str) -> Pack:
    """What `pack.yaml` says. Raises UnknownName, or BadRequest for a fault in the file."""
    return _parsed(Pack, root, _home(root, pack_id) / "pack.yaml")


def indicator_set(root: Path, pack_id: str, name: str) -> IndicatorSet:
    """A set of indicators, each under the registry's name with all its parameters."""
    file = file_of(root, pack_id, "indicator_sets", name)
    found = _parsed(IndicatorSet, root, file)
    with told(where(root, file)):
        return replace(found, indicators=known_indicators(found.indicators))


def policy(root: Path, pack_id: str, name: str) -> Policy:
    """An execution policy of the pack. Raises UnknownName or BadRequest."""
    return _parsed(Policy, root, file_of(root, pack_id, "policy_templates", name))


def template(root: Path, pack_id: str, name: str) -> ModelTemplate:
    """What a new model of the pack may start from. Raises UnknownName or BadRequest."""
    return _parsed(ModelTemplate, root, file_of(root, pack_id, "model_templates", name))


def models(root: Path, pack_id: str = "") -> list[ModelConfig]:
    """All models, or those of one pack, resolved. Raises for the first that is at fault."""
    packs = [pack_id] if pack_id else pack_ids(root)
    return [model(root, p, name) for p in packs for name in names(root, p, "model_configs")]


def find_model(root: Path, model_id: str, pack_id: str = "") -> ModelConfig:
    """The model of that name, in whatever pack it is.

    Raises UnknownName, with what was probably meant; BadRequest if several packs have it.
    """
    found = _homes_of(root, model_id, pack_id)
    if len(found) > 1:
        raise BadRequest(
            f"{model_id} is in several packs: {', '.join(found)}.", hint=f"Give PACK_ID={found[0]}."
        )
    return model(root, found[0], model_id)


def _homes_of(root: Path, model_id: str, pack_id: str = "") -> list[str]:
    """Packs with a model of that name, one at least. Raises UnknownName as `find_model` does."""
    packs = [pack_id] if pack_id else pack_ids(root)
    homes = {p: names(root, p, "model_configs") for p in packs}
    found = [p for p, known in homes.items() if model_id in known]
    if not found:
        away = next((p for p in packs if model_id in names(root, p, "archived_models")), None)
        kind = f"model of {pack_id}" if pack_id else "model"
        known = {name for each in homes.values() for name in each}
        raise UnknownName(kind, model_id, known, hint=(away and _ARCHIVED.format(model_id)) or "")
    return found


def refuse_unknown(root: Path, model_id: str, pack_id: str = "") -> None:
    """What an empty answer may be due to: raises UnknownName if no such model or pack is there."""
    if model_id:
        _homes_of(root, model_id, pack_id)
    elif pack_id:
        _home(root, pack_id)


def model(root: Path, pack_id: str, model_id: str) -> ModelConfig:
    """A model with everything looked up and checked.

    Raises UnknownName or BadRequest, naming the file, the field and the nearest valid name.
    """
    file = file_of(root, pack_id, "model_configs", model_id)
    given = _parsed(ModelFile, root, file)
    with told(where(root, file)):
        return _looked_up(root, pack_id, model_id, given)


def sweep_config_of(root: Path, config: ModelConfig) -> SweepConfig:
    """The grid of a model: the sweep config of its name, else the pack's `default`, else ours.

    Raises BadRequest for a rule that is none, or hours on a daily model.
    """
    known = names(root, config.pack_id, "sweep_configs")
    name = next((one for one in (config.model_id, "default") if one in known), None)
    if name is None:
        return SweepConfig()
    file = file_of(root, config.pack_id, "sweep_configs", name)
    grid = _parsed(SweepConfig, root, file)
    with told(where(root, file)):
        refuse_hours(config, grid.allowed_hours_variants)
        check_grid(grid)
    return grid


def sweep_config_file(root: Path, config: ModelConfig) -> Path:
    """Where the grid of a model stands, or would stand."""
    return _home(root, config.pack_id) / "sweep_configs" / f"{config.model_id}.yaml"


def write_model(
    root: Path, pack_id: str, model_id: str, given: ModelFile, *, policy: str, grid: str
) -> ModelConfig:
    """Write a new model, with its own copies of a policy and a sweep config of the pack.

    A policy or sweep config that already has the model's name is taken as it is. All is checked
    first and the model's own file comes last, so there is never half a model.
    Raises BadRequest for a name that is none or is taken, or whatever `model` would refuse.
    """
    file, home = free_name(root, pack_id, model_id), _home(root, pack_id)
    parts = {"policy_templates": policy, "sweep_configs": grid}
    there = {part for part in parts if model_id in names(root, pack_id, part)}
    own = model_id if "policy_templates" in there else policy
    _looked_up(root, pack_id, model_id, replace(given, policy=own))
    for part, source in parts.items():
        if part not in there:
            text = text_of(root, file_of(root, pack_id, part, source))
            create(root, home / part / f"{model_id}.yaml", text)
    fields = plain(replace(given, policy=model_id))
    create(root, file, dumped({k: v for k, v in fields.items() if v not in (None, [], "")}))
    return model(root, pack_id, model_id)


def free_name(root: Path, pack_id: str, model_id: str) -> Path:
    """Where a new model of that name would stand. Raises BadRequest if it is none, or taken."""
    if not _NAME.fullmatch(model_id):
        raise BadRequest(f"{shown(model_id)} cannot be a model's name.", hint="Use a-z, 0-9 and _.")
    home, file = _home(root, pack_id), f"{model_id}.yaml"
    for folder in ("model_configs", "archived_models"):
        if (home / folder / file).exists():
            raise taken(root, home / folder / file)
    return home / "model_configs" / file


def write_sweep_config(root: Path, config: ModelConfig, grid: SweepConfig) -> Path:
    """Write the grid of a model in place of the one it had; the path of its file.

    In a file that is there only what changes is rewritten, so its comments stay; a new one explains
    every field.
    """
    refuse_hours(config, grid.allowed_hours_variants)
    check_grid(grid)
    file = sweep_config_file(root, config)
    fields = {name: value for name, value in plain(grid).items() if value is not None}
    put(file, _changed(root, file, fields) if file.exists() else _explained(fields))
    return file


def _changed(root: Path, file: Path, fields: Mapping[str, object]) -> str:
    """A grid's text with these values; what means the same stays as it is written."""
    named, text = where(root, file), text_of(root, file)
    before, usual = fields_of(root, file), plain(SweepConfig())
    means = plain(parse(SweepConfig, before, where=f"{named}: "))
    after = {
        name: before[name] if name in before and means[name] == value else value
        for name, value in fields.items()
        if name in before or value != usual[name]
    }
    return edited(text, after, named=named)


def _explained(fields: Mapping[str, object]) -> str:
    """A new grid's text, each field under a line that says what it is."""
    said = (f"# {SAID[name]}\n{lines({name: value})}" for name, value in fields.items())
    return HEAD + "".join(said)


def _home(root: Path, pack_id: str) -> Path:
    """A pack's folder. Names are looked up, never joined to a path unseen."""
    if pack_id not in (known := pack_ids(root)):
        raise UnknownName("pack", pack_id, known)
    return root / pack_id


def file_of(root: Path, pack_id: str, folder: str, name: str) -> Path:
    """The file of a name in one of KINDS. Raises UnknownName, with what was probably meant."""
    if name not in (known := names(root, pack_id, folder)):
        raise UnknownName(f"{KINDS[folder]} of {pack_id}", name, known)
    return root / pack_id / folder / f"{name}.yaml"


def _looked_up(root: Path, pack_id: str, model_id: str, given: ModelFile) -> ModelConfig:
    indicators = given.indicators
    if given.indicator_set:
        indicators += indicator_set(root, pack_id, given.indicator_set).indicators
    name, chosen = _policy_of(root, pack_id, given)
    customs = customs_of(root, _home(root, pack_id), given.custom_indicators)
    found = resolved(
        pack_id, model_id, given, indicators=indicators, customs=customs, policy=chosen
    )
    refuse_foreign(pack(root, pack_id), found)
    refuse_gate(found)
    return replace(found, policy_name=name)


def refuse_gate(config: ModelConfig) -> None:
    """Raises BadRequest if the momentum gate reads what the model does not look at."""
    if config.policy.momentum_gate:
        from sigma_core.engine.features import columns_of  # a second to import
        from sigma_core.engine.matrix import chosen

        columns = columns_of(config.asked)
        refuse_momentum(config.policy, chosen(columns, config.features))


def _policy_of(root: Path, pack_id: str, given: ModelFile) -> tuple[str | None, Policy]:
    """By name, in place, or named like the risk profile; the default if the pack has none such."""
    if isinstance(given.policy, dict):
        return None, parse(Policy, given.policy, where="policy.")
    name = given.policy or given.risk_profile
    if not given.policy and name not in names(root, pack_id, "policy_templates"):
        return None, Policy()
    return name, policy(root, pack_id, name)


def _parsed(cls: type[T], root: Path, file: Path) -> T:
    return parse(cls, fields_of(root, file), where=f"{where(root, file)}: ")
