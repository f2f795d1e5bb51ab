"""Training rows whose label reaches into the rows they are tested on, or into the embargo."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

import numpy as np
import pandas as pd

from sigma_core.domain.leaks import Leak
from sigma_core.engine import combinatorial, splits
from sigma_core.engine.leaks._case import Case, told
from sigma_core.engine.splits import Fold, Rows, Timeline
from sigma_core.errors import BadRequest

GROUPS, TESTED = 6, 2
"""Of the combinatorial cross-validation that is looked at."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """How the folds are cut that are looked at."""

    splits: int = 5
    embargo: float = 0.01


@dataclass(frozen=True, eq=False)
class Cut:
    """The folds of a case, or why there are none."""

    rows: Timeline
    folds: Sequence[Fold]
    thin: str = ""


def folds_of(case: Case, asked: Asked) -> Cut:
    """The walk-forward folds, made by the splitter that every trial uses."""
    matrix = case.matrix
    rows = matrix.timeline
    try:
        made = splits.walk_forward(rows, splits=asked.splits, embargo=asked.embargo)
    except BadRequest as thin:
        return Cut(rows, [], str(thin))
    return Cut(rows, made)


def overlaps(case: Case, cut: Cut, asked: Asked) -> Iterator[Leak]:
    """A leak for each walk-forward fold, and each window inside one, that reaches into its test."""
    for fold in cut.folds:
        name = f"fold {fold.number}"
        yield from _found(case, name, fold.train, fold.test, asked.embargo, after=False)
        inner = splits.inner_fold(cut.rows, fold)
        if inner is not None:
            yield from _found(
                case, f"inside {name}", inner.train, inner.test, 0.0, after=False
            )  # fmt: skip


def path_overlaps(case: Case, cut: Cut, asked: Asked) -> Iterator[Leak]:
    """The same of combinatorial folds, which may learn from later rows. None if it is too short."""
    try:
        tests, choices = combinatorial.choices_of(
            cut.rows, groups=GROUPS, tested=TESTED, embargo=asked.embargo
        )
    except BadRequest:  # a matrix too short for paths has none that could overlap
        return
    for choice in choices:
        name = f"groups {' and '.join(map(str, choice.groups))}"
        for block in _blocks([tests[group] for group in choice.groups], choice.groups):
            yield from _found(case, name, choice.train, block, asked.embargo, after=True)


def _blocks(tests: Sequence[Rows], groups: Sequence[int]) -> Iterator[Rows]:
    """Contiguous tests as one block each."""
    begins = [i for i, g in enumerate(groups) if i == 0 or groups[i - 1] != g - 1]
    for first, last in zip(begins, [*begins[1:], len(groups)], strict=True):
        yield np.concatenate(tests[first:last])


def _found(
    case: Case, name: str, train: Rows, test: Rows, embargo: float, *, after: bool
) -> Iterator[Leak]:
    """Of rows that touch the test's span, or lie in its embargo, the nearest and how many.

    Reads the stamps alone: [ts, t1] of a row, and [first ts, last t1] of the test, both closed.
    """
    ts, t1 = case.now.view("datetime64[us]"), case.ends
    ends = np.fmax(np.fmax.reduce(t1[test]), ts[test[-1]])
    left_out = ceil(Fraction(str(embargo)) * len(test))
    if after:
        last = int(np.searchsorted(ts, ends))
        held = ts[min(last + left_out, len(ts) - 1)]
        wrong = (t1[train] >= ts[test[0]]) & (ts[train] <= held)
    else:
        wrong = ~(t1[train] < ts[max(int(test[0]) - left_out, 0)])
    if not wrong.any():
        return
    touching = wrong & ~(t1[train] < ts[test[0]]) & (ts[train] <= ends)
    which = np.flatnonzero(touching if touching.any() else wrong)
    row = int(train[which[-1]])
    what = "reaches into the test" if touching.any() else "lies in the embargo"
    know = f"known {told(pd.Timestamp(t1[row]))}" if t1[row] == t1[row] else "never known"
    words = (
        f"{name}: the training row of {told(case.stamp(row))}, whose label is {know}, {what} that"
        f" begins {told(case.stamp(int(test[0])))}; {len(which)} such row"
        f"{'s' * (len(which) > 1)}"
    )
    yield case.leak("folds", name, words, row=row)
