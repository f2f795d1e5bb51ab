"""The two loops of the replay that numba compiles: arrays and numbers only, cached on disk.

In a module of their own because importing numba takes half a second; who needs them imports them
inside a function.
"""

import numpy as np
from numba import njit

FINAL, LOW, HIGH, FALL, FIRST, SUM, SQUARES, LAST = range(8)
"""Columns of a trade's summary; values are multiples of the capital at its entry.

FINAL value after the exit; LOW and HIGH of its marks, 1 among them; FALL the least ratio of a mark
to the highest before; FIRST the mark at the end of the entry's session; SUM and SQUARES of the
returns of the sessions it spans whole; LAST the growth in the exit's session (NaN from nothing).
"""


@njit(cache=True, nogil=True)
def summarise(  # type: ignore[no-untyped-def]  # noqa: ANN201
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
        last = mark / eve if eve > 0.0 else np.nan
        rows[i, FINAL], rows[i, LOW], rows[i, HIGH], rows[i, FALL] = mark, low, high, fall
        rows[i, FIRST], rows[i, SUM], rows[i, SQUARES], rows[i, LAST] = first, total, squares, last


@njit(cache=True, nogil=True)
def replay(  # type: ignore[no-untyped-def]  # noqa: ANN201, C901
    bar, hour, fold, score, leaves, closes, day_in, day_out, rows,  # noqa: ANN001
    hours, cuts, least, same, until, out,  # noqa: ANN001
):  # fmt: skip
    """Replay rules over the trades a book could open; writes `out` [rules, 5].

    One entry a trade in the first nine: `leaves` is the bar it frees, `closes` the bar at which it
    truly ended (far away for one still open). `hours` is the mask of allowed hours of all rules;
    `cuts` [rules, folds] with `least` its rowwise minimum in ascending order, `same` where the row
    is all one value. A trade that closes at bar `until` or later stops the rule's replay,
    unbooked; 0 for none. `out` holds equity, lowest ratio of equity to its high, sum and sum of
    squares of session returns, number of trades.
    """
    alive, when, left = np.empty(len(bar), np.int32), np.empty(len(bar), np.int32), 0
    for i in range(len(bar)):
        alive[left] = i
        left += (hours >> hour[i]) & 1
    for v in range(len(cuts)):
        kept = 0  # what this rule's lowest cut leaves out, the next one's leaves out too
        for j in range(left):
            i = alive[j]
            alive[kept], when[kept] = i, bar[i]
            kept += score[i] >= least[v]
        left = kept
        equity, under, worst, growth = 1.0, 1.0, 1.0, 1.0
        total, squares, trades, today, free = 0.0, 0.0, 0, -1, 0
        for j in range(left):
            if when[j] < free:
                continue
            i = alive[j]
            if not same[v] and score[i] < cuts[v, fold[i]]:
                continue
            if until > 0 and closes[i] >= until:
                break
            trades += 1
            free = leaves[i]
            if equity == 0.0:
                continue
            row = rows[i]
            if day_in[i] != today:  # the session of the last trade is over
                change = growth - 1.0 if growth == growth else 0.0  # noqa: PLR0124  not NaN
                total += change
                squares += change * change
                growth, today = 1.0, day_in[i]
            if day_out[i] == today:
                growth *= row[FINAL]
            else:
                change = growth * row[FIRST] - 1.0 if growth == growth else 0.0  # noqa: PLR0124
                total += change + row[SUM]
                squares += change * change + row[SQUARES]
                growth, today = row[LAST], day_out[i]
            # `under` is equity over its high
            worst = min(worst, row[FALL], under * row[LOW])
            under = under * row[FINAL] if under * row[HIGH] <= 1.0 else row[FINAL] / row[HIGH]
            equity *= row[FINAL]
        change = growth - 1.0 if growth == growth else 0.0  # noqa: PLR0124
        out[v, 0], out[v, 1], out[v, 4] = equity, worst, trades
        out[v, 2], out[v, 3] = total + change, squares + change * change
