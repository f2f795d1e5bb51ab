"""Calibration: the curves by hand, what they are fitted on, and what is too thin for them."""

import json
from dataclasses import replace
from math import ceil

import numpy as np
import pytest

from sigma_core.calendars import calendar
from sigma_core.domain.model import LearnerSpec
from sigma_core.engine.bundle import scorer_of
from sigma_core.engine.calibrate import Calibrator, calibrator_of, slices_of
from sigma_core.engine.predict import calibration_of, fit_all, out_of_fold
from sigma_core.engine.splits import Timeline, walk_forward
from sigma_core.errors import BadRequest
from sigma_core.learners import learner_of

CLASSES = ("DOWN", "FLAT", "UP")
HORIZON = 5


def timeline(n, *, seed=3):
    """Sessions with three features, the first of which tells a little of the label."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 3))
    known = np.arange(n) + HORIZON < n
    y = np.where(known, np.digitize(x[:, 0] + rng.normal(size=n), [-0.4, 0.4]), -1).astype("int8")
    days = calendar("XNYS").sessions()["session"].iloc[3000 : 3000 + n].to_numpy()
    t1 = np.where(known, np.arange(n) + HORIZON, -1)
    return x, Timeline(
        session=days, y=y, t1=t1, scorable=np.ones(n, bool), classes=CLASSES,
        calendar=calendar("XNYS"),
    )  # fmt: skip


LEARNER = learner_of(LearnerSpec(name="logistic"))


def test_sigmoid_finds_a_known_distortion():
    """Log-odds doubled on purpose come back halved: p = 1/(1 + e^-z), said as 1/(1 + e^-2z)."""
    rng = np.random.default_rng(1)
    z = rng.normal(size=40_000)
    y = (rng.random(40_000) < 1 / (1 + np.exp(-z))).astype("int8")
    said = 1 / (1 + np.exp(-2 * z))
    (slope_no, _), (slope, shift) = calibrator_of(
        "sigmoid", np.column_stack([1 - said, said]), y, ("0", "1")
    ).curves
    assert slope[0] == pytest.approx(0.5, abs=0.02)
    assert slope_no[0] == pytest.approx(slope[0], abs=1e-6)  # the two classes mirror each other
    assert shift[0] == pytest.approx(0.0, abs=0.03)


def test_sigmoid_aims_at_platts_targets():
    """With one level of confidence the curve meets the mean of the targets.

    3 of 4 true: targets 4/5 and 1/3, their mean (3·4/5 + 1/3)/4 = 41/60.
    """
    p = np.array([0.6, 0.6, 0.6, 0.6])
    y = np.array([1, 1, 1, 0], "int8")
    made = calibrator_of("sigmoid", np.column_stack([1 - p, p]), y, ("0", "1"))
    (_, _), (slope, shift) = made.curves
    assert 1 / (1 + np.exp(-(slope[0] * np.log(1.5) + shift[0]))) == pytest.approx(41 / 60, 1e-5)


def test_isotonic_pools_what_falls():
    """0, 1, 0, 1 at rising p: the middle two are pooled to one half."""
    p = np.array([0.1, 0.2, 0.3, 0.4])
    y = np.array([0, 1, 0, 1], "int8")
    made = calibrator_of("isotonic", np.column_stack([1 - p, p]), y, ("0", "1"))
    assert made(np.column_stack([1 - p, p]))[:, 1] == pytest.approx([0, 0.5, 0.5, 1])


def test_a_row_of_nothing_is_spread_evenly():
    flat = (np.array([0.0, 1.0]), np.array([0.0, 0.0]))
    made = Calibrator(kind="isotonic", curves=(flat, flat))
    assert made(np.array([[0.3, 0.7]])).tolist() == [[0.5, 0.5]]


@pytest.mark.parametrize("kind", ["sigmoid", "isotonic"])
def test_the_slice_is_the_last_fifth_and_the_model_never_sees_it(kind):
    _, rows = timeline(6000 if kind == "isotonic" else 800)
    train = np.flatnonzero(rows.labelled)
    early, late = slices_of(rows, train, kind)
    assert late.tolist() == train[len(train) - ceil(len(train) / 5) :].tolist()
    assert rows.t1[early].max() < late.min()
    assert early.tolist() == train[train + HORIZON < late[0]].tolist()


@pytest.mark.parametrize("kind", ["sigmoid", "isotonic"])
def test_nothing_after_a_fold_changes_its_predictions(kind):
    x, rows = timeline(10_400 if kind == "isotonic" else 1300)
    folds = walk_forward(rows, splits=1)
    first = folds[0].test
    said = out_of_fold(x, rows, folds, LEARNER, calibration=kind)
    y = rows.y.copy()
    y[first[0] :] = np.where(y[first[0] :] >= 0, 2 - y[first[0] :], -1)
    changed = out_of_fold(x, replace(rows, y=y), folds, LEARNER, calibration=kind)
    assert changed.proba[first].tobytes() == said.proba[first].tobytes()
    assert said.proba[first].sum(axis=1) == pytest.approx(1)
    plain = out_of_fold(x, rows, folds, LEARNER)
    assert not np.allclose(plain.proba[first], said.proba[first])


def test_a_bundle_keeps_the_curves_as_numbers():
    x, rows = timeline(900)
    found = fit_all(x, rows, LEARNER, calibration="sigmoid")
    kept = json.loads(json.dumps(calibration_of(found)))
    names = ["a", "b", "c"]
    scorer = scorer_of("logistic", found.save(), features=names, classes=CLASSES, calibration=kept)
    assert scorer.fitted.proba(x).tobytes() == found.proba(x).tobytes()
    assert calibration_of(fit_all(x, rows, LEARNER)) is None


def test_what_is_too_thin_is_refused_with_the_counts():
    _, rows = timeline(400)
    train = np.flatnonzero(rows.labelled)
    with pytest.raises(BadRequest, match="hold 79 labelled rows, at least 100 are needed") as no:
        slices_of(rows, train, "sigmoid")
    assert "calibration=none" in no.value.hint
    with pytest.raises(BadRequest, match=r"at least 1,000 are needed, about 12\.7 times"):
        slices_of(rows, train, "isotonic")
    _, longer = timeline(1000)
    y = np.where(longer.y == 0, 2, longer.y)
    with pytest.raises(BadRequest, match="hold 0 rows of class DOWN, at least 15"):
        slices_of(replace(longer, y=y), np.flatnonzero(longer.labelled), "sigmoid")
