"""Features shifted one bar later: a score that falls a lot hangs on the very last bar."""

from collections.abc import Iterator
from math import sqrt

import numpy as np

from sigma_core.domain.leaks import Leak
from sigma_core.engine import predict
from sigma_core.engine.leaks._case import Case
from sigma_core.engine.leaks._fits import Said
from sigma_core.engine.leaks._folds import Cut
from sigma_core.engine.predict import Floats
from sigma_core.engine.uniqueness import uniqueness

FALL, ERRORS = 0.03, 3.0
"""A fall of the area under the ROC curve is told from so much on, and so many standard errors."""
KNOWS, LOSES = 0.75, 0.15
"""So sure before, and so much less sure a bar later: no honest feature does that. Two normal
variables of rank correlation 0.5, the limit of `leak_suspicion`, make an area of about 0.75."""
STEP = "features one bar later"


def a_bar_later(case: Case, cut: Cut, said: Said) -> Iterator[Leak]:
    """The leak, or the doubt, that the score falls when every feature comes one bar later."""
    late = np.vstack([np.full_like(said.x[:1], np.nan), said.x[:-1]])
    made = predict.predicted(late, cut.rows, cut.folds, said.learner, "none")
    shifted = np.full_like(said.predictions.proba, np.nan)
    for fold, proba in zip(cut.folds, made, strict=True):
        shifted[fold.test] = proba
    before, after = area(case, cut, said.predictions.proba), area(case, cut, shifted)
    if before is None or after is None:
        return
    if before - after < max(FALL, ERRORS * _error(cut)):
        return
    doubt = before < KNOWS or before - after < LOSES
    words = (
        f"out of fold the models tell up from down with an area under the curve of {before:.3f},"
        f" and of {after:.3f} when every feature comes one bar later"
    )
    words += ": an edge that lives for a bar, or a feature that knows too much" if doubt else ""
    yield case.leak(
        "later", STEP, words, row=None, before=float(before), after=float(after), doubt=doubt
    )


def area(case: Case, cut: Cut, proba: Floats) -> float | None:
    """Area under the ROC curve of UP against DOWN (1 against 0) over tested labelled rows.

    None if either is not among them. Source: J. Hanley, B. McNeil, Radiology 143(1), 1982.
    """
    from sklearn.metrics import roc_auc_score  # seconds to import

    down, up = _sides(case)
    use = np.isfinite(proba).all(axis=1) & np.isin(cut.rows.y, (down, up))
    won = cut.rows.y[use] == up
    if not 0 < won.sum() < len(won):
        return None
    both = proba[use][:, [down, up]]
    total = both.sum(axis=1)
    share = np.divide(both[:, 1], total, out=np.full(len(both), 0.5), where=total > 0)
    return float(roc_auc_score(won, share))


def _sides(case: Case) -> tuple[int, int]:
    names = ("DOWN", "UP") if "UP" in case.matrix.classes else ("0", "1")
    return case.matrix.classes.index(names[0]), case.matrix.classes.index(names[1])


def _error(cut: Cut) -> float:
    """Standard error of the difference of two areas of no skill, by independent labels.

    Of one: sqrt((n + 1) / (12 n₁ n₀)), n counting each row as much as its label is unique.
    """
    rows = cut.rows
    tested = np.concatenate([fold.test for fold in cut.folds])
    tested = tested[rows.labelled[tested]]
    share = float(uniqueness(tested, rows.t1[tested]).mean())
    n = max(len(tested) * share, 2.0)
    return sqrt(2 * (n + 1) / (3 * n * n))
