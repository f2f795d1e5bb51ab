"""Bars of the past that are not what they were when the matrix was made."""

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from sigma_core.domain.leaks import Leak
from sigma_core.engine.leaks._case import Case, number, shown, told
from sigma_core.engine.market import Key

SAME = 1e-6
"""Relative change of a price below which it is the same, as when bars are fetched."""
PRICES = ("open", "high", "low", "close")
COLUMNS = (*PRICES, "volume")
STEPS = 0.05
"""Bars adjusted anew change by a factor that stays for long: so few distinct ones, by rows."""


def restated(case: Case, was: Mapping[Key, pd.DataFrame]) -> Iterator[Leak]:
    """A leak for each series whose past has changed: first as the matrix holds it, then as stored.

    `was`: bars as they stood before they were fetched anew. A series whose prices all changed by
    one factor was adjusted anew, for a dividend or a split: that is told, as a doubt.
    """
    own = (case.market.ticker, case.market.cadence)
    held = case.matrix.frame[["ts", *PRICES]]
    for key, frame in {**was, own: _with_volume(held, was.get(own))}.items():
        yield from _changed(case, key, frame, case.market.bars[key])


def _with_volume(held: pd.DataFrame, was: pd.DataFrame | None) -> pd.DataFrame:
    """The bars of a matrix, which has no volume, with that which stood beside them."""
    return held if was is None else held.merge(was[["ts", "volume"]], on="ts", how="left")


def _changed(case: Case, key: Key, was: pd.DataFrame, now: pd.DataFrame) -> Iterator[Leak]:
    until = case.matrix.frame["ts"].iloc[-1]
    was = was[was["ts"] <= until]
    names = [name for name in COLUMNS if name in was]
    then = was[names].to_numpy(dtype="float64")
    today = now.set_index("ts")[names].reindex(pd.DatetimeIndex(was["ts"])).to_numpy("float64")
    with np.errstate(invalid="ignore"):
        same = np.abs(today - then) <= SAME * np.abs(then)
    apart = ~(same | (np.isnan(then) & np.isnan(today)))
    yield from _new(case, key, was, now)
    if not apart.any():
        return
    at, column = (int(place) for place in np.argwhere(apart)[-1])
    before, after = number(then[at, column]), number(today[at, column])
    stamp = was["ts"].iloc[at]
    name = f"{names[column]} of {key[0]}, {key[1]}"
    rows = int(apart.any(axis=1).sum())
    doubt = _adjusted(then, today, apart)
    words = (
        f"{name}: {shown(before)} at {told(stamp)} when it was stored, {shown(after)} today;"
        f" {_bars(rows)} {'were adjusted anew by a factor' if doubt else 'changed since'}"
    )
    yield case.leak(
        "restated", name, words, row=stamp.to_pydatetime(), before=before, after=after, doubt=doubt
    )


def _new(case: Case, key: Key, was: pd.DataFrame, now: pd.DataFrame) -> Iterator[Leak]:
    """The leak of bars that stand among those of then today, and did not when these were stored."""
    if was.empty:
        return
    inside = now[(now["ts"] > was["ts"].iloc[0]) & (now["ts"] < was["ts"].iloc[-1])]
    new = inside[~inside["ts"].isin(was["ts"])]
    if new.empty:
        return
    stamp, after = new["ts"].iloc[-1], number(float(new["close"].iloc[-1]))
    name = f"close of {key[0]}, {key[1]}"
    words = (
        f"{name}: missing at {told(stamp)} when it was stored, {shown(after)} today;"
        f" {_bars(len(new))} came in since"
    )
    yield case.leak("restated", name, words, row=stamp.to_pydatetime(), before=None, after=after)


def _bars(count: int) -> str:
    return f"{count:,} bar{'s' * (count > 1)}"


def _adjusted(then: np.ndarray, today: np.ndarray, apart: np.ndarray) -> bool:
    """Whether the changed rows are the first ones, each by one factor, and the factors are few.

    The volume may have changed where the prices did: a split counts other shares.
    """
    prices = apart[:, : len(PRICES)].any(axis=1)
    if (apart.any(axis=1) & ~prices).any():
        return False
    last = int(np.flatnonzero(prices)[-1])
    ratio = (today / then)[: last + 1, : len(PRICES)]
    if last < 1 / STEPS or not np.isfinite(ratio).all():
        return False
    one = np.abs(ratio - ratio[:, :1]) <= SAME * np.abs(ratio[:, :1])
    steps = np.abs(np.diff(ratio[:, 0])) > SAME * np.abs(ratio[1:, 0])
    return bool(one.all() and steps.sum() <= STEPS * len(ratio))
