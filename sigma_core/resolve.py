"""From a model as it is written down to one with nothing left to look up."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from sigma_core.domain.model import (
    CustomSpec,
    IndicatorSpec,
    LabelSpec,
    LearnerSpec,
    ModelConfig,
    ModelId,
)
from sigma_core.domain.pack import ModelFile, Pack
from sigma_core.domain.policy import Policy
from sigma_core.domain.quality import CHECKS
from sigma_core.domain.risk import RISK_PROFILES
from sigma_core.domain.sweep import SweepConfig
from sigma_core.domain.trial import Rule
from sigma_core.errors import BadRequest, SigmaError, UnknownName
from sigma_core.lineage import sha_of
from sigma_core.parse import parse, plain
from sigma_core.refusals import (
    refuse_entry,
    refuse_grid,
    refuse_horizon,
    refuse_levels,
)
from sigma_core.schemas import MATRICES

_TICKER = re.compile(r"[A-Za-z0-9^](?:\.?[A-Za-z0-9^=_-])*")
_PARTS = ("ticker", "asset", "horizon", "cadence")
UNHASHED = ("policy", "policy_name", "risk_profile", "indicator_set", "notes", "active", "holdout")
"""Fields of a model outside `config_sha`: a sha of their own holds them (the holdout: that of the
matrix), or they change nothing."""
_AS_GIVEN = (
    "provider", "indicator_set", "features", "risk_profile", "allow_quality", "start", "end",
    "holdout", "active", "notes",
)  # fmt: skip


def resolved(
    pack_id: str,
    model_id: str,
    given: ModelFile,
    *,
    indicators: Sequence[IndicatorSpec],
    customs: Sequence[CustomSpec] = (),
    policy: Policy,
) -> ModelConfig:
    """The model that `given` describes, with these indicators, and those of its pack's own.

    Raises BadRequest for what contradicts itself or the model's name; UnknownName for an indicator,
    label or learner that does not exist.
    """
    if bool(given.indicator_set) == bool(given.indicators):
        which = "both given" if given.indicators else "both missing"
        raise BadRequest(f"indicator_set and indicators are {which}.", hint="Give one of them.")
    config = parse(
        ModelConfig,
        {
            **{name: getattr(given, name) for name in _AS_GIVEN},
            **parts_of(pack_id, model_id, given),
            "pack_id": pack_id,
            "model_id": model_id,
            "indicators": known_indicators(indicators),
            "custom_indicators": tuple(customs),
            "label": known_label(given.label),
            "learner": known_learner(given.learner),
            "policy": policy,
        },
    )
    refuse_horizon(config)
    refuse_entry(config)
    refuse_levels(config.policy)
    refuse_label(config)
    _check_names(config)
    return config


def parts_of(pack_id: str, model_id: str, given: ModelFile) -> dict[str, str]:
    """Ticker, asset, horizon and cadence: as given, or as the model's name says.

    Raises BadRequest where the two differ, or where neither says.
    """
    for name, own in (("model_id", model_id), ("pack_id", pack_id)):
        if getattr(given, name) not in (None, own):
            raise BadRequest(
                f"{name} is {getattr(given, name)!r}, but the file's place says {own}.",
                hint=f"Leave {name} out, or rename the file.",
            )
    said = ModelId.read(model_id)
    found = {}
    for name in _PARTS:
        told, named = getattr(given, name), getattr(said, name, None)
        if told is None and named is None:
            raise BadRequest(
                f"{name} is required, as {model_id} does not say it.",
                hint=f"Give {name}, or name it <ticker>_<asset>_<horizon>_<cadence>.",
            )
        if named is not None and told is not None and slug(told) != named:
            raise BadRequest(
                f"{name} is {told!r}, but {model_id} says {named}.", hint="Change one of them."
            )
        found[name] = told or (named or "").upper() if name == "ticker" else told or named or ""
    _refuse_ticker("ticker", found["ticker"])
    return found


def _refuse_ticker(name: str, ticker: str) -> None:
    if not _TICKER.fullmatch(ticker):
        raise BadRequest(
            f"{name} is {ticker!r}.", hint="Use letters, digits, and single . - ^ = within."
        )


def _check_names(config: ModelConfig) -> None:
    from sigma_core.providers import PROVIDERS  # a second to import

    for spec in config.asked:
        _refuse_ticker(f"indicator {spec.name}: of", spec.of or config.ticker)
    if config.provider != "auto":
        PROVIDERS[config.provider]
    for name in config.allow_quality:
        if name not in CHECKS:
            raise UnknownName("quality check", name, CHECKS)
    if config.start and config.end and config.start > config.end:
        raise BadRequest(f"start {config.start} is after end {config.end}.", hint="Swap them.")
    for name, wrong in (("start", config.start), ("end", config.end)):
        if config.holdout and wrong and (config.holdout <= wrong) == (name == "start"):
            raise BadRequest(
                f"holdout {config.holdout} does not lie after start and at or before end: {name} is"
                f" {wrong}.",
                hint="Give the first session that is to be sealed.",
            )


def slug(ticker: str) -> str:
    """A ticker as it stands in a model's name: `BRK.B` is `brkb`."""
    return re.sub(r"[^a-z0-9]", "", ticker.lower())


