"""One number for momentum: how unusual the last returns are, and the daily RSI."""

import numpy as np
import talib

from sigma_core.indicators._columns import Array, Ints
from sigma_core.indicators._define import indicator
from sigma_core.indicators._windows import change, spread, starts, zscore

_WINDOW, _RSI = 252, 14


@indicator(
    group="momentum",
    warmup=lambda: _WINDOW + 2,
    sessions=lambda: _RSI + 1,
)
def momentum_score_total(close: Array, session: Ints, ts: Ints, closes_at: Ints) -> Array:
    """Momentum score: 0.7 · mean z-score of 1- and 3-bar returns + 0.3 · (daily RSI - 50) / 50.

    The z-scores are of simple returns over the trailing 252 bars, this one too, ddof 1. The RSI
    is of 14 session closes up to the last completed session: today's only at its official close.

    Units: standard deviations, roughly; above 0 is upward.
    Source: Sigma Lab's own; RSI as J. Welles Wilder, New Concepts in Technical Trading Systems.

    >>> import numpy as np
    >>> day = np.arange(300)
    >>> close = 100 + np.sin(day)
    >>> score = momentum_score_total(close, day, day, day)
    >>> int(np.isnan(score).sum())
    254
    """
    z = (zscore(change(close, 1), _WINDOW) + zscore(change(close, 3), _WINDOW)) / 2
    return 0.7 * z + 0.3 * (_session_rsi(close, session, ts, closes_at) - 50) / 50


def _session_rsi(close: Array, session: Ints, ts: Ints, closes_at: Ints) -> Array:
    """RSI of session closes, known from the official close on; before it the previous one's."""
    if not len(session):
        return np.empty(0)
    last = np.append(starts(session)[1:], len(session)) - 1
    rsi = talib.RSI(close[last], _RSI)
    before = spread(np.append(np.nan, rsi[:-1]), session)
    return np.where(ts >= closes_at, spread(rsi, session), before)
