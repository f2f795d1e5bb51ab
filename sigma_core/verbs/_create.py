"""Making a model from a template of its pack: what `init` and `init_auto` share."""

from typing import get_args

from sigma_core.domain._fields import Asset, Cadence, Horizon, RiskName
from sigma_core.domain.catalog import Created
from sigma_core.domain.model import ModelId
from sigma_core.domain.pack import ModelFile, ModelTemplate
from sigma_core.errors import BadRequest
from sigma_core.lab import Lab
from sigma_core.packs import names, pack, template, where, write_model
from sigma_core.parse import parse, plain
from sigma_core.verbs._catalog import row_of

_WORDS = {"asset": get_args(Asset), "horizon": get_args(Horizon), "cadence": get_args(Cadence)}
_FROM_TEMPLATE = ("indicator_set", "features", "label", "learner", "allow_quality")
_FILES = ("model_configs", "policy_templates", "sweep_configs")


def create(
    lab: Lab,
    *,
    pack_id: str,
    model_id: str,
    ticker: str,
    parts: dict[str, str | None],
    from_template: str,
    provider: str,
    risk_profile: RiskName,
    notes: str,
) -> Created:
    """Write a new model with its own policy and grid; `parts` are asset, horizon and cadence.

    Raises UnknownName or BadRequest; then nothing is written.
    """
    chosen = _template(lab, pack_id, from_template, parts)
    given = parse(
        ModelFile,
        {
            "model_id": model_id,
            "pack_id": pack_id,
            "ticker": ticker.upper(),
            **parts,
            **{name: plain(getattr(chosen, name)) for name in _FROM_TEMPLATE},
            "provider": provider or chosen.provider,
            "risk_profile": risk_profile,
            "notes": notes,
        },
    )
    made = write_model(
        lab.packs, pack_id, model_id, given, policy=risk_profile, grid=chosen.sweep_config
    )
    home = lab.packs / pack_id
    return Created(
        model=row_of(made),
        files=tuple(where(lab.packs, home / part / f"{model_id}.yaml") for part in _FILES),
        next=f"make pipeline MODEL_ID={model_id} PACK_ID={pack_id}",
    )


def said_parts(
    lab: Lab, pack_id: str, model_id: str, asked: dict[str, str | None], from_template: str
) -> dict[str, str | None]:
    """Asset, horizon and cadence: as asked, else in the name, the template, the pack's first."""
    said, words = ModelId.read(model_id), model_id.split("_")
    usual: ModelTemplate | None = None
    if from_template:
        usual = template(lab.packs, pack_id, from_template)
    home = pack(lab.packs, pack_id)
    return {
        name: asked[name]
        or getattr(said, name, None)
        or next((word for word in words if word in known), None)
        or (getattr(usual, name) if usual else getattr(home, f"{name}s")[0])
        for name, known in _WORDS.items()
    }


def screen(done: Created) -> str:
    """What was made, where to edit it, what to do next."""
    files = "\n".join(f"  {file}" for file in done.files)
    m = done.model
    head = f"{m.model_id}: {m.ticker}, {m.horizon}, {m.cadence}, {m.label}, risk {m.risk_profile}"
    return f"{head}\n{files}\nnext: {done.next}"


def _template(lab: Lab, pack_id: str, name: str, parts: dict[str, str | None]) -> ModelTemplate:
    """The template asked for, or the first made for such a model."""
    known = names(lab.packs, pack_id, "model_templates")
    if name:
        return template(lab.packs, pack_id, name)
    found = {one: template(lab.packs, pack_id, one) for one in known}
    for one in found.values():
        if all(getattr(one, part) == value for part, value in parts.items()):
            return one
    there = [f"{n} ({t.asset} {t.horizon} {t.cadence})" for n, t in found.items()]
    raise BadRequest(
        f"{pack_id} has no template for {' '.join(str(part) for part in parts.values())}.",
        hint=f"Choose one by TEMPLATE=: {', '.join(there)}.",
    )
