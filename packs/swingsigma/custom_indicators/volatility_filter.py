"""An example: a pack's own indicator, which any model of the pack may name."""

import numpy as np

LIMITS = {"period": (2, 500), "threshold": (0.0, 1.0)}
BOUNDS = (0, 1)


def volatility_filter(close, *, period=20, threshold=0.02):
    """1 where the last `period` one-bar log returns vary by more than `threshold`, else 0.

    Units: 0 or 1.
    Source: the standard deviation (ddof 1) of log returns.
    """
    answer = np.full(len(close), np.nan)
    returns = np.diff(np.log(close))
    if len(returns) >= period:
        windows = np.lib.stride_tricks.sliding_window_view(returns, period)
        answer[period:] = windows.std(axis=1, ddof=1) > threshold
    return answer
