"""The packs: families of models that come with the lab, or that you add."""

from collections.abc import Sequence

from pydantic.dataclasses import dataclass

from sigma_core.domain._fields import NOUN
from sigma_core.domain.catalog import PackRow
from sigma_core.lab import Lab
from sigma_core.packs import names, pack, pack_ids
from sigma_core.progress import Progress, silent
from sigma_core.verbs import verb
from sigma_core.verbs._text import columns, count


@dataclass(frozen=True, kw_only=True, config=NOUN)
class Packs:
    """All packs: there is nothing to choose."""


def screen(rows: Sequence[PackRow]) -> str:
    """Packs, one a line."""
    heads = ("pack", "models", "cadences", "what it does")
    table = [(r.pack_id, count(r.models), ", ".join(r.cadences), r.sentence) for r in rows]
    return columns(table, heads) if table else "No pack: a folder with a pack.yaml is one."


@verb("GET", "/packs", table=screen)
def packs(lab: Lab, ask: Packs, progress: Progress = silent) -> list[PackRow]:  # noqa: ARG001
    """List the packs, with how much each holds."""
    return [_row(lab, pack_id) for pack_id in pack_ids(lab.packs)]


def _row(lab: Lab, pack_id: str) -> PackRow:
    said = pack(lab.packs, pack_id)
    return PackRow(
        pack_id=pack_id,
        title=said.title,
        sentence=said.sentence,
        horizons=said.horizons,
        cadences=said.cadences,
        models=len(names(lab.packs, pack_id, "model_configs")),
        templates=len(names(lab.packs, pack_id, "model_templates")),
        indicator_sets=len(names(lab.packs, pack_id, "indicator_sets")),
        policies=len(names(lab.packs, pack_id, "policy_templates")),
    )
