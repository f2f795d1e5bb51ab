"""A pack: a family of models, and the files it is made of as they are written down."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from pydantic import BeforeValidator, Field
from pydantic.dataclasses import dataclass

from sigma_core.domain._fields import NOUN, Asset, Cadence, Horizon, RiskName, Words
from sigma_core.domain.model import CustomFile, IndicatorSpec, LabelSpec, LearnerSpec


def _policy(raw: Any) -> Any:
    if raw is None or isinstance(raw, str | Mapping):
        return raw
    raise ValueError("give the name of a policy, or the fields of one")


PolicyGiven = Annotated[str | dict[str, Any] | None, BeforeValidator(_policy)]
"""The name of a policy template, or the fields of a policy."""


@dataclass(frozen=True, kw_only=True, config=NOUN)
class Pack:
    """`pack.yaml`: what the family is for."""

    title: str
    sentence: str
    """What it trades and for how long, in one line."""
    assets: Annotated[tuple[Asset, ...], Field(min_length=1)] = ("eq",)
    horizons: Annotated[tuple[Horizon, ...], Field(min_length=1)]
    """Horizons its models may have; a new model gets the first."""
    cadences: Annotated[tuple[Cadence, ...], Field(min_length=1)]
    """Cadences its models may have; a new model gets the first."""
    demo: tuple[str, ...] = ()
    """Commands that show what it can do."""


@dataclass(frozen=True, kw_only=True, config=NOUN)
class IndicatorSet:
    """`indicator_sets/<name>.yaml`: indicators that go together."""

    sentence: str
    """What they see, in one line."""
    indicators: Annotated[tuple[IndicatorSpec, ...], Field(min_length=1)]


@dataclass(frozen=True, kw_only=True, config=NOUN)
class ModelTemplate:
    """`model_templates/<name>.yaml`: what a new model starts from."""

    sentence: str
    """What such a model does, in one line."""
    asset: Asset = "eq"
    horizon: Horizon
    cadence: Cadence
    provider: str = "auto"
    indicator_set: str
    """Name of an indicator set of the pack."""
    features: Words = ("*",)
    label: LabelSpec
    learner: LearnerSpec = Field(default_factory=LearnerSpec)
    sweep_config: str = "default"
    """Name of the sweep config a new model gets a copy of."""
    allow_quality: Words = ()


@dataclass(frozen=True, kw_only=True, config=NOUN)
class ModelFile:
    """`model_configs/<model_id>.yaml`: a model as it is written down, names not looked up."""

    model_id: str | None = None
    """The file's own name; null = taken from it."""
    pack_id: str | None = None
    """The folder's own name; null = taken from it."""
    ticker: str | None = None
    """Symbol; null = read from the model id, as are the next three."""
    asset: Asset | None = None
    horizon: Horizon | None = None
    cadence: Cadence | None = None
    provider: str = "auto"
    """`auto`, or one of the providers by name."""
    indicator_set: str | None = None
    """Name of an indicator set of the pack; either this or `indicators`."""
    indicators: tuple[IndicatorSpec, ...] = ()
    custom_indicators: tuple[CustomFile, ...] = ()
    """Indicators of the pack's own, beside the others."""
    features: Words = ("*",)
    """Patterns of column names the model may see."""
    label: LabelSpec
    learner: LearnerSpec = Field(default_factory=LearnerSpec)
    policy: PolicyGiven = None
    """Name or fields; null = the policy named like the risk profile."""
    risk_profile: RiskName = "balanced"
    allow_quality: Words = ()
    """Quality checks that may fail without stopping a build; recorded."""
    start: date | None = None
    """First session to build; null = the first stored."""
    end: date | None = None
    """Last session to build; null = the last stored."""
    holdout: date | None = None
    """First session of the sealed part, which ends at `end`; null = nothing is sealed."""
    active: bool = True
    """Whether signals are looked for."""
    notes: str = ""
