"""Calibration `auto`: chosen inside the training window, on rows after those it was fitted on."""

from dataclasses import replace

import numpy as np
import pytest

from sigma_core.calendars import calendar
from sigma_core.domain.model import LearnerSpec
from sigma_core.engine.calibrate import best_kind, slices_to_choose
from sigma_core.engine.predict import calibration_of, fit_all, out_of_fold
from sigma_core.engine.splits import Timeline, walk_forward
from sigma_core.errors import BadRequest
from sigma_core.learners import learner_of

CLASSES = ("DOWN", "FLAT", "UP")
HORIZON = 5
LEARNER = learner_of(LearnerSpec(name="logistic"))


def timeline(n, *, seed=3):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 3))
    known = np.arange(n) + HORIZON < n
    y = np.where(known, np.digitize(x[:, 0] + rng.normal(size=n), [-0.4, 0.4]), -1).astype("int8")
    days = calendar("XNYS").sessions()["session"].iloc[1000 : 1000 + n].to_numpy()
    t1 = np.where(known, np.arange(n) + HORIZON, -1)
    return x, Timeline(
        session=days, y=y, t1=t1, scorable=np.ones(n, bool), classes=CLASSES,
        calendar=calendar("XNYS"),
    )  # fmt: skip


def coin(n, *, sharper, seed=2):
    """Outcomes of known log-odds z, said as z times `sharper`: probabilities and a timeline."""
    rng = np.random.default_rng(seed)
    z = rng.normal(size=n)
    y = (rng.random(n) < 1 / (1 + np.exp(-z))).astype("int8")
    said = 1 / (1 + np.exp(-sharper * z))
    _, rows = timeline(n)
    return np.column_stack([1 - said, said]), replace(rows, y=y, classes=("0", "1"))


def chosen_for(said, rows, *, fitted):
    late, compared = np.arange(fitted), np.arange(fitted, len(said))
    return best_kind(said[late], said[compared], rows, late, compared)


def test_what_is_true_is_left_alone_and_what_is_bent_is_straightened():
    assert chosen_for(*coin(2900, sharper=1.0), fitted=900) == "none"
    assert chosen_for(*coin(2900, sharper=3.0), fitted=900) == "sigmoid"


def test_isotonic_is_asked_where_there_are_rows_and_no_sigmoid_fits():
    """UP is more likely at both ends than between: no curve of one bend says that."""
    rng = np.random.default_rng(5)
    said = rng.uniform(0.05, 0.95, 5000)
    true = np.where(said < 0.5, 0.1, np.where(said < 0.52, 0.5, 0.55))
    y = (rng.random(5000) < true).astype("int8")
    rows = replace(coin(5000, sharper=1)[1], y=y)
    both = np.column_stack([1 - said, said])
    assert chosen_for(both, rows, fitted=2500) == "isotonic"
    assert chosen_for(both, rows, fitted=990) == "sigmoid"  # 1,000 rows are needed


def test_the_three_parts_follow_each_other_and_no_label_reaches_over():
    _, rows = timeline(1500)
    train = np.flatnonzero(rows.labelled)[:1000]
    early, late, compared = slices_to_choose(rows, train)
    assert (len(compared), len(late)) == (200, pytest.approx(160, abs=2))
    for before, after in ((early, late), (late, compared)):
        assert rows.t1[before].max() < after.min()


def test_each_fold_says_what_the_kind_it_chose_says():
    x, rows = timeline(4000)
    folds = walk_forward(rows, splits=4)
    auto = out_of_fold(x, rows, folds, LEARNER, calibration="auto")
    assert len(auto.chosen) == len(folds)
    for fold, kind in zip(folds, auto.chosen, strict=True):
        same = out_of_fold(x, rows, [fold], LEARNER, calibration=kind)
        assert same.proba[fold.test].tobytes() == auto.proba[fold.test].tobytes()
        assert same.chosen == ()


def test_nothing_after_a_fold_changes_what_it_chose():
    x, rows = timeline(4000)
    folds = walk_forward(rows, splits=2)
    first = folds[0].test[0]
    y = rows.y.copy()
    y[first:] = np.where(y[first:] >= 0, 2 - y[first:], -1)
    one = out_of_fold(x, rows, folds, LEARNER, calibration="auto")
    other = out_of_fold(x, replace(rows, y=y), folds, LEARNER, calibration="auto")
    assert other.chosen[0] == one.chosen[0]
    assert other.proba[folds[0].test].tobytes() == one.proba[folds[0].test].tobytes()


def test_any_number_of_threads_chooses_the_same():
    x, rows = timeline(3200)
    folds = walk_forward(rows, splits=3)
    one, two = (out_of_fold(x, rows, folds, LEARNER, calibration="auto", workers=n) for n in (1, 3))
    assert (one.chosen, one.proba.tobytes()) == (two.chosen, two.proba.tobytes())


def test_the_model_that_is_kept_is_of_the_kind_chosen_on_all_rows():
    x, rows = timeline(3000)
    kept = calibration_of(fit_all(x, rows, LEARNER, calibration="auto"))
    kinds = ("none", "sigmoid", "isotonic")
    made = fit_all(x, rows, LEARNER, calibration="auto").proba(x).tobytes()
    same = [k for k in kinds if _said(x, rows, k) == made]
    assert same == [kept["kind"] if kept else "none"]


def _said(x, rows, kind):
    try:
        return fit_all(x, rows, LEARNER, calibration=kind).proba(x).tobytes()
    except BadRequest:
        return b""


def test_too_few_rows_are_refused_with_the_counts():
    _, rows = timeline(700)
    with pytest.raises(BadRequest, match="calibration auto cannot be fitted") as told:
        slices_to_choose(rows, np.flatnonzero(rows.labelled)[:520])
    assert "at least 100 are needed" in str(told.value)
    assert "calibration=none" in told.value.hint
