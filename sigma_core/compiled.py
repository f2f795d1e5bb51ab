"""The loops that numba compiles: they see arrays and numbers only, and are cached on disk.

In a module of their own because importing numba takes half a second; who needs them imports them
inside a function.
"""

from numba import njit


@njit(cache=True, nogil=True)
def walk(  # type: ignore[no-untyped-def]  # numba reads no annotations  # noqa: ANN201
    side, open_, high, low, close, last, flat,  # noqa: ANN001
    take, entry, stop, target, due,  # noqa: ANN001
    exit_, price, reason, where, gap, ambiguous,  # noqa: ANN001
):  # fmt: skip
    """Follow the trade of each bar in `take` from entry to exit; writes the last six arrays.

    Codes are those of `barriers`. `due` is the bar of the time stop, n or more beyond the data.
    """
    n = len(close)
    for t in range(n):
        if not take[t]:
            continue
        k = entry[t]
        while True:
            opened_past_stop = side * (open_[k] - stop[t]) <= 0
            opened_past_target = side * (open_[k] - target[t]) >= 0
            if opened_past_stop or opened_past_target:
                reason[t], where[t], price[t] = (0 if opened_past_stop else 1), 0, open_[k]
                gap[t] = True
                break
            worst = low[k] if side > 0 else high[k]
            best = high[k] if side > 0 else low[k]
            stopped = side * (worst - stop[t]) <= 0
            met = side * (best - target[t]) >= 0
            if stopped or met:
                reason[t], where[t] = (0 if stopped else 1), 1
                price[t] = stop[t] if stopped else target[t]
                ambiguous[t] = stopped and met
                break
            if k == due[t] or (flat and last[k]) or k == n - 1:
                reason[t] = 2 if k == due[t] else (3 if flat and last[k] else 4)
                where[t], price[t] = 2, close[k]
                break
            k += 1
        exit_[t] = k
