"""The one splitter: folds in time order, in which nothing is learned from what came later."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from math import ceil

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sigma_core.calendars import Calendar
from sigma_core.errors import BadRequest

Rows = NDArray[np.int64]

LEAST_ROWS, LEAST_OF_CLASS = 60, 10
"""Rows the first training window must have, in all and of each traded class."""
ENOUGH_ROWS, ENOUGH_SESSIONS = 250, 252
"""Rows of the first training window and out-of-fold sessions the gate asks for."""
TRADED = ("UP", "DOWN", "1", "0")
CLASS_SLACK = Fraction(5, 4)
"""A class is not spread evenly: ask for a quarter more rows than its share would need."""


@dataclass(frozen=True, eq=False)
class Timeline:
    """When each row of a matrix was, and what its label looked at. Arrays of one length."""

    session: NDArray[np.datetime64]
    """Trading date, in order."""
    y: NDArray[np.int8]
    """Position of the row's label in `classes`; -1 where it cannot be trained on."""
    t1: Rows
    """Row at whose close the label is known; -1 where `y` is."""
    scorable: NDArray[np.bool_]
    classes: tuple[str, ...]
    calendar: Calendar

    def __len__(self) -> int:
        return len(self.session)

    @property
    def labelled(self) -> NDArray[np.bool_]:
        """The rows that can be trained on."""
        return self.y >= 0


@dataclass(frozen=True, eq=False)
class Fold:
    """Row positions, ascending: learn on `train`, judge on `test`."""

    number: int
    train: Rows
    test: Rows


@dataclass(frozen=True, kw_only=True)
class Depth:
    """How much history a study rests on."""

    first_rows: int
    """Rows of the first training window."""
    sessions: int
    """Out-of-fold sessions."""
    start: date | None
    """First session that would make it enough; None if it is, or if no date would."""

    @property
    def enough(self) -> bool:
        """Whether the gate may take the result seriously."""
        return self.first_rows >= ENOUGH_ROWS and self.sessions >= ENOUGH_SESSIONS

    @property
    def share(self) -> float:
        """How much there is of what is asked, the scarcer of the two counting; 1 is enough."""
        return min(self.first_rows / ENOUGH_ROWS, self.sessions / ENOUGH_SESSIONS)

    @property
    def words(self) -> str:
        """What there is, what is asked, and the start date that would do."""
        said = (
            f"{self.first_rows} rows in the first training window (at least {ENOUGH_ROWS} asked)"
            f" and {self.sessions} out-of-fold sessions (at least {ENOUGH_SESSIONS} asked)"
        )
        if self.enough:
            return said
        if self.start is None:
            return f"{said}: no earlier start would do"
        return (
            f"{said}: a start at {self.start} or earlier would do, if the provider has those bars"
        )


def timeline_of(frame: pd.DataFrame, classes: Sequence[str], calendar: Calendar) -> Timeline:
    """The timeline of a matrix's frame (columns ts, session, y, t1, trainable, scorable).

    Raises ValueError if the t1 of a trainable row is not the ts of a row.
    """
    trainable = frame["trainable"].to_numpy(dtype=bool)
    codes = pd.Categorical(frame["y"], categories=list(classes)).codes
    y = np.where(trainable, codes, -1).astype("int8")
    ts, ends = (frame[name].to_numpy(dtype="datetime64[us]") for name in ("ts", "t1"))
    known = y >= 0
    ends = ends[known]
    t1 = np.full(len(frame), -1, dtype="int64")
    t1[known] = np.searchsorted(ts, ends)
    if (t1 >= len(ts)).any() or (ts[t1[known]] != ends).any():
        raise ValueError("a label ends at an instant that is no row's")
    return Timeline(
        session=frame["session"].to_numpy(dtype="datetime64[us]"),
        y=y,
        t1=t1,
        scorable=frame["scorable"].to_numpy(dtype=bool),
        classes=tuple(classes),
        calendar=calendar,
    )


