"""Fits, calibrators and cuts that change when rows outside their training window do."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sigma_core.barriers import plan
from sigma_core.domain.leaks import Leak
from sigma_core.domain.trial import Rule
from sigma_core.engine import calibrate, decide, predict
from sigma_core.engine.book import Book, book_of
from sigma_core.engine.leaks._case import CLOSE, Case, number, shown, told
from sigma_core.engine.leaks._folds import Cut
from sigma_core.engine.predict import Floats, Predictions
from sigma_core.engine.prospects import prospects_of
from sigma_core.engine.splits import Fold, Rows, Timeline
from sigma_core.errors import BadRequest
from sigma_core.learners import Chosen, learner_of
from sigma_core.progress import Progress
from sigma_core.tape import PRICES, Tape

CALIBRATIONS = ("sigmoid", "isotonic", calibrate.AUTO)
"""The first is looked at in every fold, the others in the last, which has the most rows for it."""
RULE = Rule(kind="thr", value="0.50,0.55,0.60")


@dataclass(frozen=True, eq=False)
class Said:
    """What the folds' models say of their test rows, and what they were made with."""

    x: Floats
    learner: Chosen
    predictions: Predictions


def said_of(case: Case, cut: Cut) -> Said:
    """The out-of-fold predictions of the case, without calibration."""
    x = predict.values_of(case.matrix.frame, case.matrix.features)
    learner = learner_of(case.config.learner)
    return Said(x, learner, predict.out_of_fold(x, cut.rows, cut.folds, learner))


def strangers(
    case: Case, cut: Cut, said: Said, rng: np.random.Generator, progress: Progress
) -> Iterator[Leak]:
    """Steps that read rows they may not.

    Every row but the training ones is made noise, features and label; only the features of every
    second test row stay, and what is said of those must stay the same.
    """
    for done, fold in enumerate(cut.folds):
        progress(done, len(cut.folds), f"fitted again, {done} of {len(cut.folds)} folds")
        noisy = _noisy(case, cut, fold, rng)
        whole = said.predictions.proba[fold.test]
        found = [*noisy.scaled(case, said)]
        found = found or [*noisy.apart(case, said, whole, "none", f"fit of fold {fold.number}")]
        yield from found or _calibrated(case, cut, said, noisy)
    yield from _cuts(case, said, rng)


@dataclass(frozen=True, eq=False)
class _Noisy:
    """A fold whose rows outside the training window are noise, but for the probes' features."""

    frame: pd.DataFrame
    rows: Timeline
    fold: Fold
    probes: NDArray[np.int64]
    """Positions in `fold.test`."""

    def scaled(self, case: Case, said: Said) -> Iterator[Leak]:
        """The leak of whatever is done to features before they are learned from."""
        kept = np.r_[self.fold.train, self.fold.test[self.probes]]
        one, other = said.x[kept], self._values(case)[kept]
        differ = ~np.isclose(one, other, rtol=CLOSE, atol=CLOSE, equal_nan=True)
        if not differ.any():
            return
        at, column = (int(place) for place in np.argwhere(differ)[-1])
        row, name = int(kept[at]), case.matrix.features[column]
        before, after = number(one[at, column]), number(other[at, column])
        step = f"scaler of fold {self.fold.number}"
        words = (
            f"{step}: {name} at {told(case.stamp(row))} is learned from as {shown(before)}, and as"
            f" {shown(after)} when rows outside the training window are noise"
        )
        yield case.leak("fits", step, words, row=row, before=before, after=after)

    def _values(self, case: Case) -> Floats:
        return predict.values_of(self.frame, case.matrix.features)

    def apart(
        self, case: Case, said: Said, whole: Floats, calibration: str, step: str
    ) -> Iterator[Leak]:
        """The leak of this step, if what is said of the probes has changed."""
        [now] = predict.predicted(
            self._values(case), self.rows, [self.fold], said.learner, calibration
        )
        one, other = whole[self.probes], now[self.probes]
        differ = ~np.isclose(one, other, rtol=CLOSE, atol=CLOSE)
        if not differ.any():
            return
        at, code = (int(place) for place in np.argwhere(differ)[-1])
        row = int(self.fold.test[self.probes[at]])
        before, after = number(one[at, code]), number(other[at, code])
        words = (
            f"{step}: the probability of {case.matrix.classes[code]} at {told(case.stamp(row))} is"
            f" {shown(before)}, and {shown(after)} when rows outside the training window are noise"
        )
        yield case.leak("fits", step, words, row=row, before=before, after=after)


