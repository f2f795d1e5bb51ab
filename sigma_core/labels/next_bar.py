"""Which way does the next bar go?"""

import numpy as np

from sigma_core.domain.policy import Policy
from sigma_core.labels import UP_DOWN_FLAT, Labels, label
from sigma_core.labels._spans import banded, bars_ahead, sigma
from sigma_core.tape import Ints, Tape


def _end(tape: Tape, policy: Policy, **_: object) -> Ints:  # noqa: ARG001  every label's end takes it
    return bars_ahead(tape, 1)


@label(classes=UP_DOWN_FLAT, end=_end)
def next_bar(
    tape: Tape, policy: Policy, *, k_sigma: float = 0.3, fixed_bp: float | None = None
) -> Labels:
    """UP or DOWN if the next bar moves by more than a band, else FLAT.

    The move runs from the entry's fill to the next bar's close; on intraday bars only within the
    session. The band is `k_sigma` standard deviations of one-bar log returns (the last 60), or
    `fixed_bp` basis points.
    """
    wide = sigma(tape, per_session=False)
    band = k_sigma * wide if fixed_bp is None else np.full(len(tape), fixed_bp / 1e4)
    return banded(tape, policy, bars_ahead(tape, 1), band, within_session=tape.cadence != "daily")