def walk_forward(rows: Timeline, *, splits: int = 5, embargo: float = 0.0) -> list[Fold]:
    """Cut into `splits` test blocks, each judged by a model of what came before it.

    Labelled sessions form splits + 1 equal blocks, the remainder in the first, which is never
    tested. A block holds every scorable row from its first labelled session up to the next
    block's. A training row is left out if its label is known only at or after the first test row,
    or in the ceil(embargo x test rows) bars before that.

    Raises BadRequest, with the start date and the number of splits that would do, if the first
    training window has fewer than 60 rows, or 10 of a class that is traded (FLAT is not).

    Source: M. Lopez de Prado, Advances in Financial Machine Learning (2018), ch. 7.4.
    """
    _check(splits, embargo)
    starts = _starts(rows, splits)
    folds = [
        _fold(rows, number, begin, end, embargo)
        for number, (begin, end) in enumerate(zip(starts, [*starts[1:], len(rows)], strict=False))
    ]
    if said := _too_thin(rows, folds):
        raise BadRequest(f"{splits} splits: {said}.", hint=_cure(rows, splits, embargo))
    return folds


def blocks_of(rows: Timeline, groups: int) -> list[Rows]:
    """Scorable rows of equal blocks of labelled sessions, the remainder in the first.

    Raises BadRequest if there are fewer sessions than blocks.
    """
    labelled = np.flatnonzero(rows.labelled)
    if not (starts := _starts(rows, groups - 1)):
        sessions = len(np.unique(rows.session[labelled]))
        said = f"{groups} groups are more than the {sessions} labelled sessions."
        raise BadRequest(said, hint="Ask for fewer groups, or a longer range of dates.")
    starts = [int(labelled[0]), *starts]
    return [
        begin + np.flatnonzero(rows.scorable[begin:end])
        for begin, end in zip(starts, [*starts[1:], len(rows)], strict=True)
    ]


def refuse_thin(rows: Timeline, train: Rows, asked: str) -> None:
    """Raises BadRequest if a training window is too small, or lacks a class that is traded."""
    if said := _lacking(rows, train, "a training window"):
        raise BadRequest(f"{asked}: {said}.", hint="Ask for a longer range.")


def inner_fold(rows: Timeline, fold: Fold) -> Fold | None:
    """Inside a training window: test on its last 20 % of sessions, learn on those before, purged.

    None if fewer than two classes are left to learn from.
    """
    sessions = np.unique(rows.session[fold.train])
    first = sessions[len(sessions) - ceil(Fraction(len(sessions), 5))]
    inside = rows.scorable & (rows.session >= first) & (rows.session <= sessions[-1])
    test = np.flatnonzero(inside)
    train = _purged(rows, fold.train, int(test[0]))
    if len(np.unique(rows.y[train])) < 2:
        return None
    return Fold(number=fold.number, train=train, test=test)


def depth_of(rows: Timeline, folds: Sequence[Fold], *, embargo: float = 0.0) -> Depth:
    """How much history the folds have, and the start date that would be enough for the gate."""
    span = slice(int(folds[0].test[0]), int(folds[-1].test[-1]) + 1)
    depth = Depth(
        first_rows=len(folds[0].train),
        sessions=len(np.unique(rows.session[span])),
        start=None,
    )
    if depth.enough:
        return depth
    start = _start_for(rows, len(folds), embargo, Fraction(ENOUGH_ROWS), ENOUGH_SESSIONS)
    return Depth(first_rows=depth.first_rows, sessions=depth.sessions, start=start)


def _check(splits: int, embargo: float) -> None:
    if splits < 1:
        raise BadRequest(f"splits is {splits}.", hint="Give at least 1; 5 is usual.")
    if not 0 <= embargo < 1:
        raise BadRequest(
            f"embargo is {embargo:g}.",
            hint="Give a share of the test rows from 0 up to below 1; 0.01 is usual.",
        )


def _starts(rows: Timeline, splits: int) -> list[int]:
    """The first row of each test block; none if there are fewer sessions than blocks."""
    sessions = np.unique(rows.session[rows.labelled])
    size = len(sessions) // (splits + 1)
    if size == 0:
        return []
    firsts = sessions[len(sessions) - splits * size :: size]
    return [int(row) for row in np.searchsorted(rows.session, firsts)]


