"""Probabilities that mean what they say: corrected on rows the model was not fitted to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sigma_core.engine.forecast import log_loss
from sigma_core.engine.splits import Fold, Rows, Timeline, inner_fold
from sigma_core.errors import BadRequest
from sigma_core.learners import Fitted

Floats = NDArray[np.float64]
Codes = NDArray[np.int8]

LEAST_ROWS = {"auto": 100, "sigmoid": 100, "isotonic": 1000}
"""Rows the correction must be fitted on."""
LEAST_OF_CLASS = 15
AUTO = "auto"
"""Whichever of none, sigmoid and isotonic did best on rows after those it was fitted on."""
CLIP = 1e-15
"""Probabilities are kept this far from 0 and 1 before their log-odds are taken."""


@dataclass(frozen=True, eq=False)
class Calibrator:
    """One curve a class, as plain numbers; the corrected probabilities are made to sum to 1."""

    kind: str
    """sigmoid or isotonic."""
    curves: tuple[tuple[Floats, Floats], ...]
    """Of each class: ([slope], [intercept]) on log-odds, or the corners (x, y) of a step-free line.
    """

    def __call__(self, proba: Floats) -> Floats:
        """Corrected probabilities, [rows, classes]; a row that is 0 throughout is spread evenly."""
        columns = [self._corrected(p, *c) for p, c in zip(proba.T, self.curves, strict=True)]
        made = np.column_stack(columns)
        total = made.sum(axis=1, keepdims=True)
        even = np.full_like(made, 1 / made.shape[1])
        return np.asarray(np.divide(made, total, out=even, where=total > 0))

    @property
    def numbers(self) -> dict[str, Any]:
        """What a bundle keeps; `read` is the reverse."""
        return {"kind": self.kind, "curves": [[a.tolist(), b.tolist()] for a, b in self.curves]}

    @classmethod
    def read(cls, numbers: Mapping[str, Any]) -> "Calibrator":
        """The calibrator of a bundle."""
        curves = [(np.array(a, "float64"), np.array(b, "float64")) for a, b in numbers["curves"]]
        return cls(kind=numbers["kind"], curves=tuple(curves))

    def _corrected(self, p: Floats, first: Floats, second: Floats) -> Floats:
        if self.kind == "isotonic":
            return np.asarray(np.interp(p, first, second))
        return np.asarray(1 / (1 + np.exp(-(first[0] * _log_odds(p) + second[0]))))


@dataclass(frozen=True, eq=False)
class Calibrated:
    """A fitted model behind its calibrator; everything but the probabilities is the model's."""

    fitted: Fitted
    calibrator: Calibrator

    def proba(self, x: Floats) -> Floats:
        """Corrected probability of each class, [rows, classes]."""
        return self.calibrator(self.fitted.proba(x))

    def contributions(self, x: Floats) -> Floats:
        """What each feature adds to the score before it is corrected."""
        return self.fitted.contributions(x)

    @property
    def measure(self) -> str:
        """What `importance` is measured by."""
        return self.fitted.measure

    def importance(self) -> Floats:
        """How much each feature matters to the fit."""
        return self.fitted.importance()

    def save(self) -> bytes:
        """The model alone; the calibrator's numbers stand in the manifest."""
        return self.fitted.save()


def slices_of(rows: Timeline, train: Rows, calibration: str) -> tuple[Rows, Rows]:
    """A training window in two: what the model is fitted on, and what the correction is.

    The correction takes the last 20 % of the window's labelled sessions, the model the rows before
    them, purged. Raises BadRequest, with the counts, if the slice has fewer than 100 rows (sigmoid
    and auto; isotonic 1,000) or 15 of a class. Source: spec §7.
    """
    inner = inner_fold(rows, Fold(number=0, train=train, test=train))
    late = np.intersect1d(inner.test, train) if inner else train[:0]
    if said := _too_thin(rows, late, calibration):
        raise BadRequest(
            f"calibration {calibration} cannot be fitted: {said}.",
            hint="Use calibration=none, fewer splits, or start earlier.",
        )
    assert inner is not None  # else the slice was empty  # noqa: S101
    return inner.train, late


