"""What a search finds where there is nothing: features turned in time against what they foresee.

Inside a fold's training rows, and inside its test rows, the features of all rows are moved together
by one random number of rows, what falls out at the end coming back at the front. Prices, labels,
their ends and so the weights stay where they are: labels overlap as before, features go on as they
did, and only what one says of the other is gone. No row changes sides.

Source: the circular shift of T. Masters, Permutation and Randomization Tests for Trading System
Development (2020), ch. 3, made inside each block.
"""

from collections.abc import Callable, Sequence
from math import ceil, floor

import numpy as np
from numpy.typing import NDArray

from sigma_core.engine.splits import Fold, Rows
from sigma_core.errors import BadRequest

LEAST = 0.1
"""Share of a block's rows that its features are moved by at least, either way round."""

Moved = Callable[[Fold], Rows]


def offset_of(rows: int, draw: np.random.Generator) -> int:
    """How far a block of that many rows is moved: from a tenth to nine tenths of them.

    Raises BadRequest if no whole number of rows lies between.
    """
    least, most = ceil(LEAST * rows), floor((1 - LEAST) * rows)
    if least > most:
        raise BadRequest(
            f"A block of {rows} row cannot be moved in time.", hint="Sweep with fewer splits."
        )
    return int(draw.integers(least, most, endpoint=True))


def offsets_of(fold: Fold, seed: int, run: int) -> tuple[int, int]:
    """By how many rows the training and the test block of a fold are moved in a run.

    Drawn from seed, run and the fold's first test row alone: the same in any order, on any thread.
    """
    draw = np.random.default_rng([seed, run, int(fold.test[0])])
    return offset_of(len(fold.train), draw), offset_of(len(fold.test), draw)


def moved_by(rows: int, *, seed: int, run: int) -> Moved:
    """For each fold: the row whose features stand at each of `rows` rows, by position."""

    def moved(fold: Fold) -> Rows:
        at = np.arange(rows)
        for block, offset in zip((fold.train, fold.test), offsets_of(fold, seed, run), strict=True):
            at[block] = np.roll(block, offset)
        return at

    return moved


def moved_column(
    column: NDArray[np.float64], folds: Sequence[Fold], moved: Moved
) -> NDArray[np.float64]:
    """A feature as rules read it in such a run: moved with the others inside each test block."""
    turned = column.copy()
    for fold in folds:
        turned[fold.test] = column[moved(fold)[fold.test]]
    return turned
