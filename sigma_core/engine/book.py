"""The book: per bar, which side the model leans to, how sure it is, and what may be traded."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sigma_core.domain.policy import Policy
from sigma_core.tape import Flags, Floats, Ints, Tape

Codes = NDArray[np.int8]
Sides = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Inner:
    """Predictions inside the first training window: what the first fold's `top_pct` is cut from."""

    score: Floats
    """Highest confidence of a permitted side; NaN where there is none."""
    hour: Ints


@dataclass(frozen=True, eq=False)
class Book:
    """What the model said out of fold, as arrays over the bars of a tape (length n)."""

    side: Codes
    """+1 or -1: the permitted side with a confidence over a half; 0 for none."""
    score: Floats
    """Highest confidence of a permitted side; NaN outside the out-of-fold rows."""
    up: Floats
    """Confidence of UP (for 1/0 labels: of the label's side); NaN as `score`."""
    fold: NDArray[np.int16]
    """Number of the test block; -1 outside."""
    hour: Ints
    """Exchange hour of the decision."""
    size: Floats
    """Share of the capital to commit: 1 unless the policy sizes by confidence."""
    blocked: Flags
    """Bars at which the momentum gate forbids the side."""
    blocks: tuple[tuple[int, int], ...]
    """First and last bar of each test block."""
    inner: Inner | None = None

    @property
    def start(self) -> int:
        """The first out-of-fold bar."""
        return self.blocks[0][0]

    @property
    def end(self) -> int:
        """The last out-of-fold bar: at its close the last trade is closed."""
        return self.blocks[-1][1]

    def within(self, hours: Sequence[int]) -> Flags:
        """The bars whose hour of decision is allowed; all of them if no hours are given."""
        return np.isin(self.hour, hours) if hours else np.ones(len(self.hour), dtype=bool)


def book_of(
    proba: ArrayLike,
    classes: Sequence[str],
    fold: ArrayLike,
    tape: Tape,
    policy: Policy,
    *,
    offset: int,
    side: ArrayLike | None = None,
    momentum: ArrayLike | None = None,
    inner: tuple[ArrayLike, ArrayLike] | None = None,
) -> Book:
    """The book of a model's out-of-fold predictions.

    `proba` [rows, classes] and `fold` [rows] (-1 outside the test blocks) belong to the bars of
    the tape from `offset` on. `side` [rows] is the label's own side, for 1/0 labels; `momentum`
    [rows] the column the policy's momentum gate reads. `inner` holds row positions and
    probabilities of a model fitted on the first 80 % of the first training window.

    Raises ValueError if the folds do not follow one another, or a needed column is not given.
    """
    numbers = np.asarray(fold, dtype="int16")
    asked = _Asked(tuple(classes), policy, None if side is None else np.asarray(side, "int64"))
    up, lean, score = asked.read(np.asarray(proba, "float64"), np.arange(len(numbers)))
    up, score = (np.where(numbers >= 0, x, np.nan) for x in (up, score))
    lean = np.where(numbers >= 0, lean, 0)
    blocks = _blocks(numbers, offset)
    n, rows = len(tape), slice(offset, offset + len(numbers))
    return Book(
        side=_spread(lean, n, rows, 0).astype("int8"),
        score=_spread(score, n, rows, np.nan),
        up=_spread(up, n, rows, np.nan),
        fold=_numbered(blocks, n),
        hour=tape.hour,
        size=_spread(_size(score, policy), n, rows, 0.0),
        blocked=_spread(_blocked(lean, momentum, policy), n, rows, False),
        blocks=blocks,
        inner=None if inner is None else _inner(asked, inner, tape, offset),
    )


