"""Which bracket would have met its target?"""

import numpy as np

from sigma_core.barriers import NO_LEVEL, OK, TARGET, Outcomes, entries, plan, time_due
from sigma_core.domain.policy import Policy
from sigma_core.errors import BadRequest
from sigma_core.labels import UP_DOWN_FLAT, Labels, label
from sigma_core.labels._spans import causes, horizon_end
from sigma_core.tape import Flags, Ints, Tape


def _end(tape: Tape, policy: Policy, *, bars: int | None, sessions: int | None) -> Ints:
    """The time barrier; forced flat, the session's last bar if that comes first."""
    due = time_due(tape, policy, horizon_end(tape, bars, sessions), entries(tape, policy))
    if not tape.intraday:
        return due
    n, lasts = len(tape), np.flatnonzero(tape.last)
    close = np.r_[lasts, n][np.searchsorted(lasts, np.arange(n))]
    return np.asarray(np.minimum(due, close), dtype="int64")


@label(classes=UP_DOWN_FLAT, end=_end)
def triple_barrier(
    tape: Tape, policy: Policy, *, bars: int | None = 10, sessions: int | None = None
) -> Labels:
    """UP if a long bracket would meet its target before stop and time, DOWN if a short one would.

    Stop, target and fill are the policy's; the time barrier is its time stop, or h bars or sessions
    ahead. If both would, the earlier wins; in the same bar it is FLAT.
    Source: M. López de Prado, Advances in Financial Machine Learning (2018), ch. 3.4.
    """
    if not policy.brackets.enabled:
        raise BadRequest(
            "triple_barrier needs brackets, and the policy has brackets.enabled: false.",
            hint="Enable them, or choose fwd_ret.",
        )
    due = _end(tape, policy, bars=bars, sessions=sessions)
    both = plan(tape, policy, due)
    entry = both.long.entry
    up, down = _met(both.long), _met(both.short)
    first = np.sign(
        np.where(down, both.short.exit, len(tape)) - np.where(up, both.long.exit, len(tape))
    )
    y = 1 + first.astype("int8")  # the earlier target wins: DOWN 0, FLAT 1, UP 2
    t1 = np.where(
        first > 0,
        both.long.exit,
        np.where(first < 0, both.short.exit, _later(both.long, both.short, due)),
    )
    cause = causes(tape, entry, due, within_session=tape.intraday)
    closed = (both.long.why == NO_LEVEL) & (both.short.why == NO_LEVEL)
    cause = np.where((cause == "") & closed, "no_level", cause)
    known = cause == ""
    price = np.where(
        first > 0,
        both.long.price,
        np.where(first < 0, both.short.price, tape.close[np.minimum(t1, len(tape) - 1)]),
    )
    return Labels(
        y=np.where(known, y, -1).astype("int8"),
        y_ret=np.where(known, price / both.long.fill - 1, np.nan),
        t1=np.where(known, t1, -1).astype("int64"),
        cause=cause,
    )


def _met(side: Outcomes) -> Flags:
    return np.asarray((side.why == OK) & (side.reason == TARGET))


def _later(long: Outcomes, short: Outcomes, due: Ints) -> Ints:
    """The later exit of the sides that could be opened; the time barrier if none could."""
    exits = [np.where(side.why == OK, side.exit, -1) for side in (long, short)]
    later = np.maximum(*exits)
    return np.where(later >= 0, later, due)
