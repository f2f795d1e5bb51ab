"""A model: what is predicted, from what, for whom, and how it is traded."""

import re
from collections.abc import Mapping
from dataclasses import field
from datetime import date
from typing import Annotated, Any

from pydantic import Field
from pydantic.dataclasses import dataclass

from sigma_core.domain._fields import NOUN, Asset, Cadence, Horizon, RiskName, Sha, Words
from sigma_core.domain.policy import Policy

_ID = re.compile(
    r"(?P<ticker>[a-z0-9]+)_(?P<asset>eq|opt)_(?P<horizon>0dte|intraday|swing|long)"
    r"_(?P<cadence>5m|15m|hourly|daily)(?:_(?P<variant>[a-z0-9_]+))?"
)


@dataclass(frozen=True, kw_only=True, config=NOUN)
class ModelId:
    """The parts of a model's name; `str()` is `<ticker>_<asset>_<horizon>_<cadence>[_variant]`."""

    ticker: Annotated[str, Field(pattern=r"^[a-z0-9]+$")]
    asset: Asset
    horizon: Horizon
    cadence: Cadence
    variant: Annotated[str, Field(pattern=r"^[a-z0-9_]*$")] = ""

    def __str__(self) -> str:
        stem = f"{self.ticker}_{self.asset}_{self.horizon}_{self.cadence}"
        return f"{stem}_{self.variant}" if self.variant else stem

    @classmethod
    def read(cls, text: str) -> "ModelId | None":
        """The parts of `text`, or None for a hand-chosen name such as `spy_swing_daily`."""
        found = _ID.fullmatch(text)
        if found is None:
            return None
        parts: dict[str, Any] = {k: v or "" for k, v in found.groupdict().items()}
        return cls(**parts)


@dataclass(frozen=True, kw_only=True, config=NOUN)
class IndicatorSpec:
    """One indicator of a model: its name, its parameters and the bars it is computed on."""

    name: str
    params: Mapping[str, int | float] = field(default_factory=dict)
    cadence: Cadence | None = None
    """Another cadence than the model's: the last bar of it closed by `ts`."""
    of: str | None = None
    """Another ticker than the model's."""


@dataclass(frozen=True, kw_only=True, config=NOUN)
class CustomFile:
    """An indicator of a pack's own, as it is written down."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]
    base: str | None = None
    """The indicator it is, under a name of its own; None = the pack's file of its name."""
    params: Mapping[str, int | float] = field(default_factory=dict)
    cadence: Cadence | None = None
    """Another cadence than the model's: the last bar of it closed by `ts`."""
    of: str | None = None
    """Another ticker than the model's."""


@dataclass(frozen=True, kw_only=True, config=NOUN)
class CustomSpec(CustomFile):
    """The same with everything looked up: all parameters, and which file it was."""

    sha: Sha | None = None
    """SHA-256 of the file; None for an indicator under another name."""


@dataclass(frozen=True, kw_only=True, config=NOUN)
class LabelSpec:
    """What the model learns to foresee."""

    kind: str
    params: Mapping[str, int | float | str | bool | None] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, config=NOUN)
class LearnerSpec:
    """What learns it."""

    name: str = "xgboost"
    params: Mapping[str, int | float | str | bool] = field(default_factory=dict)
    """Overrides of the learner's own parameters."""
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 7


@dataclass(frozen=True, kw_only=True, config=NOUN)
class ModelConfig:
    """A model with everything resolved: nothing is looked up after this."""

    model_id: Annotated[str, Field(pattern=r"^[a-z0-9_]+$", max_length=80)]
    pack_id: Annotated[str, Field(pattern=r"^[a-z0-9_]+$", max_length=40)]
    ticker: Annotated[str, Field(min_length=1, max_length=32)]
    asset: Asset
    horizon: Horizon
    cadence: Cadence
    provider: str = "auto"
    indicator_set: str | None = None
    """The name the indicators came from; None when they were given in place."""
    indicators: tuple[IndicatorSpec, ...] = ()
    custom_indicators: tuple[CustomSpec, ...] = ()
    """Indicators of the pack's own."""
    features: Words = ("*",)
    """Patterns of column names the model may see."""
    label: LabelSpec
    learner: LearnerSpec = Field(default_factory=LearnerSpec)
    policy_name: str | None = None
    policy: Policy = Field(default_factory=Policy)
    risk_profile: RiskName = "balanced"
    allow_quality: Words = ()
    """Quality checks that may fail without stopping a build; recorded."""
    start: date | None = None
    """First session to build when none is asked for; None = the first stored."""
    end: date | None = None
    holdout: date | None = None
    """First session that is sealed, up to `end`; None = nothing is."""
    active: bool = True
    notes: str = ""

    @property
    def asked(self) -> tuple[IndicatorSpec | CustomSpec, ...]:
        """All its indicators, the pack's own last."""
        return (*self.indicators, *self.custom_indicators)

    @property
    def intraday(self) -> bool:
        """Whether positions may not be held over night."""
        return self.horizon in ("0dte", "intraday")
