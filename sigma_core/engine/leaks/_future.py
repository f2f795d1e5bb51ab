"""Every value of a matrix made again at random instants from no more than was known by then."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sigma_core import calendars
from sigma_core.domain.leaks import Leak
from sigma_core.engine.features import VIX_FAMILY, announced
from sigma_core.engine.join import LATE, stamps_of, too_old
from sigma_core.engine.leaks._case import CLOSE, Case, number, shown, told
from sigma_core.engine.market import Key, Market
from sigma_core.engine.matrix import Computed, computed
from sigma_core.progress import Progress

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

FULL = 24
"""Random instants of a full audit."""
EARLY = 60
"""Two instants of it are among so many first rows: what fills the warm-up shows only there."""
STILL, MOST_STILL = 2, 40
"""In full: instants at which a column begins to stand still, of each column and in all."""
RARE = 0.2
"""A column that begins to stand still more often than this does so by nature."""
FEW, SELDOM = 10, 0.05
"""A column of so few values is looked at where it has one that it seldom has."""
HOLES = 8
"""In full: instants at which another series has long had no value, so that one may be made up."""


def known_by(market: Market, now: int) -> Market:
    """The market as it was known at an instant (UTC microseconds), by a rule of its own.

    A bar is known once it has closed, the VIX family's daily ones a quarter of an hour later.
    """
    return replace(
        market,
        bars={key: _until(frame, now - _late(key)) for key, frame in market.bars.items()},
        finer={fine: _until(frame, now) for fine, frame in market.finer.items()},
        options={key: _until(rows, now) for key, rows in market.options.items()},
    )


def _until(rows: pd.DataFrame, last: int) -> pd.DataFrame:
    known = stamps_of(rows) <= last
    first = int(known.argmin()) if not known.all() else len(rows)
    return rows[known] if known[first:].any() else rows.iloc[:first]  # in order: without a copy


def _late(key: Key) -> int:
    return LATE if key[1] == "daily" and key[0].upper() in VIX_FAMILY else 0


def sampled_cuts(case: Case, rng: np.random.Generator) -> Ints:
    """One row past every warm-up, an early one more often (it costs less, and a leak is a leak
    anywhere); one in a hole of another series, and one in a warm-up that may have been filled,
    where there are such."""
    rows = len(case.matrix.frame)
    ready = max(case.declared.values(), default=0) - case.matrix.offset
    ready = min(max(ready, first_row(case)), rows - 1)
    anywhere = ready + int((rows - ready) * rng.random() ** 4)
    holes = _holes(case)
    hole = rng.choice(holes, 1) if len(holes) else holes
    return np.unique(np.r_[anywhere, hole, _filled(case)])


def _filled(case: Case) -> Ints:
    """The first row with a value within its column's announced warm-up; none, if all are missing.

    The first of all where a column of many values begins with one twice, as a filled one does, or
    where a warm-up is not announced: of a custom indicator, or a column that nothing makes.
    """
    first, offset = first_row(case), case.matrix.offset
    known = announced(case.config.asked) and case.declared.keys() >= set(case.columns)
    begins = case.values[:, first : first + 2]
    twice = np.flatnonzero(begins[:, 0] == begins[:, -1])
    filled = (len(np.unique(case.values[at, :500])) > FEW for at in twice)
    if not known or (offset < EARLY and any(filled)):
        return np.array([first])
    warming = [
        np.isfinite(values[: max(case.declared[name] - offset, 0)])
        for name, values in zip(case.columns, case.values, strict=True)
    ]
    found = [int(there.argmax()) for there in warming if there.any()]
    return np.array([max(min(found), first)] if found else [], "int64")


def _holes(case: Case) -> Ints:
    """Rows at the end of a hole of another series: its last value is too old there."""
    market, first, found = case.market, first_row(case), [np.empty(0, "int64")]
    own = (market.ticker, market.cadence)
    for key, frame in market.bars.items():
        if key == own:
            continue
        about = market.about.get(key, {})
        days = calendars.calendar(about.get("calendar", market.calendar.name))
        closed = stamps_of(frame)
        row = np.searchsorted(case.now, closed[1:] + _late(key)) - 1  # before the next is known
        use = (row >= first) & (case.now[row] >= closed[:-1] + _late(key))
        row, before = row[use], closed[:-1][use]
        found.append(row[too_old(case.now[row], before, days, key[1])])
    return np.unique(np.concatenate(found))


def full_cuts(case: Case, rng: np.random.Generator) -> Ints:
    """Rows over the whole matrix, some early ones, those where a column stands still or has a
    value that it seldom has, where another series has a hole, and the last."""
    first, rows = first_row(case), len(case.matrix.frame)
    picked = rng.integers(first, rows, FULL)
    early = first + rng.integers(0, min(EARLY, rows - first), 2)
    odd = [find(values, first, rng) for values in case.values for find in (_still, _seldom)]
    placed, holes = np.concatenate([*odd, np.empty(0, "int64")]), _holes(case)
    if len(placed) > MOST_STILL:
        placed = rng.choice(placed, MOST_STILL, replace=False)
    holes = rng.choice(holes, min(HOLES, len(holes)), replace=False)
    return np.unique(np.r_[picked, early, placed, holes, _filled(case), rows - 1])


def first_row(case: Case) -> int:
    """The first row at which a bar of every ticker and cadence was known, and a row of options."""
    begins = [
        int(stamps_of(frame.head(1))[0]) + _late(key)
        for key, frame in {**case.market.bars, **case.market.options}.items()
        if len(frame)
    ]
    return min(int(np.searchsorted(case.now, max(begins))), len(case.now) - 1)


def _still(values: Floats, first: int, rng: np.random.Generator) -> Ints:
    """Rows whose value comes again in the next and was not in the one before: filled, maybe."""
    same = values[1:] == values[:-1]
    begins = np.flatnonzero(same & ~np.r_[False, same[:-1]])
    begins = begins[begins >= first]
    if not 0 < len(begins) <= RARE * len(values):
        return np.empty(0, "int64")
    return rng.choice(begins, min(STILL, len(begins)), replace=False)


def _seldom(values: Floats, first: int, rng: np.random.Generator) -> Ints:
    """A row with the rarest value of a column that has few; none if no value is rare."""
    known = first + np.flatnonzero(np.isfinite(values[first:]))
    if len(np.unique(values[known[:500]])) > FEW:  # most columns: at a glance
        return np.empty(0, "int64")
    each, place, counts = np.unique(values[known], return_inverse=True, return_counts=True)
    if not 1 < len(each) <= FEW or counts.min() > SELDOM * len(known):
        return np.empty(0, "int64")
    return rng.choice(known[place == counts.argmin()], 1)


@dataclass(frozen=True, eq=False)
class _Again:
    """Features and answers made again at one row, and where the rows up to that one are in them."""

    row: int
    made: Computed

    @property
    def rows(self) -> slice:
        """Of the bars: those that are rows of the matrix up to this one."""
        first = self.made.inside.start
        return slice(first, first + self.row + 1)


def from_the_future(case: Case, rows: Sequence[int], progress: Progress) -> Iterator[Leak]:
    """One leak for each column, and for the label, that differs at any of these rows."""
    seen: set[str] = set()
    for done, row in enumerate(rows):
        progress(done, len(rows), f"made again at {done} of {len(rows)} instants")
        again = _again(case, row)
        for leak in (*_features(case, again), *_labels(case, again)):
            if leak.where not in seen:
                seen.add(leak.where)
                yield leak


def _again(case: Case, row: int) -> _Again:
    known = known_by(case.market, int(case.now[row]))
    return _Again(row, computed(known, case.config, start=case.start, end=None))


def _features(case: Case, again: _Again) -> Iterator[Leak]:
    place = again.made.wide.columns.get_indexer(pd.Index(case.columns))
    wide = again.made.wide.to_numpy(dtype="float64").T
    for name, whole, at_ in zip(case.columns, case.values, place, strict=True):
        was = whole[: again.row + 1]
        # a column that nothing makes is missing throughout
        now = wide[at_, again.rows] if at_ >= 0 else np.full_like(was, np.nan)
        if ((was == now) | (np.isnan(was) & np.isnan(now))).all():  # nearly always
            continue
        apart = np.flatnonzero(~_alike(was, now, pd.Series(whole).std()))
        if not len(apart):
            continue
        at = int(apart[-1])
        before, after = number(was[at]), number(now[at])
        words = (
            f"{name} is {shown(before)} at {told(case.stamp(at))}, and {shown(after)} when"
            f" it is made of what was known by {told(case.stamp(again.row))}"
        )
        yield case.leak(
            "future", name, words, row=at, before=before, after=after,
            again={"AT": f"{case.stamp(again.row):%Y-%m-%dT%H:%M:%SZ}"},
        )  # fmt: skip


def _labels(case: Case, again: _Again) -> Iterator[Leak]:
    """Answers that were known by then must be those that stand: else they look beyond their t1."""
    frame, labels, rows = case.matrix.frame.iloc[: again.row + 1], again.made.labels, again.rows
    codes = pd.Categorical(frame["y"], categories=list(case.matrix.classes)).codes
    known = labels.y[rows] >= 0
    ends = again.made.tape.ts[labels.t1[rows]].view("datetime64[us]")
    was, now = frame["y_ret"].to_numpy(dtype="float64"), labels.y_ret[rows]
    same = _alike(was, now, 0.0) & (case.ends[: again.row + 1] == ends) & (codes == labels.y[rows])
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


def _alike(one: Floats, other: Floats, spread: float) -> NDArray[np.bool_]:
    both = np.isnan(one) & np.isnan(other)
    with np.errstate(invalid="ignore"):
        near = np.abs(one - other) <= CLOSE * (np.abs(one) + spread)
    return np.asarray(both | near)