def _noisy(case: Case, cut: Cut, fold: Fold, rng: np.random.Generator) -> _Noisy:
    probes = np.arange(0, len(fold.test), 2)
    outside = np.ones(len(cut.rows), bool)
    outside[fold.train] = False
    y = cut.rows.y.copy()
    noise = outside & (y >= 0)
    y[noise] = rng.integers(0, len(cut.rows.classes), int(noise.sum()))
    outside[fold.test[probes]] = False  # their features are looked at
    names = list(case.columns)
    values = case.matrix.frame[names].to_numpy(dtype="float64").copy()
    known = np.where(np.isfinite(values), values, 0.0)
    values[outside] = rng.normal(known.mean(axis=0), 5 * known.std(axis=0) + 1, values.shape)[
        outside
    ]
    frame = case.matrix.frame.copy()
    frame[names] = values
    return _Noisy(frame, replace(cut.rows, y=y), fold, probes)


def _calibrated(case: Case, cut: Cut, said: Said, noisy: _Noisy) -> Iterator[Leak]:
    """The same with a calibrator, where the window has rows enough for one: the first to leak."""
    for kind in CALIBRATIONS if noisy.fold is cut.folds[-1] else CALIBRATIONS[:1]:
        if leak := next(_with(kind, case, cut, said, noisy), None):
            yield leak
            return


def _with(kind: str, case: Case, cut: Cut, said: Said, noisy: _Noisy) -> Iterator[Leak]:
    fold, step = noisy.fold, f"calibrator of fold {noisy.fold.number}"
    step += "" if kind == CALIBRATIONS[0] else f", {kind}"
    try:
        slices = _slices(cut.rows, fold, kind)
        [whole] = predict.predicted(said.x, cut.rows, [fold], said.learner, kind)
        yield from noisy.apart(case, said, whole, kind, step)
    except BadRequest:  # such a window is refused a calibrator whenever one is asked for
        return
    outside = np.setdiff1d(slices, fold.train)
    if len(outside):
        row = int(outside[0])
        words = (
            f"{step} is fitted on {len(outside)} rows outside its training window, the first of"
            f" {told(case.stamp(row))}"
        )
        yield case.leak("fits", step, words, row=row)


def _slices(rows: Timeline, fold: Fold, kind: str) -> Rows:
    """All rows from which a calibrator of that kind is made or chosen."""
    if kind == calibrate.AUTO:
        return np.concatenate(calibrate.slices_to_choose(rows, fold.train))
    return np.concatenate(calibrate.slices_of(rows, fold.train, kind))


def _cuts(case: Case, said: Said, rng: np.random.Generator) -> Iterator[Leak]:
    """Cuts of a fold that change when what is said and paid from that fold on does."""
    proba, fold = said.predictions.proba, said.predictions.fold
    tape, matrix = case.matrix.tape, case.matrix
    whole = _book(case, said, proba, tape)
    then = _chosen(case, whole, tape)
    for k, (begins, _) in enumerate(whole.blocks):
        later = np.flatnonzero(fold >= k)
        mixed = proba.copy()
        mixed[later] = rng.permutation(proba[later])
        prices = np.ones(len(tape))
        prices[begins:] = np.exp(rng.normal(0, 0.05, len(tape) - begins))
        other = replace(tape, **{name: getattr(tape, name) * prices for name in PRICES})
        now = _chosen(case, _book(case, said, mixed, other), other)
        if now[k] != then[k]:
            row = begins - matrix.offset
            words = (
                f"cut of fold {k}: {then[k]:g}, and {now[k]:g} when what comes from"
                f" {told(case.stamp(row))} on is noise"
            )
            yield case.leak(
                "fits", f"cut of fold {k}", words, row=row, before=float(then[k]),
                after=float(now[k]),
            )  # fmt: skip


def _book(case: Case, said: Said, proba: Floats, tape: Tape) -> Book:
    matrix, policy = case.matrix, case.config.policy
    gate = matrix.frame[policy.momentum_column] if policy.momentum_gate else None
    return book_of(
        proba, matrix.classes, said.predictions.fold, tape, policy, offset=matrix.offset,
        side=matrix.frame["side"], momentum=gate,
    )  # fmt: skip


def _chosen(case: Case, book: Book, tape: Tape) -> Floats:
    ways = plan(tape, case.config.policy, case.matrix.label_end)
    return decide.cuts_of(RULE, book, prospects_of(tape, book, ways, case.config.policy)).values