def known_indicators(given: Sequence[IndicatorSpec]) -> tuple[IndicatorSpec, ...]:
    """Each under the registry's name, with all its parameters. Raises UnknownName or BadRequest."""
    from sigma_core.indicators import resolved as known  # a second to import

    found = []
    for place, spec in enumerate(given, start=1):
        with told(f"indicator {place}"):
            found.append(known(spec))
            _refuse_key(found[-1])
    return tuple(found)


def _refuse_key(spec: IndicatorSpec) -> None:
    """Raises BadRequest for a column that every matrix holds already, and which is no feature."""
    if spec.of is None and spec.cadence is None and spec.name in MATRICES.columns:
        raise BadRequest(
            f"The matrix holds the bars' own {spec.name} already, and a price is no feature: it"
            " drifts.",
            hint="Use log_ret or natr, or give the indicator another ticker (of:) or cadence.",
        )


def known_label(given: LabelSpec) -> LabelSpec:
    """The label with all its parameters. Raises UnknownName or BadRequest."""
    from sigma_core.labels import label_of  # a second to import

    bound = label_of(given)
    return LabelSpec(kind=bound.label.name, params=dict(bound.params))


def refuse_label(config: ModelConfig) -> None:
    """Raises BadRequest if the label cannot be asked with the policy's fills, or on such bars."""
    from sigma_core.labels import label_of  # a second to import

    label_of(config.label).refuse(config.policy, config.cadence)


def known_learner(given: LearnerSpec) -> LearnerSpec:
    """The learner with all its parameters. Raises UnknownName or BadRequest."""
    from sigma_core.learners import learner_of  # a second to import

    chosen = learner_of(given)
    return replace(given, params=dict(chosen.params))


def check_grid(grid: SweepConfig) -> None:
    """Raises BadRequest for a threshold, share or hour that is none, or what cannot be done."""
    refuse_grid(grid)
    rules = [("thresholds", "thr", value, "") for value in grid.thresholds_variants]
    rules += [("top_pct", "top_pct", f"{share:g}", "") for share in grid.top_pct_variants]
    rules += [("allowed_hours", "thr", "0.5", hours) for hours in grid.allowed_hours_variants]
    for field, kind, value, hours in rules:
        rule = {"kind": kind, "value": value, "allowed_hours": hours}
        parse(Rule, rule, where=f"{field}_variants: ")


def config_sha(config: ModelConfig) -> str:
    """SHA-256 of what a model is made of, its execution policy and risk profile aside."""
    return sha_of({k: v for k, v in plain(config).items() if k not in UNHASHED})


def policy_sha(config: ModelConfig) -> str:
    """SHA-256 of the execution policy, whatever it is called.

    Its `options` are left out: they say how the trades are held, and change none.
    """
    return sha_of(traded(config.policy))


def traded(policy: Policy) -> dict[str, Any]:
    """The fields of a policy that decide which trades there are, and their prices."""
    return {name: value for name, value in plain(policy).items() if name != "options"}


def risk_sha(config: ModelConfig) -> str:
    """SHA-256 of the risk profile's figures."""
    return sha_of(RISK_PROFILES[config.risk_profile])


@contextmanager
def told(place: str) -> Iterator[None]:
    """Errors raised within say first where: `packs/a/model_configs/b.yaml: ...`."""
    try:
        yield
    except SigmaError as error:
        error.args = (f"{place}: {error}",)
        raise


def refuse_foreign(pack: Pack, config: ModelConfig) -> None:
    """Raises BadRequest for an asset, horizon or cadence that a pack does not hold."""
    for name in ("asset", "horizon", "cadence"):
        value, allowed = getattr(config, name), getattr(pack, f"{name}s")
        if value not in allowed:
            raise BadRequest(
                f"{name} is {value!r}, which is not of the pack {config.pack_id}.",
                hint=f"It holds {', '.join(allowed)}.",
            )
