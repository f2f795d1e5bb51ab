"""Fewer points for a screen, none of them invented: extremes of curves, candles of many bars."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pandas as pd

from sigma_core.tape import Floats, Ints


def extremes(curves: Sequence[Floats], *, points: int) -> Ints:
    """Positions that keep every curve's highs and lows: at most `points` of them, ascending.

    The bars are cut into stretches of equal length, as many as fit; of each the highest and the
    lowest point of every curve stays, and so do the first and the last bar. All bars if they fit.
    At least 2 + 2 x curves points come.
    """
    n = len(curves[0])
    if n <= points:
        return np.arange(n)
    stretches = points
    while len(kept := _kept(curves, stretches)) > points and stretches > 1:
        stretches = stretches * 3 // 4
    return kept


def _kept(curves: Sequence[Floats], stretches: int) -> Ints:
    n = len(curves[0])
    edges = np.linspace(0, n, min(stretches, n) + 1).astype("int64").tolist()
    kept = {0, n - 1}
    for first, end in pairwise(edges):
        parts = [curve[first:end] for curve in curves]
        kept |= {first + int(at) for part in parts for at in (part.argmin(), part.argmax())}
    return np.array(sorted(kept), dtype="int64")


def fall(curve: Floats) -> Floats:
    """Fall of each point from the highest before it (1 at the start), from -1 to 0."""
    value = np.r_[1.0, curve]
    return np.asarray((value / np.maximum.accumulate(value) - 1)[1:])


def merged(bars: pd.DataFrame, *, points: int) -> tuple[pd.DataFrame, int]:
    """Bars (ts, open, high, low, close) as at most `points` candles, and how many bars make one.

    A candle opens with its first bar and closes with its last; ts is that of the last.
    """
    each = -(-len(bars) // points)
    if each == 1:
        return bars[["ts", "open", "high", "low", "close"]].reset_index(drop=True), 1
    groups = bars.groupby(np.arange(len(bars)) // each)
    how = {"ts": "last", "open": "first", "high": "max", "low": "min", "close": "last"}
    return groups.agg(how), each
