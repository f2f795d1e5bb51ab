"""Build the training matrix of a model."""

from dataclasses import replace
from datetime import date
from typing import Annotated

from pydantic import Field
from pydantic.dataclasses import dataclass

from sigma_core.domain._fields import NOUN, RiskName
from sigma_core.domain.model import IndicatorSpec, ModelConfig
from sigma_core.domain.results import Build
from sigma_core.early import refuse_early
from sigma_core.errors import BadRequest
from sigma_core.indicators import resolved
from sigma_core.lab import Lab
from sigma_core.options.flow import FARTHEST
from sigma_core.packs import find_model
from sigma_core.progress import Patient, Progress, silent
from sigma_core.study import Built, built, run_id_of
from sigma_core.verbs import verb
from sigma_core.verbs._history import record
from sigma_core.verbs._screens import build_screen

DEMO = "ixic_eq_swing_daily"
FLOW = "flow_by_strike"


@dataclass(frozen=True, kw_only=True, config=NOUN)
class BuildMatrix:
    """Which model, over which sessions; the demo and its own dates if none are given."""

    model_id: str = DEMO
    pack_id: str = ""
    start: date | None = None
    end: date | None = None
    ticker: str | None = None
    """Must be the model's own; another ticker is another model."""
    distance_max: Annotated[int, Field(ge=0, le=FARTHEST)] | None = None
    """Listed strikes on either side of the money, for flow by strike; the model's own if not given.
    """


def asked_model(lab: Lab, ask: BuildMatrix) -> ModelConfig:
    """The model, its flow by strike as far from the money as is asked.

    Raises BadRequest for more strikes than flow takes, and whatever else needs no bar.
    """
    config = model_of(lab, ask.model_id, ask.pack_id, ticker=ask.ticker)
    refuse_early(lab, config, start=ask.start, end=ask.end)
    if ask.distance_max is None:
        return config
    params = {"distance_max": ask.distance_max}
    changed = (
        resolved(replace(spec, name=FLOW, params=params)) if _is_flow(spec) else spec
        for spec in config.indicators
    )
    return replace(config, indicators=tuple(changed))


@verb("POST", "/build_matrix", slow=True, table=build_screen, first=asked_model)
def build(lab: Lab, ask: BuildMatrix, progress: Progress = silent) -> Build:
    """Build the training matrix: fetch bars, compute features and labels, judge their quality."""
    return build_for(lab, ask, progress)


def build_for(
    lab: Lab, ask: BuildMatrix, progress: Progress, *, splits: int | None = None, embargo: float = 0
) -> Build:
    """As `build`; where `splits` are to follow, it refuses at once a matrix too short for them."""
    config = asked_model(lab, ask)
    made = built(
        lab, config, start=ask.start, end=ask.end, splits=splits, embargo=embargo,
        progress=Patient(progress, "a later START or fewer indicators would be faster"),
    )  # fmt: skip
    answer = answer_of(
        lab, config, made, ask, run_id=run_id_of("build", lab.now(), made.matrix.sha)
    )
    record(lab, "build", answer.run_id, config, facts_of(answer))
    return answer


def _is_flow(spec: IndicatorSpec) -> bool:
    return resolved(spec).name == FLOW


def model_of(
    lab: Lab,
    model_id: str,
    pack_id: str,
    *,
    ticker: str | None = None,
    risk_profile: RiskName | None = None,
) -> ModelConfig:
    """The model, checked to be of the ticker that was asked for, under the profile asked for."""
    config = find_model(lab.packs, model_id, pack_id)
    if risk_profile is not None:
        config = replace(config, risk_profile=risk_profile)
    if ticker is not None and ticker.upper() != config.ticker.upper():
        raise BadRequest(
            f"ticker {ticker!r} is not that of {model_id}, which is {config.ticker}.",
            hint=f"Make a model for it: make init-auto TICKER={ticker} PACK_ID={config.pack_id} …",
        )
    return config


def answer_of(
    lab: Lab, config: ModelConfig, made: Built, ask: BuildMatrix, *, run_id: str
) -> Build:
    """What a build or a preview says of a matrix."""
    matrix, about = made.matrix, made.about
    sessions = matrix.frame["session"]
    notes = tuple(str(note) for note in about.get("notes", ()))
    if ask.distance_max is not None and not any(map(_is_flow, config.indicators)):
        notes += (f"distance_max does nothing here: the model has no {FLOW}.",)
    return Build(
        run_id=run_id,
        pack_id=config.pack_id,
        model_id=config.model_id,
        matrix_sha=matrix.sha,
        rows=len(matrix.frame),
        features=len(matrix.features),
        trainable=matrix.quality.trainable,
        start=sessions.iloc[0].date(),
        end=sessions.iloc[-1].date(),
        provider=str(about["provider"]),
        simulated=bool(about.get("simulated", False)),
        reused=made.reused,
        made_at=lab.now(),
        quality=matrix.quality,
        columns=matrix.features,
        layout=str(about.get("layout", "")),
        notes=notes,
        leaks=made.leaks,
    )


def facts_of(answer: Build) -> dict[str, str | float | int | None]:
    """What the history of builds shows."""
    return {
        "matrix_sha": answer.matrix_sha,
        "rows": answer.rows,
        "trainable": answer.trainable,
        "features": answer.features,
        "start": str(answer.start),
        "end": str(answer.end),
        "provider": answer.provider,
        "reused": int(answer.reused),
    }
