"""No fold learns from its own answers, none is left out, and a refusal says what would do."""

from datetime import date
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest

from sigma_core.calendars import calendar
from sigma_core.engine.splits import (
    Depth,
    Fold,
    Timeline,
    depth_of,
    inner_fold,
    timeline_of,
    walk_forward,
)

CLASSES = ("DOWN", "FLAT", "UP")


def timeline(
    sessions: int = 130,
    *,
    bars: int = 1,
    horizon: int = 3,
    warm: int = 0,
    holes: tuple[int, ...] = (),
    first: str = "2010-01-04",
    y: Any = None,
) -> Timeline:
    """Rows of real NYSE sessions; labels end `horizon` bars on, cycling UP, DOWN, FLAT."""
    days = calendar("XNYS").sessions(date.fromisoformat(first), None)["session"].iloc[:sessions]
    n = sessions * bars
    row = np.arange(n)
    known = (row >= warm) & (row + horizon < n) & ~np.isin(row, holes)
    codes = np.array([2, 0, 1], "int8")[row % 3] if y is None else np.asarray(y, "int8")
    return Timeline(
        session=np.repeat(days.to_numpy(), bars),
        y=np.where(known, codes, -1).astype("int8"),
        t1=np.where(known, row + horizon, -1),
        scorable=row >= warm,
        classes=CLASSES,
        calendar=calendar("XNYS"),
    )


CASES = [
    # sessions, bars a session, horizon, warm-up, holes, splits, embargo
    (130, 1, 3, 0, (), 1, 0.0),
    (600, 1, 20, 14, (), 5, 0.0),
    (601, 1, 5, 14, tuple(range(300, 330)), 4, 0.05),
    (90, 7, 7, 30, (200, 201, 202), 5, 0.01),
    (61, 7, 1, 3, (), 3, 0.3),
]


def folds_of(case: tuple[Any, ...]) -> tuple[Timeline, list[Fold], float]:
    sessions, bars, horizon, warm, holes, splits, embargo = case
    rows = timeline(sessions, bars=bars, horizon=horizon, warm=warm, holes=holes)
    return rows, walk_forward(rows, splits=splits, embargo=embargo), embargo


@pytest.mark.parametrize("case", CASES)
def test_training_ends_before_its_test_begins_by_the_end_of_the_label(case: Any) -> None:
    rows, folds, embargo = folds_of(case)

    for fold in folds:
        gap = np.ceil(round(embargo * len(fold.test), 9))
        assert rows.labelled[fold.train].all()
        assert rows.t1[fold.train].max() < fold.test[0] - gap


@pytest.mark.parametrize("case", CASES)
def test_no_more_is_left_out_than_the_test_could_leak_into(case: Any) -> None:
    rows, folds, embargo = folds_of(case)

    for fold in folds:
        gap = np.ceil(round(embargo * len(fold.test), 9))
        could = [
            row
            for row in range(fold.test[0])
            if rows.y[row] >= 0 and rows.t1[row] < fold.test[0] - gap
        ]
        assert fold.train.tolist() == could


@pytest.mark.parametrize("case", CASES)
def test_every_late_row_is_tested_once(case: Any) -> None:
    rows, folds, _ = folds_of(case)

    tested = np.concatenate([fold.test for fold in folds])
    late = np.arange(tested[0], len(rows))
    assert tested.tolist() == late[rows.scorable[late]].tolist()


@pytest.mark.parametrize("case", CASES)
def test_blocks_have_equally_many_labelled_sessions_and_the_first_takes_the_rest(case: Any) -> None:
    rows, folds, _ = folds_of(case)

    labelled = np.unique(rows.session[rows.labelled])
    size, rest = divmod(len(labelled), len(folds) + 1)
    assert rows.session[folds[0].test[0]] == labelled[size + rest]
    for fold in folds:
        own = np.isin(labelled, rows.session[fold.test])
        assert own.sum() == size


@pytest.mark.parametrize("case", CASES)
def test_a_session_is_never_cut(case: Any) -> None:
    rows, folds, _ = folds_of(case)

    for before, after in pairwise(folds):
        assert rows.session[before.test[-1]] < rows.session[after.test[0]]


def test_blocks_worked_by_hand() -> None:
    # 133 sessions, the last 3 without a future: 130 labelled, 65 a block.
    # A label of row t is known at t + 3, so row 62 ends at 65, the first test row, and is out.
    (fold,) = walk_forward(timeline(133, horizon=3), splits=1)

    assert fold.train.tolist() == list(range(62))
    assert fold.test.tolist() == list(range(65, 133))