def slices_to_choose(rows: Timeline, train: Rows) -> tuple[Rows, Rows, Rows]:
    """A training window in three, in time order: to fit a model, its corrections, and to compare.

    The comparison takes the last 20 % of the window's labelled sessions, the corrections the last
    20 % of those before; purged at both. Raises BadRequest if either is too thin for a sigmoid.
    """
    before, compared = slices_of(rows, train, AUTO)
    early, late = slices_of(rows, before, AUTO)
    return early, late, compared


def best_kind(said: Floats, then: Floats, rows: Timeline, late: Rows, compared: Rows) -> str:
    """The kind whose probabilities on later rows have the least log-loss; a tie: the plainer one.

    `said` and `then` are one model's probabilities on `late`, where the corrections are fitted, and
    on `compared`. isotonic is asked only where `late` would do for it.
    """
    scores = {"none": log_loss(then, rows.y[compared])}
    for kind in ("sigmoid", "isotonic"):
        if not _too_thin(rows, late, kind):
            made = calibrator_of(kind, said, rows.y[late], rows.classes)
            scores[kind] = log_loss(made(then), rows.y[compared])
    return min(scores, key=scores.__getitem__)


def calibrator_of(kind: str, proba: Floats, y: Codes, classes: Sequence[str]) -> Calibrator:
    """Fit one curve a class to what came true, the class against all others.

    sigmoid: log-odds of `proba` through a logistic curve, fitted to Platt's targets
    (n₊ + 1)/(n₊ + 2) and 1/(n₋ + 2). isotonic: the best curve that never falls.

    Source: J. Platt, Probabilistic Outputs for Support Vector Machines, 1999; B. Zadrozny,
    C. Elkan, Transforming Classifier Scores into Accurate Multiclass Probability Estimates, 2002.
    """
    fit = {"sigmoid": _sigmoid, "isotonic": _isotonic}[kind]
    curves = [fit(proba[:, code], y == code) for code in range(len(classes))]
    return Calibrator(kind=kind, curves=tuple(curves))


def _sigmoid(p: Floats, true: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    from sklearn.linear_model import LogisticRegression  # seconds to import

    yes, no = int(true.sum()), int((~true).sum())
    target = np.where(true, (yes + 1) / (yes + 2), 1 / (no + 2))
    x = np.tile(_log_odds(p), 2)[:, None]
    side = np.repeat([1, 0], len(p))
    # a target between 0 and 1 is a row of each side, weighing as much as its share
    weight = np.r_[target, 1 - target]
    found = LogisticRegression(C=np.inf, max_iter=1000, tol=1e-8).fit(x, side, weight)
    return found.coef_[0], found.intercept_


def _isotonic(p: Floats, true: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    from sklearn.isotonic import IsotonicRegression  # seconds to import

    found = IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip").fit(p, true.astype(float))
    return np.asarray(found.X_thresholds_), np.asarray(found.y_thresholds_)


def _log_odds(p: Floats) -> Floats:
    inside = np.clip(p, CLIP, 1 - CLIP)
    return np.asarray(np.log(inside / (1 - inside)))


def _too_thin(rows: Timeline, late: Rows, calibration: str) -> str:
    least = LEAST_ROWS[calibration]
    if len(late) < least:
        more = f", about {least / len(late):.1f} times as many" if len(late) else ""
        return (
            f"the last 20 % of a training window's sessions hold {len(late)} labelled rows,"
            f" at least {least:,} are needed{more}"
        )
    for code, name in enumerate(rows.classes):
        found = int((rows.y[late] == code).sum())
        if found < LEAST_OF_CLASS:
            return (
                f"the last 20 % of a training window's sessions hold {found} rows of class {name},"
                f" at least {LEAST_OF_CLASS} are needed"
            )
    return ""
