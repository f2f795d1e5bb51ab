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
STEPS = 0.05
"""Bars adjusted anew change by a factor that stays for long: so few distinct ones, by rows."""


def restated(case: Case, was: Mapping[Key, pd.DataFrame]) -> Iterator[Leak]:
    """A leak for each series whose past has changed: first as the matrix holds it, then as stored.

    `was`: bars as they stood before they were fetched anew. A series whose prices all changed by
    one factor was adjusted anew, for a dividend or a split: that is told, as a doubt.
    """
    own = (case.market.ticker, case.market.cadence)
    held = case.matrix.frame[["ts", *PRICES]]
    for key, frame in {**was, own: held}.items():
        yield from _changed(case, key, frame, case.market.bars[key])


def _changed(case: Case, key: Key, was: pd.DataFrame, now: pd.DataFrame) -> Iterator[Leak]:
    until = case.matrix.frame["ts"].iloc[-1]
    was = was[was["ts"] <= until]
    then = was[list(PRICES)].to_numpy(dtype="float64")
    today = now.set_index("ts")[list(PRICES)].reindex(pd.DatetimeIndex(was["ts"])).to_numpy()
    with np.errstate(invalid="ignore"):
        same = np.abs(today - then) <= SAME * np.abs(then)
    apart = ~(same | (np.isnan(then) & np.isnan(today)))
    if not apart.any():
        return
    at, column = (int(place) for place in np.argwhere(apart)[-1])
    before, after = number(then[at, column]), number(today[at, column])
    stamp = was["ts"].iloc[at]
    name = f"{PRICES[column]} of {key[0]}, {key[1]}"
    rows = int(apart.any(axis=1).sum())
    doubt = _adjusted(then, today, apart.any(axis=1))
    words = (
        f"{name}: {shown(before)} at {told(stamp)} when it was stored, {shown(after)} today;"
        f" {rows} bars {'were adjusted anew by a factor' if doubt else 'have changed since'}"
    )
    yield case.leak(
        "restated", name, words, row=stamp.to_pydatetime(), before=before, after=after, doubt=doubt
    )


def _adjusted(then: np.ndarray, today: np.ndarray, changed: np.ndarray) -> bool:
    """Whether the changed rows are the first ones, each by one factor, and the factors are few."""
    last = int(np.flatnonzero(changed)[-1])
    ratio = (today / then)[: last + 1]
    if last < 1 / STEPS or not np.isfinite(ratio).all():
        return False
    one = np.abs(ratio - ratio[:, :1]) <= SAME * np.abs(ratio[:, :1])
    steps = np.abs(np.diff(ratio[:, 0])) > SAME * np.abs(ratio[1:, 0])
    return bool(one.all() and steps.sum() <= STEPS * len(ratio))
