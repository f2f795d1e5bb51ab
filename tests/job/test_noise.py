"""The noise floor: the same search on moved features; nothing counted, nothing mixed."""

import numpy as np
import pytest

from sigma_core.engine.noise import moved_by, moved_column, offset_of, offsets_of
from sigma_core.engine.predict import out_of_fold, values_of
from sigma_core.engine.splits import Fold, timeline_of, walk_forward
from sigma_core.errors import BadRequest, UnknownName
from sigma_core.learners import learner_of
from sigma_core.packs import find_model
from sigma_core.parse import parse, plain
from sigma_core.study import built
from sigma_core.verbs._screens import leaderboard_screen
from sigma_core.verbs.explain import Explain, explain
from sigma_core.verbs.leaderboard import Leaderboard, leaderboard
from sigma_core.verbs.noise_floor import NoiseAsk, noise_floor
from sigma_core.verbs.noise_floors import NoiseFloors, noise_floors
from sigma_core.verbs.sweep_run import SweepRun, sweep_run

MODEL = "toy_eq_swing_daily"
RULES = {"thresholds_variants": ["0.51", "0.52,0.55"], "top_pct_variants": [0.2]}
GRID = parse(SweepRun, {"model_id": MODEL, "splits": 3, **RULES})


class Zero:
    """A generator whose every draw is the least, or the greatest."""

    def __init__(self, *, greatest):
        self.greatest = greatest

    def integers(self, low, high, *, endpoint):
        assert endpoint
        return high if self.greatest else low


@pytest.mark.parametrize(
    ("rows", "least", "most"), [(100, 10, 90), (95, 10, 85), (11, 2, 9), (2, 1, 1)]
)
def test_a_block_is_moved_by_a_tenth_to_nine_tenths_of_its_rows(rows, least, most):
    assert offset_of(rows, Zero(greatest=False)) == least
    assert offset_of(rows, Zero(greatest=True)) == most


def test_a_single_row_cannot_be_moved():
    with pytest.raises(BadRequest, match="block of 1 row"):
        offset_of(1, np.random.default_rng(0))


FOLDS = [
    Fold(number=0, train=np.r_[0:40], test=np.r_[45:60]),
    Fold(number=1, train=np.r_[0:3, 5:55], test=np.r_[60:64, 66:80]),
]


@pytest.mark.parametrize("fold", FOLDS)
def test_training_and_test_rows_never_mix(fold):
    at = moved_by(90, seed=4, run=2)(fold)
    for block, offset in zip((fold.train, fold.test), offsets_of(fold, 4, 2), strict=True):
        assert sorted(at[block]) == list(block)  # each row's features stand at one row of the block
        # all are moved together: the block's first row stands `offset` places on
        assert at[block[offset]] == block[0]
        assert (np.diff(np.searchsorted(block, at[block])) % len(block) == 1).all()
    others = np.setdiff1d(np.arange(90), np.r_[fold.train, fold.test])
    assert (at[others] == others).all()


def test_a_column_that_a_rule_reads_is_moved_with_the_features_of_the_test_rows():
    column, moved = np.arange(90.0), moved_by(90, seed=4, run=2)
    turned = moved_column(column, FOLDS, moved)
    for fold in FOLDS:
        assert (turned[fold.test] == moved(fold)[fold.test]).all()
    assert (turned[:45] == column[:45]).all()


def test_the_features_of_a_fit_are_moved_and_nothing_else(lab):
    """A model told its own answer as a feature is right, and on moved features it is not."""
    made = built(lab, find_model(lab.packs, MODEL, ""))
    rows = timeline_of(made.matrix.frame, made.matrix.classes, made.matrix.tape.calendar)
    x, folds = rows.y[:, None].astype("float64"), walk_forward(rows, splits=3)
    learner = learner_of(find_model(lab.packs, MODEL, "").learner)
    tested = np.concatenate([fold.test for fold in folds])
    tested = tested[rows.y[tested] >= 0]
    sure = out_of_fold(x, rows, folds, learner).proba[tested].argmax(axis=1)
    assert (sure == rows.y[tested]).all()
    moved = moved_by(len(rows), seed=1, run=0)
    blind = out_of_fold(x, rows, folds, learner, moved=moved).proba[tested].argmax(axis=1)
    assert (blind == rows.y[tested]).mean() < 0.6


