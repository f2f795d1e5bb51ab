"""What a model foresees on rows it was not fitted to, and the model fitted to all of them."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sigma_core.engine.calibrate import (
    AUTO,
    Calibrated,
    best_kind,
    calibrator_of,
    slices_of,
    slices_to_choose,
)
from sigma_core.engine.splits import Fold, Rows, Timeline, inner_fold
from sigma_core.engine.uniqueness import uniqueness
from sigma_core.errors import BadRequest
from sigma_core.learners import Chosen, Fitted
from sigma_core.progress import Progress, silent

Floats = NDArray[np.float64]
Said = tuple[Floats, str]


@dataclass(frozen=True, eq=False)
class Predictions:
    """Probabilities of each row's classes, said by a model that had not seen the row."""

    proba: Floats
    """[rows, classes]; NaN outside the test blocks."""
    fold: NDArray[np.int16]
    """Number of the test block; -1 outside."""
    inner: tuple[Rows, Floats] | None
    """Rows and probabilities of a model of the first 80 % of the first training window's sessions
    on the last 20 %; None if that window is too thin for it."""
    chosen: tuple[str, ...] = ()
    """The calibration of each fold, where each window chose its own."""


def values_of(frame: pd.DataFrame, features: Sequence[str]) -> Floats:
    """The features as [rows, features] in that order; what is not finite is missing (NaN)."""
    x = frame[list(features)].to_numpy(dtype="float64")
    return np.where(np.isfinite(x), x, np.nan)


def out_of_fold(
    x: Floats,
    rows: Timeline,
    folds: Sequence[Fold],
    learner: Chosen,
    *,
    calibration: str = "none",
    moved: Callable[[Fold], Rows] | None = None,
    workers: int | None = None,
    meanwhile: Callable[[], object] | None = None,
    progress: Progress = silent,
) -> Predictions:
    """Fit every fold and predict its test rows. `workers` changes the time, never a byte.

    `moved` says of a fold which row's features stand at each row (see `noise`); without it each
    row has its own.

    Training rows weigh as much as their label's span is unique inside the training window.
    `meanwhile` is called once, while windows are learned, `progress` after each of them; if one
    raises, waiting fits are dropped and it goes up.
    Raises BadRequest if a window is too thin to calibrate on.
    """
    for fold in folds:
        refuse_thin(rows, fold.train, calibration)
    inner = _inner(rows, folds[0], calibration)
    # longest first, so that the last thread to finish is not the one with the most to do
    tasks = [*reversed(folds), *([inner] if inner else [])]

    said = _said(
        x, rows, tasks, learner, calibration,
        moved=moved, workers=workers, meanwhile=meanwhile, progress=progress,
    )  # fmt: skip
    made, kinds = [proba for proba, _ in said], [kind for _, kind in said]
    proba = np.full((len(rows), len(rows.classes)), np.nan)
    number = np.full(len(rows), -1, dtype="int16")
    for task, fold in zip(range(len(folds)), reversed(folds), strict=True):
        proba[fold.test], number[fold.test] = made[task], fold.number
    return Predictions(
        proba=proba,
        fold=number,
        inner=(inner.test, made[len(folds)]) if inner else None,
        chosen=tuple(kinds[: len(folds)][::-1]) if calibration == AUTO else (),
    )


def predicted(
    x: Floats,
    rows: Timeline,
    tasks: Sequence[Fold],
    learner: Chosen,
    calibration: str,
    *,
    workers: int | None = None,
    progress: Progress = silent,
) -> list[Floats]:
    """Probabilities of each task's test rows, by a model of its training rows."""
    said = _said(x, rows, tasks, learner, calibration, workers=workers, progress=progress)
    return [proba for proba, _ in said]


