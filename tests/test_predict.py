"""Predictions are out of fold: no answer, no later data and no number of threads changes them."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from sigma_core.calendars import calendar
from sigma_core.domain.model import LearnerSpec
from sigma_core.engine.bundle import scorer_of
from sigma_core.engine.predict import Predictions, fit_all, out_of_fold, values_of
from sigma_core.engine.splits import Timeline, inner_fold, walk_forward
from sigma_core.engine.uniqueness import uniqueness
from sigma_core.errors import BadRequest, Cancelled, UnknownName
from sigma_core.learners import Chosen, learner_of

HORIZON, SPLITS = 5, 3


@pytest.fixture(scope="module")
def study() -> tuple[np.ndarray, Timeline]:
    """500 sessions with four features; the second tells a little of a label 5 sessions ahead."""
    n, rng = 500, np.random.default_rng(11)
    x = rng.normal(size=(n, 4))
    x[:20, 3] = np.nan
    ahead = x[:, 1] + rng.normal(size=n)
    known = np.arange(n) + HORIZON < n
    y = np.where(known, np.digitize(ahead, [-0.5, 0.5]), -1).astype("int8")
    days = calendar("XNYS").sessions()["session"].iloc[9000 : 9000 + n].to_numpy()
    return x, Timeline(
        session=days,
        y=y,
        t1=np.where(known, np.arange(n) + HORIZON, -1),
        scorable=np.arange(n) >= 10,
        classes=("DOWN", "FLAT", "UP"),
        calendar=calendar("XNYS"),
    )


@pytest.fixture(params=["xgboost", "logistic"])
def learner(request: pytest.FixtureRequest) -> Chosen:
    params = {"rounds": 15} if request.param == "xgboost" else {}
    return learner_of(LearnerSpec(name=request.param, params=params))


def predicted(
    study: tuple[np.ndarray, Timeline], learner: Chosen, *, workers: int = 2
) -> Predictions:
    x, rows = study
    return out_of_fold(x, rows, walk_forward(rows, splits=SPLITS), learner, workers=workers)


def test_every_test_row_is_predicted_and_no_other(
    study: tuple[np.ndarray, Timeline], learner: Chosen
) -> None:
    said = predicted(study, learner)

    for fold in walk_forward(study[1], splits=SPLITS):
        assert (said.fold[fold.test] == fold.number).all()
    assert (np.isfinite(said.proba).all(axis=1) == (said.fold >= 0)).all()
    # 495 labelled sessions: 123 a block, 126 in the first
    assert (said.fold == -1).sum() == 126


def test_any_number_of_threads_gives_the_same_bytes(
    study: tuple[np.ndarray, Timeline], learner: Chosen
) -> None:
    one, many = predicted(study, learner, workers=1), predicted(study, learner, workers=4)

    assert one.proba.tobytes() == many.proba.tobytes()
    assert one.inner is not None
    assert many.inner is not None
    assert one.inner[1].tobytes() == many.inner[1].tobytes()


def test_the_answers_of_a_test_block_change_no_prediction_of_it(
    study: tuple[np.ndarray, Timeline], learner: Chosen
) -> None:
    x, rows = study
    folds = walk_forward(rows, splits=SPLITS)
    last = folds[-1].test
    y = rows.y.copy()
    y[last] = np.where(y[last] >= 0, 2 - y[last], -1)

    before, after = predicted(study, learner), predicted((x, replace(rows, y=y)), learner)
    assert before.proba.tobytes() == after.proba.tobytes()


def test_what_comes_after_a_fold_changes_no_prediction_of_it(
    study: tuple[np.ndarray, Timeline], learner: Chosen
) -> None:
    x, rows = study
    folds = walk_forward(rows, splits=SPLITS)
    until = int(folds[0].test[-1]) + 1
    other, y = x.copy(), rows.y.copy()
    other[until:] = 9.0
    y[until:] = np.where(y[until:] >= 0, 1, -1)

    whole = predicted(study, learner)
    changed = out_of_fold(other, replace(rows, y=y), folds, learner)
    alone = out_of_fold(x, rows, folds[:1], learner)

    assert changed.proba[:until].tobytes() == whole.proba[:until].tobytes()
    assert alone.proba[:until].tobytes() == whole.proba[:until].tobytes()


def test_no_prediction_is_made_by_a_model_that_saw_the_answer(
    study: tuple[np.ndarray, Timeline], learner: Chosen
) -> None:
    """Each fold is what one gets by hand from its training rows, weighted by uniqueness."""
    x, rows = study
    said = predicted(study, learner)

    for fold in walk_forward(rows, splits=SPLITS):
        weight = uniqueness(fold.train, fold.train + HORIZON)
        by_hand = learner.fit(x[fold.train], rows.y[fold.train], weight, classes=3)
        assert by_hand.proba(x[fold.test]).tobytes() == said.proba[fold.test].tobytes()


def test_the_inner_model_knows_the_first_four_fifths_only(
    study: tuple[np.ndarray, Timeline], learner: Chosen
) -> None:
    x, rows = study
    inner = inner_fold(rows, walk_forward(rows, splits=SPLITS)[0])
    said = predicted(study, learner).inner

    assert inner is not None
    assert said is not None
    assert said[0].tolist() == inner.test.tolist()
    weight = uniqueness(inner.train, inner.train + HORIZON)
    by_hand = learner.fit(x[inner.train], rows.y[inner.train], weight, classes=3)
    assert said[1].tobytes() == by_hand.proba(x[inner.test]).tobytes()


def test_progress_is_told_and_can_stop_it(
    study: tuple[np.ndarray, Timeline], learner: Chosen
) -> None:
    x, rows = study
    told: list[tuple[int, int]] = []

    def stop(done: int, total: int, note: str = "") -> None:
        told.append((done, total))
        if done == 2:
            raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        out_of_fold(x, rows, walk_forward(rows, splits=SPLITS), learner, workers=1, progress=stop)
    assert told == [(1, 4), (2, 4)]  # three folds and the inner model


def test_an_error_of_a_fit_is_not_swallowed(study: tuple[np.ndarray, Timeline]) -> None:
    x, rows = study
    broken = Chosen(learner_of(LearnerSpec()).learner, {"rounds": "many"}, 7)  # type: ignore[dict-item]

    with pytest.raises(TypeError):
        out_of_fold(x, rows, walk_forward(rows, splits=SPLITS), broken)


def test_the_final_fit_learns_from_every_labelled_row(
    study: tuple[np.ndarray, Timeline], learner: Chosen
) -> None:
    x, rows = study
    known = np.arange(len(rows) - HORIZON)
    by_hand = learner.fit(x[known], rows.y[known], uniqueness(known, known + HORIZON), classes=3)

    assert fit_all(x, rows, learner).save() == by_hand.save()


def test_what_is_not_finite_is_missing() -> None:
    table = pd.DataFrame({"b": [1, 2], "a": [np.inf, 0.5]})

    assert np.array_equal(values_of(table, ["a", "b"]), [[np.nan, 1], [0.5, 2]], equal_nan=True)


class TestScorer:
    @pytest.fixture
    def table(self, study: tuple[np.ndarray, Timeline]) -> pd.DataFrame:
        return pd.DataFrame(study[0], columns=["rsi_14", "roc_5", "atr_14", "vol_zscore_20"])

    def test_a_kept_model_says_what_it_said(
        self, study: tuple[np.ndarray, Timeline], learner: Chosen, table: pd.DataFrame
    ) -> None:
        x, rows = study
        found = fit_all(x, rows, learner)
        scorer = scorer_of(
            learner.learner.name, found.save(), features=list(table), classes=rows.classes
        )

        assert scorer.score(table).tobytes() == found.proba(x).tobytes()
        assert scorer.score(table[list(table)[::-1]]).tobytes() == found.proba(x).tobytes()
        assert scorer.contributions(table).tobytes() == found.contributions(x).tobytes()

    def test_missing_extra_repeated_and_wordy_features_are_refused_by_name(
        self, study: tuple[np.ndarray, Timeline], learner: Chosen, table: pd.DataFrame
    ) -> None:
        x, rows = study
        kept = fit_all(x, rows, learner).save()
        scorer = scorer_of(learner.learner.name, kept, features=list(table), classes=rows.classes)

        renamed = table.rename(columns={"roc_5": "roc_6"})
        with pytest.raises(BadRequest, match="was fitted on 'roc_5', which is missing") as no:
            scorer.score(renamed)
        assert "Did you mean roc_6" in no.value.hint
        with pytest.raises(BadRequest, match=r"not fitted on 'obv' \(1 more\)"):
            scorer.score(table.assign(obv=1.0, ad=2.0))
        with pytest.raises(BadRequest, match="'rsi_14' is given twice"):
            scorer.score(pd.concat([table, table[["rsi_14"]]], axis=1))
        with pytest.raises(BadRequest, match="'atr_14' holds str, not numbers"):
            scorer.contributions(table.assign(atr_14="high"))

    def test_an_unknown_learner_is_refused(self) -> None:
        with pytest.raises(UnknownName, match="'svm'"):
            scorer_of("svm", b"", features=[], classes=[])
