"""What the catalogue answers: packs, models, indicators, grids and policies as they are listed."""

from pydantic.dataclasses import dataclass

from sigma_core.domain._fields import NOUN, Asset, Cadence, Horizon, RiskName, Sha
from sigma_core.domain.policy import Policy
from sigma_core.domain.risk import RiskProfile
from sigma_core.domain.sweep import SweepConfig


@dataclass(frozen=True, kw_only=True, config=NOUN)
class PackRow:
    """One pack of the list."""

    pack_id: str
    title: str
    sentence: str
    horizons: tuple[Horizon, ...]
    cadences: tuple[Cadence, ...]
    models: int
    templates: int
    indicator_sets: int
    policies: int


@dataclass(frozen=True, kw_only=True, config=NOUN)
class ModelRow:
    """One model of the list. With a `problem`, what its file does not say is empty."""

    pack_id: str
    model_id: str
    ticker: str = ""
    asset: str = ""
    horizon: str = ""
    cadence: str = ""
    provider: str = ""
    label: str = ""
    """Kind and horizon of what it foresees: `fwd_ret 5 sessions`."""
    indicators: int = 0
    policy: str = ""
    """Name of its execution policy; empty if that is written in place."""
    risk_profile: str = ""
    active: bool = False
    notes: str = ""
    problem: str = ""
    """Why it cannot be used, and what to do; empty if it can."""
    archived: bool = False
    """Put away: listed only if asked for, and built, swept or traded by nothing."""


@dataclass(frozen=True, kw_only=True, config=NOUN)
class PackDetail:
    """A pack and the names of all it holds."""

    pack_id: str
    title: str
    sentence: str
    assets: tuple[Asset, ...]
    horizons: tuple[Horizon, ...]
    cadences: tuple[Cadence, ...]
    demo: tuple[str, ...]
    """Commands that show what it can do."""
    models: tuple[ModelRow, ...]
    templates: tuple[str, ...]
    indicator_sets: tuple[str, ...]
    policies: tuple[str, ...]
    sweep_configs: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, config=NOUN)
class TemplateRow:
    """What a new model may start from."""

    template: str
    sentence: str
    asset: Asset
    horizon: Horizon
    cadence: Cadence
    provider: str
    indicator_set: str
    label: str
    learner: str
    sweep_config: str


@dataclass(frozen=True, kw_only=True, config=NOUN)
class IndicatorSetRow:
    """Indicators that go together, and the columns they make."""

    indicator_set: str
    sentence: str
    columns: tuple[str, ...]
    """Names of the features."""


@dataclass(frozen=True, kw_only=True, config=NOUN)
class ParamRow:
    """What may be set of an indicator."""

    name: str
    default: int | float
    low: float
    high: float
    range: str
    """In words: `a whole number from 2 to 2000`."""


@dataclass(frozen=True, kw_only=True, config=NOUN)
class IndicatorRow:
    """One indicator of the catalogue."""

    name: str
    group: str
    sentence: str
    inputs: tuple[str, ...]
    of: str | None
    """The ticker whose bars it reads; None = the model's."""
    params: tuple[ParamRow, ...]
    columns: tuple[str, ...]
    """Names of its columns with default parameters."""
    lowest: float | None
    """Least value it can take; None = no limit, or none that is known."""
    highest: float | None
    units: str
    source: str
    warmup: int
    """Leading bars without a value, with default parameters."""
    warmup_sessions: int
    """Leading sessions without one, for what is made of whole sessions."""
    cadences: tuple[str, ...]
    """The only cadences it can be made of; empty for all."""
    aliases: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, config=NOUN)
class IndicatorGroup:
    """One group of the catalogue."""

    group: str
    count: int
    names: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, config=NOUN)
class Created:
    """A model that was made, and its files."""

    model: ModelRow
    files: tuple[str, ...]
    """What may be edited: the model, its policy, its grid."""
    next: str
    """What to do now."""


@dataclass(frozen=True, kw_only=True, config=NOUN)
class Grid:
    """The grid a sweep of a model will try."""

    pack_id: str
    model_id: str
    file: str
    """Where it stands or, not `written`, where it would stand."""
    written: bool
    configs: int
    """Distinct configs in it; each is one try."""
    budget: int
    """Configs the risk profile allows."""
    risk_profile: RiskName
    grid: SweepConfig


@dataclass(frozen=True, kw_only=True, config=NOUN)
class PolicyExplained:
    """A model's execution policy with every default written out, and what it means."""

    pack_id: str
    model_id: str
    policy_name: str | None
    policy_sha: Sha
    policy: Policy
    risk: RiskProfile
    words: tuple[str, ...]
    warnings: tuple[str, ...]
    """Settings that are allowed and probably not meant."""