def _said(
    x: Floats,
    rows: Timeline,
    tasks: Sequence[Fold],
    learner: Chosen,
    calibration: str,
    *,
    moved: Callable[[Fold], Rows] | None = None,
    workers: int | None,
    meanwhile: Callable[[], object] | None = None,
    progress: Progress,
) -> list[Said]:
    """Of each task: the probabilities of its test rows, and the calibration they are made with."""

    def work(fold: Fold) -> Said:
        own = x if moved is None else x[moved(fold)]
        kind = _kind(own, rows, fold.train, learner, calibration)
        return _fit(own, rows, fold.train, learner, kind).proba(own[fold.test]), kind

    made = dict(_each(work, tasks, workers or os.cpu_count() or 1, meanwhile, progress))
    return [made[i] for i in range(len(tasks))]


def refuse_thin(rows: Timeline, train: Rows, calibration: str) -> None:
    """Raises BadRequest, with the counts, for a training window that cannot be calibrated so."""
    if calibration == AUTO:
        slices_to_choose(rows, train)
    elif calibration != "none":
        slices_of(rows, train, calibration)


def fit_all(x: Floats, rows: Timeline, learner: Chosen, *, calibration: str = "none") -> Fitted:
    """The model of all labelled rows: what a bundle keeps.

    Raises BadRequest if they are too few to calibrate on.
    """
    train = np.flatnonzero(rows.labelled)
    with _one_blas_thread():
        return _fit(x, rows, train, learner, _kind(x, rows, train, learner, calibration))


def calibration_of(fitted: Fitted) -> dict[str, Any] | None:
    """The numbers of a model's calibrator; None if its probabilities are taken as they come."""
    return fitted.calibrator.numbers if isinstance(fitted, Calibrated) else None


def _fit(x: Floats, rows: Timeline, train: Rows, learner: Chosen, calibration: str) -> Fitted:
    """Learn from `train`; to calibrate, from its first four fifths, corrected on the last."""
    if calibration == "none":
        weight = uniqueness(train, rows.t1[train])
        return learner.fit(x[train], rows.y[train], weight, classes=len(rows.classes))
    early, late = slices_of(rows, train, calibration)
    fitted = _fit(x, rows, early, learner, "none")
    made = calibrator_of(calibration, fitted.proba(x[late]), rows.y[late], rows.classes)
    return Calibrated(fitted, made)


def _kind(x: Floats, rows: Timeline, train: Rows, learner: Chosen, calibration: str) -> str:
    """The calibration of a window; `auto` compares the kinds on its last fifth."""
    if calibration != AUTO:
        return calibration
    early, late, compared = slices_to_choose(rows, train)
    fitted = _fit(x, rows, early, learner, "none")
    return best_kind(fitted.proba(x[late]), fitted.proba(x[compared]), rows, late, compared)


def _inner(rows: Timeline, first: Fold, calibration: str) -> Fold | None:
    """The fold inside the first training window; None if it is too thin to be learned from."""
    inner = inner_fold(rows, first)
    if inner is None or calibration == "none":
        return inner
    try:
        refuse_thin(rows, inner.train, calibration)
    except BadRequest:  # only top_pct reads it, and says what it misses
        return None
    return inner


def _each(
    work: Callable[[Fold], Said],
    tasks: Sequence[Fold],
    workers: int,
    meanwhile: Callable[[], object] | None,
    progress: Progress,
) -> Iterator[tuple[int, Said]]:
    """Position and result of each task, in the order in which they are ready."""
    pool = ThreadPoolExecutor(workers)
    with _one_blas_thread():
        try:
            place: dict[Future[Said], int] = {
                pool.submit(work, task): i for i, task in enumerate(tasks)
            }
            if meanwhile:
                meanwhile()
            for done, future in enumerate(as_completed(place), start=1):
                yield place[future], future.result()
                progress(done, len(tasks), f"learned {done} of {len(tasks)} windows")
        finally:
            pool.shutdown(cancel_futures=True)


@contextmanager
def _one_blas_thread() -> Iterator[None]:
    """Sums are taken in one order, whatever the number of processors."""
    from threadpoolctl import threadpool_limits  # comes with scikit-learn

    with threadpool_limits(1, "blas"):
        yield
