"""One pack, and the names of all it holds."""

from pydantic.dataclasses import dataclass

from sigma_core.domain._fields import NOUN
from sigma_core.domain.catalog import PackDetail
from sigma_core.lab import Lab
from sigma_core.packs import names, pack
from sigma_core.progress import Progress, silent
from sigma_core.verbs import verb
from sigma_core.verbs._catalog import DEMO_PACK, model_rows, models_screen


@dataclass(frozen=True, kw_only=True, config=NOUN)
class PackAsk:
    """Which pack; the demo's if none is given."""

    pack_id: str = DEMO_PACK


def screen(detail: PackDetail) -> str:
    """A pack: what it is for, its models, what else there is, what to try."""
    parts = (
        ("templates", detail.templates),
        ("indicator sets", detail.indicator_sets),
        ("policies", detail.policies),
        ("sweep configs", detail.sweep_configs),
    )
    lines = [
        f"{detail.title} ({detail.pack_id})",
        detail.sentence,
        "",
        models_screen(detail.models),
    ]
    lines += ["", *(f"{name + ':':16}{', '.join(found)}" for name, found in parts)]
    return "\n".join([*lines, "", "try:", *(f"  {line}" for line in detail.demo)])


@verb("GET", "/packs/{pack_id}", table=screen)
def pack_detail(lab: Lab, ask: PackAsk, progress: Progress = silent) -> PackDetail:  # noqa: ARG001
    """One pack: what it is for, its models, and the names of all else it holds."""
    said = pack(lab.packs, ask.pack_id)
    return PackDetail(
        pack_id=ask.pack_id,
        title=said.title,
        sentence=said.sentence,
        assets=said.assets,
        horizons=said.horizons,
        cadences=said.cadences,
        demo=said.demo,
        models=tuple(model_rows(lab, ask.pack_id)),
        templates=tuple(names(lab.packs, ask.pack_id, "model_templates")),
        indicator_sets=tuple(names(lab.packs, ask.pack_id, "indicator_sets")),
        policies=tuple(names(lab.packs, ask.pack_id, "policy_templates")),
        sweep_configs=tuple(names(lab.packs, ask.pack_id, "sweep_configs")),
    )
