"""Is the first hour's move taken back?"""

import numpy as np

from sigma_core.domain.policy import Policy
from sigma_core.labels import Labels, label
from sigma_core.labels._clock import (
    CLASSES,
    at_clock,
    before,
    daily_atr,
    final,
    opening,
    session_close,
    settled,
)
from sigma_core.tape import Tape

SHARE = 0.5
"""Of the previous session's ATR: the least move, and the least way back."""


@label(classes=CLASSES, end=session_close, entry_modes=("next_bar_open",), cadences=("5m", "15m"))
def headfake_reversal(tape: Tape, policy: Policy) -> Labels:
    """1 if half an ATR of the move from the open to 10:30 is taken back by the close, else 0.

    One row a session, at 10:30 exchange time, and only where that move is half an ATR or more. ATR
    is Wilder's of 14 sessions, as it stood at the previous session's close. The side is against
    the move.
    """
    start, atr = opening(tape), before(tape, daily_atr(tape))
    move = tape.close - start
    with np.errstate(invalid="ignore"):
        event = at_clock(tape, 10, 30) & (np.abs(move) >= SHARE * atr)
    side = np.where(event, -np.sign(move), 0).astype("int64")
    cause = np.where(event, "", "not_event")
    cause = np.where(np.isnan(atr), "no_level", cause)
    cause = np.where(np.isnan(start), "missing_bar", cause)
    cause = np.where(at_clock(tape, 10, 30), cause, "other_time")
    with np.errstate(invalid="ignore"):
        came = side * (final(tape, policy) - tape.close) >= SHARE * atr
    return settled(tape, policy, cause, came, side)
