"""Which way does the price go over the night?"""

import numpy as np

from sigma_core.barriers import entries
from sigma_core.domain.policy import Policy
from sigma_core.labels import UP_DOWN_FLAT, Labels, label
from sigma_core.labels._spans import causes, judged, night_sigma
from sigma_core.tape import Ints, Tape


def _end(tape: Tape, policy: Policy, **_: object) -> Ints:
    """The bar that opens after the close at which the trade is entered."""
    return np.minimum(entries(tape, policy) + 1, len(tape))


@label(classes=UP_DOWN_FLAT, end=_end, entry_modes=("session_close",))
def close_to_open(
    tape: Tape, policy: Policy, *, k_sigma: float = 0.3, fixed_bp: float | None = None
) -> Labels:
    """UP or DOWN if the price moves by more than a band from a session's close to the next open.

    The close is that of the policy's fill: on intraday bars the session's own, on daily bars the
    following one's. The band is `k_sigma` standard deviations of ln(open / previous close) (the
    last 60 nights), or `fixed_bp` basis points.
    """
    n, entry, end = len(tape), entries(tape, policy), _end(tape, policy)
    band = k_sigma * night_sigma(tape) if fixed_bp is None else np.full(n, fixed_bp / 1e4)
    into, out = np.minimum(entry, n - 1), np.minimum(end, n - 1)
    cause = causes(tape, entry, end, within_session=False)
    gap = (end < n) & (tape.session[out] > tape.session[into] + 1)
    cause = np.where((cause == "") & gap, "missing_session", cause)
    if tape.cadence != "daily":
        cause = np.where(tape.last, "no_bar_left", cause)
    return judged(tape.open[out] / tape.close[into] - 1, band, end, cause)
