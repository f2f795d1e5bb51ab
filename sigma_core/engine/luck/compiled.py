"""The loop over resampled histories that numba compiles: arrays and numbers only, cached on disk.

In a module of its own because importing numba takes half a second; who needs it imports it inside a
function.
"""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def resample(  # type: ignore[no-untyped-def]  # numba reads no annotations  # noqa: ANN201
    picked, away, grown, followed, at,  # noqa: ANN001
    total, squares, growth, fall, path,  # noqa: ANN001
):  # fmt: skip
    """Sum each column along each row of `picked` [rounds, sessions]; writes the last five.

    `away` [sessions, columns] are returns less their mean, `grown` their ln(1 + return). `total`,
    `squares`, `growth` are sums over the history; `fall` the least of growth less its former high,
    0 at the start; `path` [rounds, len(at)] growth of column `followed` up to the sessions `at`.
    """
    rounds, sessions = picked.shape
    columns = away.shape[1]
    for i in range(rounds):
        high = np.zeros(columns)
        k = 0
        for t in range(sessions):
            s = picked[i, t]
            for c in range(columns):
                r = away[s, c]
                total[i, c] += r
                squares[i, c] += r * r
                now = growth[i, c] + grown[s, c]
                growth[i, c] = now
                if now > high[c]:
                    high[c] = now
                elif now - high[c] < fall[i, c]:
                    fall[i, c] = now - high[c]
            if k < len(at) and t == at[k]:
                path[i, k] = growth[i, followed]
                k += 1
