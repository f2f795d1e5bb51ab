"""What a curve earned from one moment to the next: session by session, bar by bar."""

import numpy as np

from sigma_core.tape import Floats, Ints


def session_returns(curve: Floats, session: Ints) -> Floats:
    """Return of each session of a curve given at every bar's close, 1 before the first.

    A session that begins with nothing left returns 0.
    """
    values = curve[ends_of(session)]
    before = np.r_[1.0, values[:-1]]
    return np.divide(values, before, out=np.ones(len(values)), where=before > 0) - 1


def ends_of(session: Ints) -> Ints:
    """Positions of the last bar of each session."""
    return np.append(np.flatnonzero(np.diff(session)), len(session) - 1)
