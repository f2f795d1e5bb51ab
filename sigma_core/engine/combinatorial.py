"""Combinatorial purged cross-validation: many histories of one strategy instead of one.

The sessions are cut into groups; every choice of a few of them is tested by a model of all the
others. Each group is thus tested several times, and the tests are laid end to end as paths.
A model may learn from what came after the rows it is tested on (never from what overlaps them):
paths show how much a result depends on its history, they are no track record.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from math import ceil, comb

import numpy as np

from sigma_core.engine.predict import Floats, Predictions, predicted
from sigma_core.engine.splits import Fold, Rows, Timeline, blocks_of, inner_fold, refuse_thin
from sigma_core.errors import BadRequest
from sigma_core.learners import Chosen
from sigma_core.progress import Progress, silent

MOST_FITS = 500
"""More choices than this are refused."""


@dataclass(frozen=True, eq=False)
class Choice:
    """Groups that are tested together, and the rows their model learns from."""

    groups: tuple[int, ...]
    train: Rows


def choices_of(
    rows: Timeline, *, groups: int, tested: int, embargo: float = 0.0
) -> tuple[list[Rows], list[Choice]]:
    """Test rows of each group, and every choice of `tested` groups with its training rows.

    A training row is left out if [its bar, its label's end] meets [first, last label's end] of a
    contiguous test block, or if it is one of the ceil(embargo x block's rows) bars after that.

    Raises BadRequest if there are too few sessions or rows, or more than 500 choices.

    Source: M. Lopez de Prado, Advances in Financial Machine Learning (2018), ch. 7.4 and 12.4.
    """
    refuse_groups(groups, tested)
    tests = blocks_of(rows, groups)
    labelled = np.flatnonzero(rows.labelled)
    made = []
    for chosen in combinations(range(groups), tested):
        train = labelled
        for first, last in _runs(chosen):
            block = np.concatenate(tests[first : last + 1])
            train = _without(rows, train, block, embargo)
        refuse_thin(rows, train, f"{groups} groups, {tested} of them tested")
        made.append(Choice(groups=chosen, train=train))
    return tests, made


def paths_of(
    x: Floats,
    rows: Timeline,
    learner: Chosen,
    *,
    groups: int,
    tested: int,
    embargo: float = 0.0,
    calibration: str = "none",
    progress: Progress = silent,
) -> list[Predictions]:
    """Predictions along each of the comb(groups - 1, tested - 1) paths; folds are groups.

    The p-th path takes for each group the p-th choice that tests it. `inner` of a path is what the
    model of its first group's choice, fitted on the first 80 % of its sessions, says of the rest.
    """
    tests, choices = choices_of(rows, groups=groups, tested=tested, embargo=embargo)
    folds = [
        Fold(number=i, train=choice.train, test=np.concatenate([tests[g] for g in choice.groups]))
        for i, choice in enumerate(choices)
    ]
    inners = [_inner(rows, fold) for fold in folds]
    known = [inner for inner in inners if inner is not None]
    said = predicted(x, rows, [*folds, *known], learner, calibration, progress=progress)
    within = iter(said[len(folds) :])
    first = [None if inner is None else (inner.test, next(within)) for inner in inners]
    return [
        _path(rows, tests, choices, folds, said, first, number)
        for number in range(comb(groups - 1, tested - 1))
    ]


def _path(
    rows: Timeline,
    tests: Sequence[Rows],
    choices: Sequence[Choice],
    folds: Sequence[Fold],
    said: Sequence[Floats],
    inner: Sequence[tuple[Rows, Floats] | None],
    number: int,
) -> Predictions:
    proba = np.full((len(rows), len(rows.classes)), np.nan)
    fold = np.full(len(rows), -1, dtype="int16")
    begins = 0
    for group, test in enumerate(tests):
        at = [i for i, choice in enumerate(choices) if group in choice.groups][number]
        proba[test] = said[at][np.isin(folds[at].test, test)]
        fold[test] = group
        begins = at if group == 0 else begins
    return Predictions(proba=proba, fold=fold, inner=inner[begins])


def _inner(rows: Timeline, fold: Fold) -> Fold | None:
    inner = inner_fold(rows, fold)
    if inner is None:
        return None
    test = np.intersect1d(inner.test, fold.train)
    return Fold(number=inner.number, train=inner.train, test=test) if len(test) else None


def _runs(chosen: Sequence[int]) -> list[tuple[int, int]]:
    """First and last group of each contiguous block: (0, 1, 4) is [(0, 1), (4, 4)]."""
    found: list[tuple[int, int]] = []
    for group in chosen:
        if found and found[-1][1] == group - 1:
            found[-1] = (found[-1][0], group)
        else:
            found.append((group, group))
    return found


def _without(rows: Timeline, train: Rows, block: Rows, embargo: float) -> Rows:
    begins = int(block[0])
    ends = max(int(rows.t1[block].max()), int(block[-1]))
    left_out = ceil(Fraction(str(embargo)) * len(block))
    return train[(rows.t1[train] < begins) | (train > ends + left_out)]


def refuse_groups(groups: int, tested: int) -> None:
    """Raises BadRequest for groups that cannot be tested so, or too many fits."""
    if not 1 <= tested < groups:
        raise BadRequest(
            f"{tested} of {groups} groups cannot be tested.", hint="6 groups, 2 of them, are usual."
        )
    if comb(groups, tested) > MOST_FITS:
        raise BadRequest(
            f"{groups} groups, {tested} of them tested, are {comb(groups, tested):,} fits.",
            hint=f"At most {MOST_FITS}; 6 groups, 2 of them tested, are 15.",
        )