def _fold(rows: Timeline, number: int, begin: int, end: int, embargo: float) -> Fold:
    test = begin + np.flatnonzero(rows.scorable[begin:end])
    # exact, as typed: 0.07 of 100 rows are 7, not the 8 that floats would round up to
    left_out = ceil(Fraction(str(embargo)) * len(test))
    before = np.flatnonzero(rows.labelled[: int(test[0])])
    return Fold(number=number, train=_purged(rows, before, int(test[0]) - left_out), test=test)


def _purged(rows: Timeline, train: Rows, start: int) -> Rows:
    """The rows of `train` whose label is known before row `start`; touching it is too late."""
    return train[rows.t1[train] < start]


def _too_thin(rows: Timeline, folds: Sequence[Fold]) -> str:
    """What the first training window lacks, in words; empty if nothing."""
    sessions = len(np.unique(rows.session[rows.labelled]))
    if not folds:
        return f"{sessions} labelled sessions are fewer than the blocks asked for"
    return _lacking(rows, folds[0].train, "the first training window")


def _lacking(rows: Timeline, train: Rows, which: str) -> str:
    """What a training window has too little of, in words; empty if nothing."""
    window = rows.y[train]
    if len(window) < LEAST_ROWS:
        return f"{which} has {len(window)} labelled rows, at least {LEAST_ROWS} are needed"
    for code, name in _traded(rows):
        found = int((window == code).sum())
        if found < LEAST_OF_CLASS:
            return f"{which} has {found} rows of class {name}, at least {LEAST_OF_CLASS} are needed"
    return ""


def _traded(rows: Timeline) -> Iterator[tuple[int, str]]:
    return ((code, name) for code, name in enumerate(rows.classes) if name in TRADED)


def _cure(rows: Timeline, splits: int, embargo: float) -> str:
    counts = {name: int((rows.y == code).sum()) for code, name in _traded(rows)}
    if never := [name for name, count in counts.items() if count == 0]:
        return f"No row at all is labelled {never[0]}: choose a smaller band or another label."
    share = Fraction(min(counts.values()), int(rows.labelled.sum()))
    needed = max(Fraction(LEAST_ROWS), CLASS_SLACK * LEAST_OF_CLASS / share)
    start = _start_for(rows, splits, embargo, needed, 0)
    most = min(splits - 1, int(rows.labelled.sum()) // LEAST_ROWS)
    fewer = next((n for n in range(most, 0, -1) if not _short(rows, n, embargo)), 0)
    cures = [f"start at {start} or earlier, if the provider has those bars"] if start else []
    cures += [f"ask for {fewer} split{'s' * (fewer > 1)}"] if fewer else []
    cures += ["give a smaller embargo"] if embargo and not _short(rows, splits, 0.0) else []
    said = ", or ".join(
        cures or ["ask for a longer range of dates, or for bars of a finer cadence"]
    )
    return f"{said[0].upper()}{said[1:]}."


def _short(rows: Timeline, splits: int, embargo: float) -> str:
    """What so many splits lack, in words; empty if nothing."""
    starts = [*_starts(rows, splits), len(rows)]
    first = [_fold(rows, 0, starts[0], starts[1], embargo)] if len(starts) > 1 else []
    return _too_thin(rows, first)


def _start_for(
    rows: Timeline, splits: int, embargo: float, needed: Fraction, sessions: int
) -> date | None:
    """The session to start at so that the first window has `needed` rows after purging.

    Also that `sessions` are out of fold. Supposes that earlier sessions have as many labelled
    rows as these. None if that lies before the calendar begins, or these rows have enough.
    """
    labelled = np.flatnonzero(rows.labelled)
    if not len(labelled):
        return None
    have = len(np.unique(rows.session[labelled]))
    span = int((rows.t1[labelled] - labelled).max())
    a_session = Fraction(len(labelled), have) * (1 - Fraction(str(embargo)))
    block = max(ceil((needed + span + 1) / a_session), ceil(Fraction(sessions, splits)))
    more = block * (splits + 1) - have
    before = rows.calendar.sessions(None, pd.Timestamp(rows.session[0]).date())["session"]
    if more <= 0 or more >= len(before):
        return None
    found: date = before.iloc[-1 - more].date()
    return found
