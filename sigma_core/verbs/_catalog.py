"""What the verbs of the catalogue share: rows of models, and how lists of them are drawn."""

from collections import defaultdict
from collections.abc import Sequence
from functools import partial
from itertools import chain
from pathlib import Path

from sigma_core.domain.catalog import ModelRow
from sigma_core.domain.model import LabelSpec, ModelConfig, ModelId
from sigma_core.errors import SigmaError
from sigma_core.lab import Lab
from sigma_core.packs import model, names, pack_ids
from sigma_core.verbs._kept import FilePrint, kept, print_of
from sigma_core.verbs._text import DASH, columns, count

DEMO_PACK = "swingsigma"
MOST_ROWS = 10_000
"""Models whose row is kept: every page asks for those of all."""


def model_rows(lab: Lab, pack_id: str = "", *, archived: bool = False) -> list[ModelRow]:
    """All models, or a pack's; one that cannot be used is listed with its problem.

    With `archived` those too that were put away, last.
    """
    packs = [pack_id] if pack_id else pack_ids(lab.packs)
    found = [row for p in packs for row in _of_pack(lab, p)]
    away = [
        archived_row(p, name)
        for p in packs
        for name in (names(lab.packs, p, "archived_models") if archived else ())
    ]
    return found + away


def archived_row(pack_id: str, model_id: str) -> ModelRow:
    """A model that was put away: only what its name says, for its file is not looked into."""
    return _named(pack_id, model_id, archived=True)


def row_of(config: ModelConfig) -> ModelRow:
    """A model as it is listed."""
    return ModelRow(
        pack_id=config.pack_id,
        model_id=config.model_id,
        ticker=config.ticker,
        asset=config.asset,
        horizon=config.horizon,
        cadence=config.cadence,
        provider=config.provider,
        label=label_words(config.label),
        indicators=len(config.asked),
        policy=config.policy_name or "",
        risk_profile=config.risk_profile,
        active=config.active,
        notes=config.notes,
    )


def label_words(label: LabelSpec) -> str:
    """Kind and horizon of a label.

    >>> label_words(LabelSpec(kind="fwd_ret", params={"sessions": 5, "bars": None}))
    'fwd_ret 5 sessions'
    """
    spans = [f"{n} {unit}" for unit in ("bars", "sessions") if (n := label.params.get(unit))]
    return " ".join([label.kind, *spans])


def models_screen(rows: Sequence[ModelRow]) -> str:
    """Models, one a line, and below what is wrong with any."""
    heads = ("model", "pack", "ticker", "cadence", "label", "indicators", "policy", "risk", "data")
    table = [
        (
            row.model_id + _beside(row),
            row.pack_id,
            row.ticker,
            row.cadence,
            row.label,
            count(row.indicators) if row.indicators else DASH,
            row.policy,
            row.risk_profile,
            row.provider,
        )
        for row in rows
    ]
    if not table:
        return "No model yet. `make init-auto` makes one."
    problems = "".join(f"\n✕ {row.problem}" for row in rows if row.problem)
    return columns(table, heads) + (f"\n{problems}" if problems else "")


def _of_pack(lab: Lab, pack_id: str) -> list[ModelRow]:
    """Rows of a pack's models; of each anew only when its file or what it may share changes."""
    home, ids = lab.packs / pack_id, names(lab.packs, pack_id, "model_configs")
    by_folder: dict[str, set[FilePrint]] = defaultdict(set)
    for each in print_of([home]):
        by_folder[Path(each[0]).parent.name].add(each)
    own = {Path(each[0]).stem: each for each in by_folder.pop("model_configs", set())}
    for aside in ("archived_models", "sweep_configs", "model_templates"):
        by_folder.pop(aside, None)
    shared = frozenset(chain.from_iterable(by_folder.values()))
    return [
        kept(
            ("row", lab.packs, pack_id, name),
            shared | {own[name]} if name in own else shared,  # taken away since it was listed
            partial(_listed, lab, pack_id, name),
            most=MOST_ROWS,
        )
        for name in ids
    ]


def _beside(row: ModelRow) -> str:
    if row.archived:
        return " (archived)"
    return "" if row.active or row.problem else " (not active)"


def _listed(lab: Lab, pack_id: str, model_id: str) -> ModelRow:
    try:
        return row_of(model(lab.packs, pack_id, model_id))
    except SigmaError as error:
        return _named(pack_id, model_id, problem=f"{error} {error.hint}".strip())


def _named(pack_id: str, model_id: str, *, problem: str = "", archived: bool = False) -> ModelRow:
    said = ModelId.read(model_id)
    return ModelRow(
        pack_id=pack_id,
        model_id=model_id,
        ticker=said.ticker.upper() if said else "",
        cadence=said.cadence if said else "",
        problem=problem,
        archived=archived,
    )
