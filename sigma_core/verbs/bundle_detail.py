"""A trained bundle from close by: what it looks at, and how far to trust its probabilities."""

from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np
import pandas as pd
from pydantic import Field
from pydantic.dataclasses import dataclass

from sigma_core.domain._fields import NOUN
from sigma_core.domain.details import BundleDetail
from sigma_core.domain.model import LearnerSpec
from sigma_core.domain.results import Bundle
from sigma_core.engine.bundle import Scorer, scorer_of
from sigma_core.engine.explain import sampled, shares, toward_up
from sigma_core.engine.forecast import Codes, Floats, forecast_of
from sigma_core.engine.reliability import base_rate, reliability
from sigma_core.errors import BadRequest
from sigma_core.lab import Lab
from sigma_core.parse import parse
from sigma_core.progress import Progress, silent
from sigma_core.schemas import MATRICES, PREDICTIONS
from sigma_core.verbs import verb
from sigma_core.verbs._screens import bundle_screen
from sigma_core.verbs._text import columns, count, percent, ratio
from sigma_core.verbs.alerts import manifest_file


@dataclass(frozen=True, kw_only=True, config=NOUN)
class BundleDetailAsk:
    """Which bundle, and how much of it."""

    bundle_id: str
    rows: Annotated[int, Field(ge=1, le=100_000)] = 2000
    """Training rows whose contributions are taken, drawn by the learner's seed."""
    drawn: Annotated[int, Field(ge=0, le=1000)] = 12
    """Features that come with rows to draw."""
    points: Annotated[int, Field(ge=1, le=10_000)] = 160
    """Rows to draw of each."""


def screen(found: BundleDetail) -> str:
    """A bundle, its first features, its bins of confidence."""
    features = [
        (f.name, percent(f.importance), f"{f.mean_abs:.3f}", ratio(f.sign))
        for f in found.features[:12]
    ]
    bins = [
        (
            f"{b.low:.3f} to {b.high:.3f}",
            percent(b.right),
            f"{percent(b.right_low)} to {percent(b.right_high)}",
            count(b.rows),
        )
        for b in found.reliability
    ]
    return "\n".join(
        [
            bundle_screen(found.bundle),
            "",
            columns(features, ("feature", found.importance, "mean |part|", "sign")),
            "",
            columns(bins, ("confidence", "came true", "95 %", "rows"))
            if bins
            else "Its out-of-fold predictions are not in the lake.",
        ]
    )


@verb("GET", "/bundles/{bundle_id}", table=screen)
def bundle_detail(
    lab: Lab,
    ask: BundleDetailAsk,
    progress: Progress = silent,  # noqa: ARG001
) -> BundleDetail:
    """A trained bundle: its card, what its features do, and how reliable it was out of fold."""
    files, manifest = lab.lake.load_bundle(ask.bundle_id)
    bundle, learner = parse(Bundle, manifest["bundle"]), parse(LearnerSpec, manifest["learner"])
    classes = tuple(manifest["classes"])
    features = [feature["name"] for feature in manifest["features"]]
    scorer = scorer_of(
        learner.name, files[manifest_file(manifest)], features=features, classes=classes,
        calibration=manifest["calibration"],
    )  # fmt: skip
    frame = _frame(lab, bundle)
    rows = sampled(np.flatnonzero(frame["trainable"]), at_most=ask.rows, seed=learner.seed)
    values = frame.iloc[rows][features]
    parts = toward_up(scorer.contributions(values), classes)
    return BundleDetail(
        bundle=bundle,
        learner=learner,
        classes=classes,
        verdict=manifest["verdict"],
        importance=scorer.fitted.measure,
        bias=float(parts[:, -1].mean()),
        sampled=len(rows),
        features=_features(scorer, values, parts, ask),
        **_reliable(lab, manifest, frame, classes),
    )


def _frame(lab: Lab, bundle: Bundle) -> pd.DataFrame:
    """The matrix the bundle was fitted on. Raises BadRequest if it is gone from the lake."""
    sha = bundle.lineage.matrix_sha
    if not lab.lake.holds(MATRICES, sha):
        raise BadRequest(
            f"The matrix {sha[:7]} that {bundle.bundle_id} was fitted on is no longer in the lake.",
            hint=f"Train it again: make train MODEL_ID={bundle.model_id}.",
        )
    return lab.lake.read(MATRICES, sha)


def _features(
    scorer: Scorer, values: pd.DataFrame, parts: Floats, ask: BundleDetailAsk
) -> tuple[Any, ...]:
    weight = scorer.fitted.importance()
    return tuple(shares(values, parts[:, :-1], weight, drawn=ask.drawn, points=ask.points))


def _reliable(
    lab: Lab, manifest: dict[str, Any], frame: pd.DataFrame, classes: Sequence[str]
) -> dict[str, Any]:
    """The out-of-fold figures; none where the predictions are gone, or were not yet named."""
    sha = manifest.get("predictions_sha")  # bundles of before it was written down have none
    if sha is None or not lab.lake.holds(PREDICTIONS, sha):
        return {"reliability": (), "forecast": None, "base": None}
    proba, y = _foreseen(lab.lake.read(PREDICTIONS, sha), frame, classes)
    return {
        "reliability": tuple(reliability(proba, y, classes)),
        "forecast": forecast_of(proba, y, classes),
        "base": base_rate(proba, y, classes),
    }


def _foreseen(
    kept: pd.DataFrame, frame: pd.DataFrame, classes: Sequence[str]
) -> tuple[Floats, Codes]:
    """Out-of-fold probabilities, and what came: positions in `classes`, -1 without a label."""
    tested = kept[kept["fold"] >= 0]
    came = frame["y"].where(frame["trainable"])
    y = pd.Categorical(came, categories=list(classes)).codes[tested["row"]]
    return tested[[f"p_{name.lower()}" for name in classes]].to_numpy(), y
