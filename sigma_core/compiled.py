"""The loops that numba compiles: they see arrays and numbers only, and are cached on disk.

In a module of their own because importing numba takes half a second; who needs them imports them
inside a function.
"""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def first_reached(  # type: ignore[no-untyped-def]  # numba reads no annotations  # noqa: ANN201
    side, stop, target, begin, end, open_, high, low,  # noqa: ANN001
):  # fmt: skip
    """Which level bars `begin` to `end` - 1 reach first: 0 the stop, 1 the target, -1 unsaid.

    Unsaid too if they do not reach both, as bars that fill the one that did would.
    """
    first, seen_stop, seen_target = -2, False, False
    for i in range(begin, end):
        opened_past_stop = side * (open_[i] - stop) <= 0
        opened_past_target = side * (open_[i] - target) >= 0
        stopped = side * ((low[i] if side > 0 else high[i]) - stop) <= 0
        met = side * ((high[i] if side > 0 else low[i]) - target) >= 0
        if first == -2 and (stopped or met):
            first = 0 if stopped else 1
            if stopped and met:
                first = 0 if opened_past_stop else (1 if opened_past_target else -1)
        seen_stop |= stopped
        seen_target |= met
    return first if seen_stop and seen_target else -1


@njit(cache=True, nogil=True)
def walk(  # type: ignore[no-untyped-def]  # numba reads no annotations  # noqa: ANN201
    side, open_, high, low, close, last, flat,  # noqa: ANN001
    take, entry, stop, target, due,  # noqa: ANN001
    fine_begin, fine_open, fine_high, fine_low,  # noqa: ANN001
    exit_, price, reason, where, gap, ambiguous, settled,  # noqa: ANN001
):  # fmt: skip
    """Follow the trade of each bar in `take` from entry to exit; writes the last seven arrays.

    Codes are those of `barriers`. `due` is the bar of the time stop, n or more beyond the data.
    Finer bars `fine_begin[k]` to `fine_begin[k + 1]` - 1 fill bar k.
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
            if stopped and met:
                told = first_reached(
                    side, stop[t], target[t], fine_begin[k], fine_begin[k + 1],
                    fine_open, fine_high, fine_low,
                )  # fmt: skip
                settled[t], ambiguous[t] = told >= 0, told < 0
                stopped = told != 1
            if stopped or met:
                reason[t], where[t] = (0 if stopped else 1), 1
                price[t] = stop[t] if stopped else target[t]
                break
            if k == due[t] or (flat and last[k]) or k == n - 1:
                reason[t] = 2 if k == due[t] else (3 if flat and last[k] else 4)
                where[t], price[t] = 2, close[k]
                break
            k += 1
        exit_[t] = k


@njit(cache=True, nogil=True)
def follow(why, after, taken, refused):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Go from deal to deal, one at a time; writes places taken, counts refused ones by cause.

    Returns how many were taken, and how many were ignored in one that was. `after` is the first
    deal that is free of each, if it is taken.
    """
    n = ignored = at = 0
    while at < len(why):
        if why[at] != 0:
            refused[why[at]] += 1
            at += 1
        else:
            taken[n] = at
            n += 1
            ignored += after[at] - at - 1
            at = after[at]
    return n, ignored


@njit(cache=True, nogil=True)
def marks(entry, exit_, side, paid, size, ret, close, start, n, fee):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Value of the capital at the close of `n` bars from `start` on, 1 before them.

    From the bar of its exit on a trade counts with `ret`, before it with the bar's close.
    """
    value = np.ones(n)
    for i in range(len(entry)):
        value[exit_[i] - start] = max(0.0, 1 + size[i] * ret[i])
    for k in range(1, n):
        value[k] *= value[k - 1]
    for i in range(len(entry)):
        for bar in range(entry[i], exit_[i]):
            gain = side[i] * (close[bar] / paid[i] - 1) - fee
            value[bar - start] *= max(0.0, 1 + size[i] * gain)
    return value


@njit(cache=True, nogil=True)
def deepest(curve, scale):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Deepest fall from a former high, from -1 to 0, of a curve that is 1 before its first value.

    Every return is taken `scale` times and recompounded.
    """
    high = value = before = 1.0
    low = 0.0
    for each in curve:
        change = each / before - 1 if before > 0 else 0.0
        value = each if scale == 1 else value * (1 + scale * change)
        before, high = each, max(high, value)
        low = min(low, value / high - 1)
    return low


@njit(cache=True, nogil=True)
def powers(x):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Mean of `x`, and sums of its deviations from that to the powers 2, 3 and 4.

    Taken from the first value on, so that equal values deviate by nothing at all.
    """
    mean = 0.0
    for each in x:
        mean += each - x[0]
    mean /= len(x)
    two = three = four = 0.0
    for each in x:
        away = each - x[0] - mean
        square = away * away
        two += square
        three += square * away
        four += square * square
    return x[0] + mean, two, three, four
