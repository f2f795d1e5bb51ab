"""Features that are the label in disguise: its return, its class, or the next bar's return."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from sigma_core.domain.leaks import Leak
from sigma_core.engine.leaks._case import Case, number
from sigma_core.engine.splits import Timeline

Floats = NDArray[np.float64]

COPY = 0.98
"""A feature this close to what came later is not made of the past, in any market."""
LEAST = 30
"""Rows below which such closeness says nothing."""
MOST_VALUES = 10
"""More distinct values than this are no names of classes."""


def copies(case: Case, rows: Timeline) -> Iterator[Leak]:
    """Columns that are, but for scale, what came after their row; over trainable rows."""
    frame = case.matrix.frame
    use = np.flatnonzero(rows.labelled)
    close = frame["close"].to_numpy(dtype="float64")
    after = {
        "the label's return y_ret": frame["y_ret"].to_numpy(dtype="float64")[use],
        "the next bar's return": (np.r_[close[1:], np.nan] / close - 1)[use],
    }
    for name in case.columns:
        values = frame[name].to_numpy(dtype="float64")[use]
        found = next((what for what, y in after.items() if _is(values, y)), None)
        if found is None and _decides(values, rows.y[use]):
            found = "the label's class"
        if found is not None:
            row = int(use[np.isfinite(values)][-1])
            words = f"{name} is {found}, which was not known at its row"
            value = number(frame[name].to_numpy(dtype="float64")[row])
            yield case.leak("answer", name, words, row=row, before=value)


def _is(x: Floats, y: Floats) -> bool:
    """Whether two columns go along: |Pearson's correlation| over the rows that have both."""
    both = np.isfinite(x) & np.isfinite(y)
    if (n := np.count_nonzero(both)) < LEAST:
        return False
    x, y = x[both], y[both]
    most, x, y = np.abs(x).max(), x - x.mean(), y - y.mean()
    xx, yy, xy = (x * x).sum(), (y * y).sum(), (x * y).sum()
    if xx <= n * (1e-12 * most) ** 2 or yy == 0:
        return False
    return bool(abs(xy) > COPY * np.sqrt(xx * yy))


def _decides(x: Floats, y: NDArray[np.int8]) -> bool:
    """Whether a handful of values tell every class apart, each as well as COPY."""
    known = np.isfinite(x)
    if len(np.unique(x[known][:200])) > MOST_VALUES:  # most columns: at a glance
        return False
    values, place = np.unique(x[known], return_inverse=True)
    if known.sum() < LEAST or not 1 < len(values) <= MOST_VALUES:
        return False
    table = np.zeros((len(values), int(y.max()) + 1))
    np.add.at(table, (place, y[known]), 1)
    there = table.sum(axis=0)
    said = table.argmax(axis=1)
    right = [table[said == code, code].sum() / there[code] for code in np.flatnonzero(there)]
    return len(right) > 1 and min(right) >= COPY
