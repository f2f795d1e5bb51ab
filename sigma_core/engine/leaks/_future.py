"""Every value of a matrix made again at random instants from no more than was known by then."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sigma_core.domain.leaks import Leak
from sigma_core.engine.features import VIX_FAMILY
from sigma_core.engine.join import LATE, stamps_of
from sigma_core.engine.leaks._case import CLOSE, Case, number, shown, told
from sigma_core.engine.market import Key, Market
from sigma_core.engine.matrix import laid
from sigma_core.progress import Progress

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

FULL = 24
"""Random instants of a full audit."""
EARLY = 60
"""One instant is among so many first rows: what fills the warm-up shows only there."""
STILL, MOST_STILL = 2, 40
"""In full: instants at which a column begins to stand still, of each column and in all."""
RARE = 0.2
"""A column that begins to stand still more often than this does so by nature."""


def known_by(market: Market, now: int) -> Market:
    """The market as it was known at an instant (UTC microseconds), by a rule of its own.

    A bar is known once it has closed, the VIX family's daily ones a quarter of an hour later.
    """
    bars = {key: frame[stamps_of(frame) + _late(key) <= now] for key, frame in market.bars.items()}
    finer = {fine: frame[stamps_of(frame) <= now] for fine, frame in market.finer.items()}
    options = {key: rows[stamps_of(rows) <= now] for key, rows in market.options.items()}
    return replace(market, bars=bars, finer=finer, options=options)


def _late(key: Key) -> int:
    return LATE if key[1] == "daily" and key[0].upper() in VIX_FAMILY else 0


def sampled_cuts(case: Case, rng: np.random.Generator) -> Ints:
    """A row anywhere, an earlier one more often (it costs less, and a leak is a leak anywhere), and
    one among the first."""
    first, rows = first_row(case), len(case.matrix.frame)
    room = rows - first
    anywhere, early = int(room * rng.random() ** 3), rng.integers(0, min(EARLY, room))
    return np.unique(first + np.array([anywhere, early]))


def full_cuts(case: Case, rng: np.random.Generator) -> Ints:
    """Rows over the whole matrix, some early ones, those where a column stands still, the last."""
    first, rows = first_row(case), len(case.matrix.frame)
    picked = rng.integers(first, rows, FULL)
    early = first + rng.integers(0, min(EARLY, rows - first), 2)
    still = [_still(case.matrix.frame[name].to_numpy(), first, rng) for name in case.columns]
    placed = np.concatenate([*still, np.empty(0, "int64")])
    if len(placed) > MOST_STILL:
        placed = rng.choice(placed, MOST_STILL, replace=False)
    return np.unique(np.r_[picked, early, placed, rows - 1])


def first_row(case: Case) -> int:
    """The first row at which a bar of every ticker and cadence was known, and a row of options."""
    now = stamps_of(case.matrix.frame)
    begins = [
        int(stamps_of(frame.head(1))[0]) + _late(key)
        for key, frame in {**case.market.bars, **case.market.options}.items()
        if len(frame)
    ]
    return min(int(np.searchsorted(now, max(begins))), len(now) - 1)


def _still(values: Floats, first: int, rng: np.random.Generator) -> Ints:
    """Rows whose value comes again in the next and was not in the one before: filled, maybe."""
    same = values[1:] == values[:-1]
    begins = np.flatnonzero(same & ~np.r_[False, same[:-1]])
    begins = begins[begins >= first]
    if not 0 < len(begins) <= RARE * len(values):
        return np.empty(0, "int64")
    return rng.choice(begins, min(STILL, len(begins)), replace=False)


@dataclass(frozen=True, eq=False)
class _Again:
    """The matrix made again at one row, beside what stands there; rows up to that one."""

    row: int
    before: pd.DataFrame
    after: pd.DataFrame


def from_the_future(case: Case, rows: Sequence[int], progress: Progress) -> Iterator[Leak]:
    """One leak for each column, and for the label, that differs at any of these rows."""
    seen: set[str] = set()
    spread = case.matrix.frame[list(case.columns)].std().fillna(0.0).to_numpy()
    for done, row in enumerate(rows):
        progress(done, len(rows), f"made again at {done} of {len(rows)} instants")
        again = _again(case, row)
        for leak in (*_features(case, again, spread), *_labels(case, again)):
            if leak.where not in seen:
                seen.add(leak.where)
                yield leak


def _again(case: Case, row: int) -> _Again:
    now = int(stamps_of(case.matrix.frame.iloc[row : row + 1])[0])
    made = laid(known_by(case.market, now), case.config, start=case.start, end=None).frame
    return _Again(row=row, before=case.matrix.frame.iloc[: row + 1], after=made)


def _features(case: Case, again: _Again, spread: Floats) -> Iterator[Leak]:
    names = list(case.columns)
    was = again.before[names].to_numpy(dtype="float64")
    now = again.after.reindex(columns=names).to_numpy(dtype="float64")
    for column in np.flatnonzero(~_alike(was, now, spread).all(axis=0)):
        apart = np.flatnonzero(~_alike(was[:, column], now[:, column], spread[column]))
        at = int(apart[-1])
        before, after = number(was[at, column]), number(now[at, column])
        words = (
            f"{names[column]} is {shown(before)} at {told(case.stamp(at))}, and {shown(after)} when"
            f" it is made of what was known by {told(case.stamp(again.row))}"
        )
        yield case.leak(
            "future", names[column], words, row=at, before=before, after=after,
            again={"AT": f"{case.stamp(again.row):%Y-%m-%dT%H:%M:%SZ}"},
        )  # fmt: skip


def _labels(case: Case, again: _Again) -> Iterator[Leak]:
    """Answers that were known by then must be those that stand: else they look beyond their t1."""
    known = again.after["y"].notna().to_numpy()
    was, now = (frame["y_ret"].to_numpy(dtype="float64") for frame in (again.before, again.after))
    ends = [frame["t1"].to_numpy(dtype="datetime64[us]") for frame in (again.before, again.after)]
    classes = [frame["y"].fillna("").to_numpy() for frame in (again.before, again.after)]
    same = _alike(was, now, np.float64(0)) & (ends[0] == ends[1]) & (classes[0] == classes[1])
    apart = np.flatnonzero(known & ~same)
    if not len(apart):
        return
    at = int(apart[-1])
    before, after = number(was[at]), number(now[at])
    words = (
        f"the label's y_ret is {shown(before)} at {told(case.stamp(at))}, and {shown(after)} in"
        f" what was known by {told(case.stamp(again.row))}: it looks beyond its t1"
    )
    yield case.leak(
        "future", "label", words, row=at, before=before, after=after,
        again={"AT": f"{case.stamp(again.row):%Y-%m-%dT%H:%M:%SZ}"},
    )  # fmt: skip


def _alike(one: Floats, other: Floats, spread: Floats | np.float64) -> NDArray[np.bool_]:
    both = np.isnan(one) & np.isnan(other)
    with np.errstate(invalid="ignore"):
        near = np.abs(one - other) <= CLOSE * (np.abs(one) + spread)
    return np.asarray(both | near)
