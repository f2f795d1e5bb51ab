"""Which way does the price go over some bars or sessions?"""

import numpy as np

from sigma_core.domain.policy import Policy
from sigma_core.labels import UP_DOWN_FLAT, Labels, label
from sigma_core.labels._spans import banded, horizon_end, sigma
from sigma_core.tape import Ints, Tape


def _end(
    tape: Tape,
    policy: Policy,  # noqa: ARG001  every label's end takes it
    *,
    bars: int | None,
    sessions: int | None,
    **_: object,
) -> Ints:
    return horizon_end(tape, bars, sessions)


@label(classes=UP_DOWN_FLAT, end=_end)
def fwd_ret(
    tape: Tape,
    policy: Policy,
    *,
    bars: int | None = None,
    sessions: int | None = None,
    k_sigma: float = 0.3,
    fixed_bp: float | None = None,
) -> Labels:
    """UP or DOWN if the return over h bars or sessions leaves a band, else FLAT.

    From the entry's fill to the close h ahead. The band is `k_sigma`·σ·√h, σ of the last 60 log
    returns of h's unit, or `fixed_bp` basis points.
    """
    h = bars if bars is not None else sessions
    wide = sigma(tape, per_session=bars is None) * np.sqrt(float(h or 0))
    band = k_sigma * wide if fixed_bp is None else np.full(len(tape), fixed_bp / 1e4)
    end = horizon_end(tape, bars, sessions)
    return banded(tape, policy, end, band, within_session=tape.intraday)
