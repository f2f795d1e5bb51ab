"""The training matrix: one row a bar, features known at `ts`, and the answer that came later."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fnmatch import fnmatchcase
from functools import cached_property, partial
from typing import Any

import numpy as np
import pandas as pd

from sigma_core.domain.model import ModelConfig
from sigma_core.domain.quality import Quality
from sigma_core.engine.features import features_of, warm_ups
from sigma_core.engine.market import Key, Market
from sigma_core.engine.quality import report
from sigma_core.engine.splits import Timeline, timeline_of
from sigma_core.engine.uniqueness import uniqueness
from sigma_core.errors import BadRequest, QualityError, meant
from sigma_core.labels import Bound, Labels, label_of
from sigma_core.lineage import sha_of, sha_of_frame
from sigma_core.tape import Tape, tape_of

KEYS = (
    "ts", "session", "hour_et", "open", "high", "low", "close",
    "y", "y_ret", "t1", "side", "trainable", "scorable", "cause",
)  # fmt: skip
"""Columns of every matrix that are no features."""


@dataclass(frozen=True, eq=False)
class Matrix:
    """A matrix and what is needed to trade on it."""

    frame: pd.DataFrame
    """KEYS, then the features; `y` is a class name or missing, `cause` why it cannot be trained."""
    sha: str
    """Of the rows, and of the finer bars that fill their bars: all that a trade is settled by."""
    features: tuple[str, ...]
    classes: tuple[str, ...]
    tape: Tape
    """The model's bars from the first stored one to the last row."""
    offset: int
    """Position of the first row in the tape."""
    label_end: np.ndarray
    """Per bar of the tape: the bar whose close ends the label, -1 beyond the data."""
    judged: Callable[[], Quality]
    """Makes `quality`."""
    warm_ups: Mapping[str, int] | None = None
    """By column of an indicator: the first bar of the tape past its announced warm-up; None where
    the rows were kept and their features not made."""

    @cached_property
    def quality(self) -> Quality:
        """Whether it is fit to learn from. Raises BadRequest for a waiver of no known check."""
        return self.judged()

    @cached_property
    def timeline(self) -> Timeline:
        """What the rows are split by."""
        return timeline_of(self.frame, self.classes, self.tape.calendar)


def assemble(
    market: Market,
    config: ModelConfig,
    *,
    start: date | None,
    end: date | None,
    labelled: bool = True,
) -> Matrix:
    """Make the matrix of `config` over the sessions from `start` to `end`.

    Features are computed from the first stored bar and then cut, so `start` changes no value.
    With `labelled=False` (live scoring) there is no label and every row lacks its future.

    Raises BadRequest if the range holds no bar, or a pattern of `features` fits no column.
    """
    made = computed(market, config, start=start, end=end)
    features = chosen(tuple(made.wide.columns), config.features)
    begins = warm_ups(market, config.asked)
    frame = _rows(made, features, max(begins.values(), default=0), labelled)
    about = market.about[(market.ticker, market.cadence)]
    return Matrix(
        frame=frame,
        sha=_sha(frame, made.tape, made.inside.start),
        features=features,
        classes=made.label.classes,
        tape=made.tape,
        offset=made.inside.start,
        label_end=made.label.end(made.tape, config.policy),
        judged=partial(
            report,
            frame,
            features,
            classes=made.label.classes,
            uniqueness=_uniqueness(made.labels, made.inside, frame),
            stale_years=_stale(about, frame),
            allow=config.allow_quality,
            notes=about.get("notes", ()),
        ),
        warm_ups=begins,
    )


@dataclass(frozen=True, eq=False)
class Computed:
    """All that a matrix is made of, at every bar up to its last."""

    bars: pd.DataFrame
    inside: slice
    """The bars that become rows."""
    tape: Tape
    label: Bound
    wide: pd.DataFrame
    """Every feature that was asked for."""
    labels: Labels


def computed(
    market: Market, config: ModelConfig, *, start: date | None, end: date | None
) -> Computed:
    """Features and answers, not yet laid in rows; the leak audit makes them again from less.

    Raises as `assemble` does.
    """
    bars, inside = asked(market, start=start, end=end)
    tape = _tape(bars, market, config)
    label = label_of(config.label)
    wide = features_of(market, config.asked).iloc[: len(bars)]
    labels = label.compute(_with_columns(tape, wide, label), config.policy)
    return Computed(bars, inside, tape, label, wide, labels)


def reassemble(
    market: Market,
    config: ModelConfig,
    frame: pd.DataFrame,
    *,
    start: date | None,
    end: date | None,
    sha: str,
    quality: Quality,
) -> Matrix:
    """The matrix whose rows were kept: only its tape is made anew, from the same bars."""
    bars, inside = asked(market, start=start, end=end)
    tape = _tape(bars, market, config)
    label = label_of(config.label)
    return Matrix(
        frame=frame,
        sha=sha,
        features=tuple(name for name in frame.columns if name not in KEYS),
        classes=label.classes,
        tape=tape,
        offset=inside.start,
        label_end=label.end(tape, config.policy),
        judged=lambda: quality,
    )


def _sha(frame: pd.DataFrame, tape: Tape, offset: int) -> str:
    """SHA-256 of the rows, and of the finer bars inside theirs where there are any."""
    fine = tape.fine
    rows = slice(fine.begin[offset], fine.begin[-1])
    if rows.start == rows.stop:
        return sha_of_frame(frame)
    of_bar = np.repeat(np.arange(len(frame)), np.diff(fine.begin[offset:]))
    inside = {name: getattr(fine, name)[rows] for name in ("open", "high", "low")}
    return sha_of(sha_of_frame(frame), sha_of_frame(pd.DataFrame({"bar": of_bar} | inside)))


