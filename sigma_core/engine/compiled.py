"""The two loops of the replay that numba compiles: arrays and numbers only, cached on disk.

In a module of their own because importing numba takes half a second; who needs them imports them
inside a function.
"""

import numpy as np
from numba import njit

FINAL, LOW, HIGH, FALL, FIRST, SUM, SQUARES, EVE = range(8)
"""Columns of a trade's summary; values are multiples of the capital at its entry.

FINAL value after the exit; LOW and HIGH of its marks; FALL the least ratio of a mark to the
highest before; FIRST the mark at the entry session's end; SUM and SQUARES of the returns of the
sessions it spans whole; EVE the mark at the end of the session before its exit.
"""


@njit(cache=True, nogil=True)
def summarise(  # type: ignore[no-untyped-def]  # noqa: ANN201, PLR0917
    close, day, entry, exit_, side, paid, size, final, fee, rows,  # noqa: ANN001
):  # fmt: skip
    """Write the summary of each trade into `rows` [trades, 8]; `paid` is the entry slipped."""
    for i in range(len(entry)):
        high, low, fall, mark = 1.0, 1.0, 1.0, 1.0
        first, eve, total, squares = 1.0, 1.0, 0.0, 0.0
        today = day[entry[i]]
        ended = 0
        for b in range(entry[i], exit_[i] + 1):
            if day[b] != today:
                if ended == 0:
                    first = mark
                else:
                    change = mark / eve - 1.0 if eve > 0.0 else 0.0
                    total += change
                    squares += change * change
                eve, today = mark, day[b]
                ended += 1
            if b == exit_[i]:
                mark = final[i]
            else:
                mark = max(0.0, 1.0 + size[i] * (side[i] * (close[b] / paid[i] - 1.0) - fee))
            high, low = max(high, mark), min(low, mark)
            fall = min(fall, mark / high)
        rows[i] = (mark, low, high, fall, first, total, squares, eve)


@njit(cache=True, nogil=True)
def replay(  # type: ignore[no-untyped-def]  # noqa: ANN201, PLR0917
    bar, hour, fold, score, leaves, closes, day_in, day_out, rows,  # noqa: ANN001
    hours, cuts, least, until, out,  # noqa: ANN001
):  # fmt: skip
    """Replay rules over the trades a book could open; writes `out` [rules, 5].

    One entry a trade in the first nine: `leaves` is the bar it frees, `closes` the bar at which it
    truly ended (far away for one still open). `hours` is the mask of allowed hours of all rules;
    `cuts` [rules, folds] with `least` its rowwise minimum in ascending order. A trade that closes
    at bar `until` or later stops the rule's replay, unbooked. `out` holds equity, lowest ratio
    of equity to its high, sum and sum of squares of session returns, number of trades.
    """
    alive = np.empty(len(bar), np.int64)
    left = 0
    for i in range(len(bar)):
        alive[left] = i
        left += (hours >> hour[i]) & 1
    for v in range(len(cuts)):
        kept = 0  # what this rule's lowest cut leaves out, the next one's leaves out too
        for j in range(left):
            i = alive[j]
            alive[kept] = i
            kept += score[i] >= least[v]
        left = kept
        equity, eve, peak, worst = 1.0, 1.0, 1.0, 1.0
        total, squares, trades, today, free = 0.0, 0.0, 0, -1, 0
        for j in range(left):
            i = alive[j]
            if bar[i] < free or score[i] < cuts[v, fold[i]]:
                continue
            if closes[i] >= until:
                break
            trades += 1
            free = leaves[i]
            if equity == 0.0:
                continue
            row = rows[i]
            if day_in[i] != today:  # the session of the last trade is over
                change = equity / eve - 1.0 if eve > 0.0 else 0.0
                total += change
                squares += change * change
                eve, today = equity, day_in[i]
            if day_out[i] != today:
                mark = equity * row[FIRST]
                change = mark / eve - 1.0 if eve > 0.0 else 0.0
                total += change + row[SUM]
                squares += change * change + row[SQUARES]
                eve, today = equity * row[EVE], day_out[i]
            worst = min(worst, row[FALL], equity * row[LOW] / peak)
            peak = max(peak, equity * row[HIGH])
            equity *= row[FINAL]
        change = equity / eve - 1.0 if eve > 0.0 else 0.0
        out[v] = (equity, worst, total + change, squares + change * change, float(trades))
