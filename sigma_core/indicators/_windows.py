"""Numbers of trailing windows and of sessions, that several indicators share."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from sigma_core.indicators._columns import Array, Ints

_ROWS = 8192
"""Windows at a time: 8192 of 252 bars are 16 MB."""


def mean_sd(x: Array, period: int) -> tuple[Array, Array]:
    """Mean and standard deviation (ddof 1) of the last `period` values up to each, itself too.

    NaN where one of them is missing. Each window is summed on its own, so a value depends on its
    window only and not on where the series begins.
    """
    mean, sd = np.full(len(x), np.nan), np.full(len(x), np.nan)
    if len(x) < period:
        return mean, sd
    windows = np.lib.stride_tricks.sliding_window_view(x, period)
    for begin in range(0, len(windows), _ROWS):
        some = windows[begin : begin + _ROWS]
        place = slice(begin + period - 1, begin + period - 1 + len(some))
        mean[place] = some.mean(axis=1)
        sd[place] = some.std(axis=1, ddof=1)
    return mean, sd


def zscore(x: Array, period: int) -> Array:
    """(x - mean) / sd over the last `period` values; missing where they are all the same."""
    mean, sd = mean_sd(x, period)
    flat = sd <= 1e-12 * np.abs(mean)
    return ratio(x - mean, np.where(flat, 0.0, sd))


def change(x: Array, bars: int) -> Array:
    """x / (x so many bars ago) - 1."""
    answer = np.full(len(x), np.nan)
    answer[bars:] = x[bars:] / x[:-bars] - 1
    return answer


def ratio(x: Array, y: Array) -> Array:
    """x / y, missing where y is 0."""
    answer = np.full(len(x), np.nan)
    np.divide(x, y, out=answer, where=y != 0)
    return answer


def shifted(x: Array, bars: int) -> Array:
    """The value so many bars ago."""
    answer = np.full(len(x), np.nan)
    answer[bars:] = x[:-bars]
    return answer


def so_far(x: Array, session: Ints, how: str) -> Array:
    """Running `max`, `min` or `sum` of each session, begun anew with it."""
    groups = pd.Series(x).groupby(session, sort=False)
    made: Array = getattr(groups, f"cum{how}")().to_numpy()
    return made


def starts(session: Ints) -> Ints:
    """Position of the first bar of each session."""
    return np.flatnonzero(np.diff(session, prepend=-1)).astype(np.int64)


def spread(per_session: Array, session: Ints) -> Array:
    """One value a session, at every bar of it."""
    first = starts(session)
    return np.repeat(per_session, np.diff(np.append(first, len(session))))


def over_earlier(
    x: Array, session: Ints, window: int, how: Callable[[Array, Array], Array]
) -> Array:
    """`how` of each row: of the last values of the `window` sessions before its own (rows ×
    window, the oldest first), and of its own value; NaN where there are fewer sessions."""
    answer = np.full(len(x), np.nan)
    lasts = x[np.flatnonzero(np.diff(session, append=-1))]
    if len(lasts) <= window:
        return answer
    windows = np.lib.stride_tricks.sliding_window_view(lasts, window)
    place = np.searchsorted(starts(session), np.arange(len(x)), side="right") - 1 - window
    rows = np.flatnonzero(place >= 0)
    for begin in range(0, len(rows), _ROWS):
        some = rows[begin : begin + _ROWS]
        answer[some] = how(windows[place[some]], x[some])
    return answer
