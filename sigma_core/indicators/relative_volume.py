"""How unusual the volume is for the time of day."""

import numpy as np

from sigma_core.indicators._columns import Array, Ints
from sigma_core.indicators._define import indicator
from sigma_core.indicators._windows import zscore


@indicator(
    group="volume",
    warmup=lambda period: period - 1,
    sessions=lambda period: period - 1,
    limits={"period": (3, 2000)},
)
def rel_vol_z(volume: Array, session: Ints, ts: Ints, opens_at: Ints, *, period: int = 20) -> Array:
    """Standard deviations of the volume above its mean at the same time of day.

    Over the last `period` bars that closed as many minutes after the open, this one too; ddof 1.
    Unlike `vol_zscore` it does not take every opening and close for news. With one bar a session
    the two are the same, and half days are sessions like any.

    Units: standard deviations.
    Source: relative volume by time of day, as charting platforms show it (RVOL), as a standard
    score.

    >>> opens = np.array([0, 0, 10, 10, 20, 20])
    >>> closes = opens + np.array([1, 2, 1, 2, 1, 2])
    >>> traded = np.array([1.0, 9, 1, 9, 4, 9])
    >>> rel_vol_z(traded, opens, closes, opens, period=3).round(4).tolist()
    [nan, nan, nan, nan, 1.1547, nan]
    """
    daily = not (np.diff(session) == 0).any()
    minute = np.zeros_like(ts) if daily else ts - opens_at
    order = np.argsort(minute, kind="stable")
    answer = np.full(len(volume), np.nan)
    for rows in np.split(order, np.flatnonzero(np.diff(minute[order])) + 1):
        answer[rows] = zscore(volume[rows], period)
    return answer
