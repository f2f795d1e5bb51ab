"""Make a model under a name of your own."""

from pydantic.dataclasses import dataclass

from sigma_core.domain._fields import NOUN, Asset, Cadence, Horizon, RiskName
from sigma_core.domain.catalog import Created
from sigma_core.domain.model import ModelId
from sigma_core.errors import BadRequest
from sigma_core.lab import Lab
from sigma_core.progress import Progress, silent
from sigma_core.verbs import verb
from sigma_core.verbs._catalog import DEMO_PACK
from sigma_core.verbs._create import create, said_parts, screen


@dataclass(frozen=True, kw_only=True, config=NOUN)
class Init:
    """What the model is called and what it trades; what is not given is read from its name."""

    model_id: str
    """a-z, 0-9 and _: `spy_swing_daily`."""
    pack_id: str = DEMO_PACK
    ticker: str = ""
    """Symbol; read from a name such as `spy_eq_swing_daily` if not given."""
    asset: Asset | None = None
    horizon: Horizon | None = None
    cadence: Cadence | None = None
    risk_profile: RiskName = "balanced"
    """Also chooses the execution policy it starts with."""
    template: str = ""
    """What it starts from; the first for such a model if none is given."""
    provider: str = ""
    """Where its bars come from; the template's if not given."""
    notes: str = ""


@verb("POST", "/models", table=screen)
def init(lab: Lab, ask: Init, progress: Progress = silent) -> Created:  # noqa: ARG001
    """Create a model from a template, with a policy and a sweep grid of its own to edit."""
    said = ModelId.read(ask.model_id)
    ticker = ask.ticker or (said.ticker if said else "")
    if not ticker:
        raise BadRequest(
            f"ticker is required, as {ask.model_id!r} does not say it.",
            hint="Give TICKER=SPY.",
        )
    asked = {"asset": ask.asset, "horizon": ask.horizon, "cadence": ask.cadence}
    return create(
        lab,
        pack_id=ask.pack_id,
        model_id=ask.model_id,
        ticker=ticker,
        parts=said_parts(lab, ask.pack_id, ask.model_id, dict(asked), ask.template),
        from_template=ask.template,
        provider=ask.provider,
        risk_profile=ask.risk_profile,
        notes=ask.notes,
    )
