"""Combinatorial splits: every group tested as often, nothing learned that overlaps a test."""

from itertools import combinations
from math import comb

import numpy as np
import pytest

from sigma_core.calendars import calendar
from sigma_core.domain.model import LearnerSpec
from sigma_core.engine.combinatorial import choices_of, paths_of
from sigma_core.engine.splits import Timeline, blocks_of
from sigma_core.engine.uniqueness import uniqueness
from sigma_core.errors import BadRequest
from sigma_core.learners import learner_of

HORIZON, GROUPS, TESTED = 7, 6, 2


@pytest.fixture(scope="module")
def study():
    """903 sessions: of 896 labelled ones five groups have 149 and the first has 151."""
    n, rng = 903, np.random.default_rng(5)
    x = rng.normal(size=(n, 3))
    known = np.arange(n) + HORIZON < n
    y = np.where(known, np.digitize(x[:, 0] + rng.normal(size=n), [-0.4, 0.4]), -1).astype("int8")
    days = calendar("XNYS").sessions()["session"].iloc[9000 : 9000 + n].to_numpy()
    return x, Timeline(
        session=days, y=y, t1=np.where(known, np.arange(n) + HORIZON, -1),
        scorable=np.ones(n, bool), classes=("DOWN", "FLAT", "UP"), calendar=calendar("XNYS"),
    )  # fmt: skip


def test_groups_are_equal_and_every_pair_is_tested_once(study):
    _, rows = study
    tests, choices = choices_of(rows, groups=GROUPS, tested=TESTED)
    assert [len(test) for test in tests] == [151, 149, 149, 149, 149, 149 + HORIZON]
    assert np.concatenate(tests).tolist() == list(range(903))
    assert [choice.groups for choice in choices] == list(combinations(range(6), 2))
    assert len(choices) == 15  # O16, AFML 12.4: N = 6, k = 2


@pytest.mark.parametrize("embargo", [0.0, 0.05])
def test_no_training_row_looks_at_a_tested_bar_nor_the_other_way(study, embargo):
    _, rows = study
    tests, choices = choices_of(rows, groups=GROUPS, tested=TESTED, embargo=embargo)
    for choice in choices:
        for g in choice.groups:
            test = tests[g]
            seen = max(int(rows.t1[test].max()), int(test[-1]))  # the last bar its labels look at
            spans = [(i, int(rows.t1[i])) for i in choice.train]
            assert all(end < test[0] or begin > seen for begin, end in spans)
            neighbour = g + 1 in choice.groups
            if embargo and not neighbour and g < GROUPS - 1:
                # a block of one group, or of two that touch: its rows count the embargo
                block = len(test) + (len(tests[g - 1]) if g - 1 in choice.groups else 0)
                barred = set(range(seen + 1, seen + 1 + int(np.ceil(round(embargo * block, 9)))))
                assert not barred & set(choice.train.tolist())


def test_what_is_left_out_is_only_what_must_be(study):
    _, rows = study
    _, choices = choices_of(rows, groups=GROUPS, tested=TESTED)
    lost = 896 - 151 - 149 - len(choices[0].train)  # groups 0 and 1: one block at the beginning
    assert lost == HORIZON  # rows right after it, on which its last labels still look
    lost = 896 - 151 - 149 - len(choices[1].train)  # groups 0 and 2: before 2 and after both
    assert lost == 3 * HORIZON


def test_each_path_is_the_whole_history_and_each_choice_is_used_once_a_group(study):
    x, rows = study
    learner = learner_of(LearnerSpec(name="logistic"))
    paths = paths_of(x, rows, learner, groups=GROUPS, tested=TESTED)
    assert len(paths) == comb(5, 1) == 5  # O16
    tests, choices = choices_of(rows, groups=GROUPS, tested=TESTED)
    for path in paths:
        assert np.isfinite(path.proba).all()
        assert path.fold.tolist() == [g for g, test in enumerate(tests) for _ in test]
    # by hand: the second path tests group 0 by the second choice that holds it, (0, 2)
    train = choices[1].train
    assert choices[1].groups == (0, 2)
    fit = learner.fit(x[train], rows.y[train], uniqueness(train, rows.t1[train]), classes=3)
    assert np.allclose(fit.proba(x[tests[0]]), paths[1].proba[tests[0]], rtol=1e-9)


def test_what_cannot_be_is_refused(study):
    _, rows = study
    with pytest.raises(BadRequest, match="3 of 3 groups"):
        choices_of(rows, groups=3, tested=3)
    with pytest.raises(BadRequest, match=r"20 groups, 10 of them tested, are 184,756 fits"):
        choices_of(rows, groups=20, tested=10)
    with pytest.raises(BadRequest, match="1000 groups are more than the 896 labelled sessions"):
        blocks_of(rows, 1000)
