"""What a model foresees on a matrix: fitted once, kept under the sha of what it was made from."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import comb
from typing import Any

import numpy as np
import pandas as pd

from sigma_core.domain.model import ModelConfig
from sigma_core.engine.combinatorial import paths_of
from sigma_core.engine.matrix import Matrix
from sigma_core.engine.predict import Predictions, out_of_fold, values_of
from sigma_core.engine.splits import Depth, depth_of, walk_forward
from sigma_core.lab import Lab
from sigma_core.learners import learner_of
from sigma_core.lineage import sha_of
from sigma_core.parse import plain
from sigma_core.progress import Progress, silent
from sigma_core.schemas import PREDICTIONS
from sigma_core.study import code_sha, versions


@dataclass(frozen=True, eq=False)
class Foreseen:
    """Out-of-fold predictions on a matrix, and how much history they rest on."""

    predictions: Predictions
    depth: Depth
    sha: str
    reused: bool


def foreseen(
    lab: Lab,
    config: ModelConfig,
    matrix: Matrix,
    *,
    splits: int,
    embargo: float,
    calibration: str = "none",
    meanwhile: Callable[[], object] | None = None,
    progress: Progress = silent,
) -> Foreseen:
    """What a model fitted on the past says of each test row; fitted once, then read back.

    `meanwhile` is called once if it is fitted.
    Raises BadRequest, with what would do, if there is too little history for so many splits, or to
    calibrate on.
    """
    learner = learner_of(config.learner)
    rows = matrix.timeline
    folds = walk_forward(rows, splits=splits, embargo=embargo)
    depth = depth_of(rows, folds, embargo=embargo)
    study = {"splits": splits, "embargo": embargo, "calibration": calibration}
    sha = predictions_sha(config, matrix, study)
    if lab.lake.holds(PREDICTIONS, sha):
        kept = _predictions(lab.lake.read(PREDICTIONS, sha), matrix)
        return Foreseen(predictions=kept, depth=depth, sha=sha, reused=True)
    x = values_of(matrix.frame, matrix.features)
    made = out_of_fold(
        x, rows, folds, learner,
        calibration=calibration, meanwhile=meanwhile, progress=progress,
    )  # fmt: skip
    keys = {"pack_id": config.pack_id, "model_id": config.model_id}
    lab.lake.write(PREDICTIONS, _prediction_rows(made, matrix), name=sha, **keys)
    return Foreseen(predictions=made, depth=depth, sha=sha, reused=False)


def foreseen_paths(
    lab: Lab,
    config: ModelConfig,
    matrix: Matrix,
    *,
    groups: int,
    tested: int,
    embargo: float,
    calibration: str = "none",
    progress: Progress = silent,
) -> list[Predictions]:
    """What models of all but a few groups say along each path; fitted once, then read back.

    Raises BadRequest if the matrix is too short for so many groups.
    """
    study = {"splitter": "cpcv", "groups": groups, "tested": tested, "embargo": embargo}
    study |= {"calibration": calibration}
    shas = [
        predictions_sha(config, matrix, study | {"path": path})
        for path in range(comb(groups - 1, tested - 1))
    ]
    if all(lab.lake.holds(PREDICTIONS, sha) for sha in shas):
        return [_predictions(lab.lake.read(PREDICTIONS, sha), matrix) for sha in shas]
    made = paths_of(
        values_of(matrix.frame, matrix.features),
        matrix.timeline,
        learner_of(config.learner),
        groups=groups, tested=tested, embargo=embargo, calibration=calibration, progress=progress,
    )  # fmt: skip
    keys = {"pack_id": config.pack_id, "model_id": config.model_id}
    for sha, path in zip(shas, made, strict=True):
        lab.lake.write(PREDICTIONS, _prediction_rows(path, matrix), name=sha, **keys)
    return made


def predictions_sha(config: ModelConfig, matrix: Matrix, study: Mapping[str, Any]) -> str:
    """The name under which a model's predictions on a matrix are kept: all that they depend on.

    `study`: splits, embargo, calibration.
    """
    made_of = {
        "matrix_sha": matrix.sha,
        "learner": plain(config.learner) | {"params": dict(learner_of(config.learner).params)},
        **study,
        "code": code_sha(),
        "versions": versions(),
    }
    return sha_of(made_of)


def _prediction_rows(made: Predictions, matrix: Matrix) -> pd.DataFrame:
    """Probabilities by row of the matrix; the first window's inner ones have fold -1."""
    tested = np.flatnonzero(made.fold >= 0)
    inner = made.inner or (np.empty(0, "int64"), np.empty((0, len(matrix.classes))))
    rows = np.r_[inner[0], tested]
    proba = np.vstack([inner[1], made.proba[tested]])
    return pd.DataFrame(
        {
            "row": rows.astype("int64"),
            "ts": matrix.frame["ts"].array.take(rows),
            "fold": np.r_[np.full(len(inner[0]), -1), made.fold[tested]].astype("int64"),
            "chosen": _chosen(made, tested, len(inner[0])) if made.chosen else None,
            **{f"p_{name.lower()}": proba[:, i] for i, name in enumerate(matrix.classes)},
        }
    )


def _chosen(made: Predictions, tested: np.ndarray, inside: int) -> list[str | None]:
    return [None] * inside + [made.chosen[fold] for fold in made.fold[tested]]


def _predictions(kept: pd.DataFrame, matrix: Matrix) -> Predictions:
    n, names = len(matrix.frame), [f"p_{name.lower()}" for name in matrix.classes]
    tested, inner = kept[kept["fold"] >= 0], kept[kept["fold"] < 0]
    proba, fold = np.full((n, len(names)), np.nan), np.full(n, -1, "int16")
    proba[tested["row"]] = tested[names].to_numpy()
    fold[tested["row"]] = tested["fold"]
    within = (inner["row"].to_numpy(), inner[names].to_numpy()) if len(inner) else None
    kinds = tested.dropna(subset="chosen").groupby("fold")["chosen"].first()
    return Predictions(proba=proba, fold=fold, inner=within, chosen=tuple(kinds))