def _tape(bars: pd.DataFrame, market: Market, config: ModelConfig) -> Tape:
    return tape_of(
        bars, market.calendar, config.cadence, horizon=config.horizon, finer=market.finer
    )


def asked(market: Market, *, start: date | None, end: date | None) -> tuple[pd.DataFrame, slice]:
    """The bars up to `end`, and the positions of those from `start` on.

    Raises BadRequest if start is after end, or no bar lies between, QualityError for bars without
    an open: trades are filled there, and labels begin there.
    """
    bars = market.main
    if bars["open"].isna().all():
        raise QualityError(
            f"{market.ticker} has closes alone, and no open that a trade could be filled at.",
            hint="Bring bars with open, high and low, or take its close as a feature (of:).",
        )
    if end is not None:
        bars = bars[bars["session"] <= pd.Timestamp(end)]
    refuse_span(start, end)
    first = bars["session"].searchsorted(pd.Timestamp(start)) if start else 0
    if int(first) >= len(bars):
        have = (market.main["session"].iloc[at].date() for at in (0, -1))
        raise no_bar((market.ticker, market.cadence), *have, start=start, end=end)
    return bars, slice(int(first), len(bars))


def no_bar(of: Key, first: date, last: date, *, start: date | None, end: date | None) -> BadRequest:
    """The error of a range without a bar; there are some from `first` to `last`."""
    ticker, cadence = of
    return BadRequest(
        f"{ticker} has no {cadence} bar from {start or 'the start'} to {end or 'the end'}.",
        hint=f"It has {first} to {last}.",
    )


def refuse_span(start: date | None, end: date | None) -> None:
    """Raises BadRequest if start is after end."""
    if start is not None and end is not None and start > end:
        raise BadRequest(f"start {start} is after end {end}.", hint="Swap them.")


def chosen(columns: Sequence[str], patterns: Sequence[str]) -> tuple[str, ...]:
    """The columns that fit any of the patterns, in their own order.

    >>> chosen(["rsi_14", "macd_12_26_9_hist", "atr_14"], ["rsi_*", "atr_*"])
    ('rsi_14', 'atr_14')
    """
    if not patterns:
        raise BadRequest("features names no column.", hint='Leave it out for all: ["*"].')
    for pattern in patterns:
        if not any(fnmatchcase(name, pattern) for name in columns):
            raise BadRequest(
                f"features: {pattern!r} fits no column of the model.", hint=meant(pattern, columns)
            )
    return tuple(c for c in columns if any(fnmatchcase(c, pattern) for pattern in patterns))


def _with_columns(tape: Tape, wide: pd.DataFrame, label: Bound) -> Tape:
    """The tape with the columns that the label reads. Raises BadRequest for one that is none."""
    for name in label.reads:
        if name not in wide.columns:
            raise BadRequest(
                f"label {label.label.name} reads {name!r}, which is no column of the model.",
                hint=meant(name, wide.columns) or "Add an indicator that makes it.",
            )
    return replace(tape, columns={name: wide[name].to_numpy() for name in label.reads})


def _rows(made: Computed, features: Sequence[str], warm_at: int, labelled: bool) -> pd.DataFrame:
    bars, tape, labels = made.bars, made.tape, made.labels
    n = len(bars)
    warm = np.arange(n) >= warm_at
    known = (labels.y >= 0) & labelled
    names = np.array([*made.label.classes, None], dtype=object)
    cause = np.where(warm, np.where(known, "", labels.cause), "warm_up")
    ts = bars["ts"].to_numpy(dtype="datetime64[us]")
    ends = np.where(known & (labels.t1 >= 0), ts[labels.t1], np.datetime64("NaT", "us"))
    keys: Mapping[str, Any] = {
        "ts": pd.DatetimeIndex(ts).tz_localize("UTC"),
        "session": bars["session"].to_numpy(),
        "hour_et": tape.hour,
        **{name: bars[name].to_numpy() for name in ("open", "high", "low", "close")},
        "y": pd.array(names[np.where(known, labels.y, -1)], dtype="str"),
        "y_ret": np.where(known, labels.y_ret, np.nan),
        "t1": pd.DatetimeIndex(ends).tz_localize("UTC"),
        "side": np.zeros(n, "int64") if labels.side is None else labels.side.astype("int64"),
        "trainable": known & warm,
        "scorable": warm,
        "cause": pd.array(cause.astype(object), dtype="str"),
    }
    wide = made.wide[list(features)].reset_index(drop=True)
    whole = pd.concat([pd.DataFrame(keys), wide], axis=1)
    return whole.iloc[made.inside].reset_index(drop=True)


def _uniqueness(labels: Labels, inside: slice, frame: pd.DataFrame) -> float:
    """Average uniqueness of the trainable rows' labels."""
    use = frame["trainable"].to_numpy()
    if not use.any():
        return 0.0
    t0 = np.arange(inside.start, inside.stop)[use]
    return float(uniqueness(t0, labels.t1[inside][use]).mean())


def _stale(about: Mapping[str, Any], frame: pd.DataFrame) -> list[int]:
    asked = set(frame["session"].dt.year)
    return [year for year in about.get("stale_open_years", ()) if year in asked]
