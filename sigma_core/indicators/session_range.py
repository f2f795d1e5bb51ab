"""Where today stands against its own range, and how wide its opening was."""

import numpy as np
import pandas as pd

from sigma_core.indicators._columns import Array, Ints
from sigma_core.indicators._define import indicator
from sigma_core.indicators._windows import ratio, so_far, spread, starts, zscore

_QUARTER = 15 * 60_000_000


@indicator(group="session", warmup=lambda: 0, bounds=(0, 1))
def day_range_pos(high: Array, low: Array, close: Array, session: Ints) -> Array:
    """Place of the close in the session's range so far.

    Units: 0 at the low, 1 at the high; missing while they are the same.
    Source: the stochastic of G. Lane over the session instead of fixed bars.

    >>> high, low, close = np.array([10.0, 14]), np.array([8.0, 9]), np.array([9.0, 11])
    >>> day_range_pos(high, low, close, np.array([0, 0])).tolist()
    [0.5, 0.5]
    """
    bottom = so_far(low, session, "min")
    return ratio(close - bottom, so_far(high, session, "max") - bottom)


@indicator(
    group="session",
    warmup=lambda period: period,
    sessions=lambda period: period,
    limits={"period": (3, 2000)},
)
def open_gap_z(open: Array, close: Array, session: Ints, *, period: int = 60) -> Array:  # noqa: A002
    """How unusual the gap from the last session's close to this session's open is.

    The gap is ln(open / previous close); its z-score is over the last `period` sessions, this one
    too, ddof 1. Known from the first bar of the session on.

    Units: standard deviations.
    Source: the standard score of the overnight log return.

    >>> price, day = np.array([1.0, 2, 4, 8, 64]), np.arange(5)
    >>> open_gap_z(price, price, day, period=4).round(4).tolist()
    [nan, nan, nan, nan, 1.5]
    """
    first = starts(session)
    if len(first) == 0:
        return np.empty(0)
    before = close[first[1:] - 1]
    gaps = np.append(np.nan, np.log(open[first[1:]] / before))
    return spread(zscore(gaps, period), session)


@indicator(
    group="session",
    warmup=lambda period: period - 1,
    sessions=lambda period: period - 1,
    limits={"period": (3, 2000)},
    cadences=("5m", "15m"),
)
def first15m_range_z(
    open: Array, high: Array, low: Array, session: Ints, ts: Ints, opens_at: Ints,  # noqa: A002
    *, period: int = 60,
) -> Array:  # fmt: skip
    """How unusual the range of the session's first quarter of an hour is.

    The range is (high - low) / open over the bars closed by then; its z-score is over the last
    `period` sessions, this one too, ddof 1. Missing before the quarter is over, and for sessions
    of which a bar of it is missing.

    Units: standard deviations.
    Source: the standard score of the opening range of T. Crabel, Day Trading with Short Term Price
    Patterns and Opening Range Breakout (1990).

    >>> price, day = np.array([1.0, 1, 1, 1]), np.arange(4)
    >>> high, end = np.array([2.0, 2, 2, 4]), np.full(4, 15 * 60_000_000)
    >>> first15m_range_z(price, high, price, day, end, 0 * day, period=4).tolist()
    [nan, nan, nan, 1.5]
    """
    done = ts - opens_at
    early = done <= _QUARTER
    frame = pd.DataFrame({"high": high[early], "low": low[early], "done": done[early]})
    by = frame.groupby(session[early], sort=False)
    first = starts(session)
    days = session[first]
    top, bottom, end = (
        got.reindex(days).to_numpy(dtype="float64")
        for got in (by["high"].max(), by["low"].min(), by["done"].max())
    )
    width = np.where(end == _QUARTER, (top - bottom) / open[first], np.nan)
    return np.where(done >= _QUARTER, spread(_scored(width, period), session), np.nan)


def _scored(width: Array, period: int) -> Array:
    """z-scores of what is there, over the last `period` that are: one hole costs one session."""
    known = ~np.isnan(width)
    answer = np.full(len(width), np.nan)
    answer[known] = zscore(width[known], period)
    return answer