def test_the_embargo_leaves_out_a_share_of_the_test_rows_before_the_test() -> None:
    # 203 sessions: 200 labelled, test rows 100 to 202 = 103; 0.07 of them are 7.21, so 8 bars
    (fold,) = walk_forward(timeline(203, horizon=3), splits=1, embargo=0.07)

    assert fold.train.tolist() == list(range(100 - 3 - 8))


def test_an_embargo_of_whole_bars_is_not_rounded_up() -> None:
    # 0.07 x 100 is 7.000000000000001 in floats; 301 sessions make three blocks of 100
    first, _ = walk_forward(timeline(301, horizon=1), splits=2, embargo=0.07)

    assert len(first.test) == 100
    assert first.train.tolist() == list(range(100 - 1 - 7))


def test_rows_without_a_label_are_traded_but_not_learned_from() -> None:
    rows = timeline(200, horizon=1, holes=(20, 150))

    (fold,) = walk_forward(rows, splits=1)

    assert 20 not in fold.train
    assert 150 in fold.test


def test_the_inner_fold_tests_the_last_fifth_of_the_training_sessions() -> None:
    # training rows 0..61 (62 sessions): the last ceil(12.4) = 13 are 49..61; 49 - 3 = 46
    rows = timeline(133, horizon=3)
    (fold,) = walk_forward(rows, splits=1)
    inner = inner_fold(rows, fold)

    assert inner is not None
    assert inner.test.tolist() == list(range(49, 62))
    assert inner.train.tolist() == list(range(46))


def test_there_is_no_inner_fold_of_one_class() -> None:
    y = np.where(np.arange(133) < 45, 2, 0)
    rows = timeline(133, horizon=3, y=y)
    (fold,) = walk_forward(rows, splits=1)

    assert inner_fold(rows, fold) is not None
    assert inner_fold(timeline(133, horizon=3, y=np.where(np.arange(133) < 50, 2, 0)), fold) is None


def test_depth_counts_rows_and_sessions() -> None:
    rows = timeline(1513, horizon=1)  # 1512 labelled, 252 a block
    depth = depth_of(rows, walk_forward(rows, splits=5))

    assert depth == Depth(first_rows=251, sessions=5 * 252 + 1, start=None)
    assert depth.enough
    assert depth.share > 1


@pytest.mark.parametrize(("sessions", "bars", "splits"), [(600, 1, 5), (400, 1, 1), (200, 7, 5)])
def test_a_start_that_makes_depth_enough_does(sessions: int, bars: int, splits: int) -> None:
    rows = timeline(sessions, bars=bars, horizon=5)
    depth = depth_of(rows, walk_forward(rows, splits=splits))
    assert not depth.enough
    assert f"a start at {depth.start} or earlier would do" in depth.words

    assert depth.start is not None
    more = len(calendar("XNYS").sessions(depth.start, date(2010, 1, 3)))
    longer = timeline(sessions + more, bars=bars, horizon=5, first=str(depth.start))
    assert depth_of(longer, walk_forward(longer, splits=splits)).enough


def frame_of(n: int = 4) -> pd.DataFrame:
    days = pd.bdate_range("2020-01-06", periods=n).as_unit("us")
    ts = (days + pd.Timedelta(hours=21)).tz_localize("UTC")
    return pd.DataFrame(
        {
            "ts": ts,
            "session": days,
            "y": pd.Series(["UP", "DOWN", "FLAT", None], dtype="str"),
            "t1": [*ts[1:], pd.NaT],
            "trainable": [False, True, True, False],
            "scorable": [False, True, True, True],
        }
    )


def test_a_timeline_knows_the_row_at_which_a_label_ends() -> None:
    rows = timeline_of(frame_of(), CLASSES, calendar("XNYS"))

    assert rows.y.tolist() == [-1, 0, 1, -1]  # the first has a label but cannot be trained on
    assert rows.t1.tolist() == [-1, 2, 3, -1]
    assert rows.scorable.tolist() == [False, True, True, True]


def test_a_label_that_ends_between_rows_is_a_bug() -> None:
    frame = frame_of()
    frame.loc[1, "t1"] += pd.Timedelta(minutes=1)

    with pytest.raises(ValueError, match="no row's"):
        timeline_of(frame, CLASSES, calendar("XNYS"))
