"""Does the price drift toward the strike that most contracts are open at?"""

import numpy as np

from sigma_core.domain.policy import Policy
from sigma_core.labels import Labels, label
from sigma_core.labels._clock import (
    CLASSES,
    at_clock,
    before,
    daily_atr,
    final,
    session_close,
    settled,
)
from sigma_core.tape import Tape

SHARE = 0.2
"""Of the previous session's ATR: how much nearer the close must be."""


@label(
    classes=CLASSES,
    end=session_close,
    entry_modes=("next_bar_open",),
    cadences=("5m", "15m", "hourly"),
)
def pin_drift(tape: Tape, policy: Policy, *, strike: str = "oi_peak_strike") -> Labels:
    """1 if the close is nearer to the strike by a fifth of an ATR than the price at 15:00, else 0.

    One row a session, at 15:00 exchange time. `strike` names a column of the model, read at the
    last bar before the session: oi_peak_strike or gamma_peak_strike of its indicators, or any other
    in the prices of the bars. ATR is Wilder's of 14 sessions, as it stood then. The side is
    toward the strike.
    """
    pin, atr = before(tape, tape.columns[strike]), before(tape, daily_atr(tape))
    asked = at_clock(tape, 15, 0)
    cause = np.where(np.isnan(atr), "no_level", np.where(np.isnan(pin), "no_strike", ""))
    cause = np.where(asked, cause, "other_time")
    side = np.where(cause == "", np.sign(pin - tape.close), 0).astype("int64")
    with np.errstate(invalid="ignore"):
        near = np.abs(final(tape, policy) - pin) <= np.abs(tape.close - pin) - SHARE * atr
    return settled(tape, policy, cause, near, side)