@dataclass(frozen=True, eq=False)
class _Asked:
    """How probabilities are turned into confidences."""

    classes: tuple[str, ...]
    policy: Policy
    side: Sides | None

    def read(self, proba: Floats, rows: Ints) -> tuple[Floats, Sides, Floats]:
        """Confidence of UP, the side leaned to and the highest permitted confidence of `rows`."""
        if "UP" in self.classes:
            up = confidence(proba, self.classes)
            return up, *_lean(up, self.policy)
        if self.side is None:
            raise ValueError("a 1/0 label needs the label's side of each row")
        toward, own = proba[:, self.classes.index("1")], self.side[rows]
        allowed = np.isin(own, _permitted(self.policy))
        score = np.where(allowed, toward, np.nan)
        return toward, np.where(allowed & (toward > 0.5), own, 0), score


def confidence(proba: Floats, classes: Sequence[str]) -> Floats:
    """c_UP = P(UP)/(P(UP) + P(DOWN)) of each row; NaN where both are nil or missing.

    Source: spec §8. c_DOWN is 1 - c_UP.
    """
    up, down = proba[:, classes.index("UP")], proba[:, classes.index("DOWN")]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(up / (up + down))


def _permitted(policy: Policy) -> tuple[int, ...]:
    return {"both": (1, -1), "long": (1,), "short": (-1,)}[policy.sides]


def _lean(up: Floats, policy: Policy) -> tuple[Sides, Floats]:
    """The permitted side with more than half the confidence, and the highest permitted one."""
    permitted = _permitted(policy)
    long = up if 1 in permitted else np.full(len(up), np.nan)
    short = 1 - up if -1 in permitted else np.full(len(up), np.nan)
    side = np.where(long > 0.5, 1, np.where(short > 0.5, -1, 0))
    return side, np.fmax(long, short)


def _size(score: Floats, policy: Policy) -> Floats:
    """min(conf_cap, max(0, 2c - 1)), or 1 if the policy does not size by confidence."""
    if not policy.size_by_conf:
        return np.ones(len(score))
    return np.nan_to_num(np.minimum(policy.conf_cap, np.maximum(0.0, 2 * score - 1)), nan=0.0)


def _blocked(side: Sides, momentum: ArrayLike | None, policy: Policy) -> Flags:
    """Where the momentum gate forbids the side; a missing momentum forbids both."""
    if not policy.momentum_gate:
        return np.zeros(len(side), dtype=bool)
    if momentum is None:
        raise ValueError(f"the momentum gate needs the column {policy.momentum_column}")
    with np.errstate(invalid="ignore"):
        return np.asarray(~(side * np.asarray(momentum, "float64") >= policy.momentum_min))


def _inner(asked: _Asked, inner: tuple[ArrayLike, ArrayLike], tape: Tape, offset: int) -> Inner:
    rows = np.asarray(inner[0], "int64")
    _, _, score = asked.read(np.asarray(inner[1], "float64"), rows)
    return Inner(score=score, hour=tape.hour[offset + rows])


def _blocks(fold: NDArray[np.int16], offset: int) -> tuple[tuple[int, int], ...]:
    """First and last bar of each fold; one that ends where the next begins leaves no bar out."""
    inside = np.flatnonzero(fold >= 0)
    if not len(inside):
        raise ValueError("no row is out of fold")
    if (np.diff(fold[inside]) < 0).any():
        raise ValueError("the folds do not follow one another in time")
    starts = [int(np.flatnonzero(fold == k)[0]) + offset for k in np.unique(fold[inside])]
    ends = [start - 1 for start in starts[1:]] + [int(inside[-1]) + offset]
    return tuple(zip(starts, ends, strict=True))


def _numbered(blocks: Sequence[tuple[int, int]], n: int) -> NDArray[np.int16]:
    number = np.full(n, -1, dtype="int16")
    for k, (first, last) in enumerate(blocks):
        number[first : last + 1] = k
    return number


def _spread(values: NDArray[Any], n: int, rows: slice, blank: float | bool) -> NDArray[Any]:
    """Values of rows laid over the n bars of the tape, `blank` elsewhere."""
    whole = np.full(n, blank, dtype=values.dtype)
    whole[rows] = values
    return whole