@pytest.mark.slow
def test_the_same_bytes_for_any_number_of_threads(lab):
    made = built(lab, find_model(lab.packs, MODEL, ""))
    frame, matrix = made.matrix.frame, made.matrix
    rows = timeline_of(frame, matrix.classes, matrix.tape.calendar)
    learner = learner_of(find_model(lab.packs, MODEL, "").learner)
    said = [
        out_of_fold(
            values_of(frame, matrix.features), rows, walk_forward(rows, splits=4), learner,
            moved=moved_by(len(rows), seed=1, run=3), workers=workers,
        ).proba.tobytes()
        for workers in (1, 2, 5)
    ]  # fmt: skip
    assert said[0] == said[1] == said[2]


def test_it_counts_nothing_and_keeps_the_best_of_each_search(lab, swept):
    before, trials = lab.ledger.rows(), leaderboard(lab, Leaderboard())
    found = noise_floor(lab, NoiseAsk(sweep_id=swept.sweep_id, noise_runs=3, seed=5))
    assert lab.ledger.rows() == before
    assert leaderboard(lab, Leaderboard()) == [*trials, found]  # below the ranks, of none itself
    assert leaderboard(lab, Leaderboard(limit=1)) == [trials[0], found]
    with pytest.raises(UnknownName, match="No model is called 'other'"):
        leaderboard(lab, Leaderboard(model_id="other"))
    assert leaderboard(lab, Leaderboard(sweep_id=swept.sweep_id, tag="other")) == []
    said = {e.code: e for e in explain(lab, Explain(run_id=swept.sweep_id)).findings}["noise"]
    assert (said.value, said.limit) == (trials[0].metrics.sharpe, found.highest)
    told = plain(found)
    assert (told["row"], told["rank"]) == ("noise_floor", None)
    assert "trial_id" not in told  # so no way to train it
    assert f"noise floor: {found.words}" in leaderboard_screen(leaderboard(lab, Leaderboard()))
    assert found.found == max(e.metrics.sharpe for e in swept.trials)
    assert (found.rules, found.t, len(found.runs)) == (3, swept.trials[0].evidence.t, 3)
    assert all(len(run.offsets) == 2 * 3 for run in found.runs)  # two blocks a fold
    assert len({run.offsets for run in found.runs}) == 3
    sharpes = sorted(run.sharpe for run in found.runs)
    assert (found.median, found.highest) == (sharpes[1], sharpes[2])
    assert found.beaten == sum(s < found.found for s in sharpes)
    assert f"beats {found.beaten} of 3 searches in noise" in found.words
    assert noise_floors(lab, NoiseFloors()) == [found]
    with pytest.raises(UnknownName, match="No model is called 'other'"):
        noise_floors(lab, NoiseFloors(model_id="other"))


@pytest.mark.slow
def test_a_sweep_can_be_searched_in_noise_at_once_and_comes_out_the_same_later(lab):
    given = {"model_id": MODEL, "splits": 3, "noise_runs": 2, **RULES}
    made = sweep_run(lab, parse(SweepRun, given))
    [at_once] = noise_floors(lab, NoiseFloors(sweep_id=made.sweep_id))
    later = noise_floor(lab, NoiseAsk(sweep_id=made.sweep_id, noise_runs=2))
    assert {r.offsets: r.sharpe for r in later.runs} == {r.offsets: r.sharpe for r in at_once.runs}
    assert [f.made_at for f in noise_floors(lab, NoiseFloors())] == [later.made_at]  # the newest


@pytest.mark.slow
def test_it_can_be_stopped(lab, swept):
    class Stopped(Exception):
        pass

    def progress(done, total, note=""):
        if "noise 2 of 3" in note:
            raise Stopped

    with pytest.raises(Stopped):
        noise_floor(lab, NoiseAsk(sweep_id=swept.sweep_id, noise_runs=3), progress)
    assert noise_floors(lab, NoiseFloors()) == []
