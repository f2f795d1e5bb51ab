"""Features that are the label in disguise: its return, its class, or the next bar's return."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from sigma_core.domain.leaks import Leak
from sigma_core.engine.leaks._case import Case, number
from sigma_core.engine.splits import Timeline

Floats = NDArray[np.float64]

AFTER = ("the label's return y_ret", "the next bar's return")
CLASS = "the label's class"
COPY = 0.98
"""A feature this close to what came later is not made of the past, in any market."""
LEAST = 30
"""Rows below which such closeness says nothing."""
MOST_VALUES = 10
"""More distinct values than this are no names of classes."""


def copies(case: Case, rows: Timeline) -> Iterator[Leak]:
    """Columns that are, but for scale, what came after their row; over trainable rows."""
    frame = case.matrix.frame
    close = frame["close"].to_numpy(dtype="float64")
    after = np.stack([frame["y_ret"].to_numpy(dtype="float64"), np.r_[close[1:], np.nan] / close])
    use = np.flatnonzero(rows.labelled & np.isfinite(after).all(axis=0))
    values, y = case.values[:, use], rows.y[use]
    for at, alike in enumerate(_alike(values, after[:, use])):
        found = next((what for what, those in zip(AFTER, alike, strict=True) if those), "")
        found = found or (CLASS if _decides(values[at], y) else "")
        if found:
            name, row = case.columns[at], int(use[np.isfinite(values[at])][-1])
            words = f"{name} is {found}, which was not known at its row"
            yield case.leak("answer", name, words, row=row, before=number(case.values[at, row]))


def _alike(x: Floats, after: Floats) -> NDArray[np.bool_]:
    """Which columns of `x` go with which of AFTER, [columns, these]: over the rows each one has."""
    known = np.isfinite(x)
    whole, found = known.all(axis=1), np.zeros((len(x), len(after)), bool)
    found[whole] = _as_one(x[whole], after)
    for at in np.flatnonzero(~whole):
        found[at] = _as_one(x[at : at + 1, known[at]], after[:, known[at]])
    return found


def _as_one(x: Floats, y: Floats) -> NDArray[np.bool_]:
    """Whether |Pearson's r| of rows of `x` and of `y`, neither missing, is above COPY, [x, y]."""
    if (n := x.shape[1]) < LEAST:
        return np.zeros((len(x), len(y)), bool)
    most = np.maximum(x.max(axis=1), -x.min(axis=1))
    x, y = (values - values.mean(axis=1, keepdims=True) for values in (x, y))
    # sums, not dot products: those may depend on the number of processors
    xx, yy = (np.einsum("ij,ij->i", values, values)[:, None] for values in (x, y))
    xy = np.stack([np.einsum("ij,j->i", x, one) for one in y], axis=1)
    moves = (xx > n * (1e-12 * most[:, None]) ** 2) & (yy.T > 0)
    return np.asarray(moves & (np.abs(xy) > COPY * np.sqrt(xx * yy.T)))


def _decides(x: Floats, y: NDArray[np.int8]) -> bool:
    """Whether a handful of values tell every class apart, each as well as COPY."""
    some = x[:500]
    if len(np.unique(some[np.isfinite(some)])) > MOST_VALUES:  # most columns: at a glance
        return False
    known = np.isfinite(x)
    values, place = np.unique(x[known], return_inverse=True)
    if known.sum() < LEAST or not 1 < len(values) <= MOST_VALUES:
        return False
    codes = int(y.max()) + 1
    table = np.bincount(place * codes + y[known], minlength=len(values) * codes)
    table = table.reshape(len(values), codes)
    there = table.sum(axis=0)
    said = table.argmax(axis=1)
    right = [table[said == code, code].sum() / there[code] for code in np.flatnonzero(there)]
    return len(right) > 1 and min(right) >= COPY
