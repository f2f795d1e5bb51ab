"""Make a model that is named by its parts."""

from pydantic.dataclasses import dataclass

from sigma_core.domain._fields import NOUN, Asset, Cadence, Horizon, RiskName
from sigma_core.domain.catalog import Created
from sigma_core.domain.model import ModelId
from sigma_core.errors import BadRequest
from sigma_core.lab import Lab
from sigma_core.parse import parse
from sigma_core.progress import Progress, silent
from sigma_core.resolve import slug
from sigma_core.verbs import verb
from sigma_core.verbs._catalog import DEMO_PACK
from sigma_core.verbs._create import create, said_parts, screen


@dataclass(frozen=True, kw_only=True, config=NOUN)
class InitAuto:
    """What the model trades; the template's or the pack's usual where nothing is given."""

    ticker: str
    """Symbol, as its provider knows it."""
    pack_id: str = DEMO_PACK
    asset: Asset | None = None
    horizon: Horizon | None = None
    cadence: Cadence | None = None
    variant: str = ""
    """A word at the end of the name, to tell it from another of the same parts."""
    risk_profile: RiskName = "balanced"
    """Also chooses the execution policy it starts with."""
    template: str = ""
    """What it starts from; the first for such a model if none is given."""
    provider: str = ""
    """Where its bars come from; the template's if not given."""
    notes: str = ""


@verb("POST", "/models/auto", table=screen)
def init_auto(lab: Lab, ask: InitAuto, progress: Progress = silent) -> Created:  # noqa: ARG001
    """Create a model named `<ticker>_<asset>_<horizon>_<cadence>[_variant]` from a template."""
    asked = {"asset": ask.asset, "horizon": ask.horizon, "cadence": ask.cadence}
    parts = said_parts(lab, ask.pack_id, "", dict(asked), ask.template)
    if not slug(ask.ticker):
        raise BadRequest(f"ticker is {ask.ticker!r}.", hint="Give a symbol such as SPY.")
    name = parse(ModelId, {"ticker": slug(ask.ticker), **parts, "variant": ask.variant})
    return create(
        lab,
        pack_id=ask.pack_id,
        model_id=str(name),
        ticker=ask.ticker,
        parts=parts,
        from_template=ask.template,
        provider=ask.provider,
        risk_profile=ask.risk_profile,
        notes=ask.notes,
    )
