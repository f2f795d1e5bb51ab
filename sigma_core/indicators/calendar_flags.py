"""What the exchange calendar alone says about a bar."""

import numpy as np

from sigma_core.indicators._columns import Array, Ints
from sigma_core.indicators._define import indicator

_MINUTE = 60e6


@indicator(group="calendar", warmup=lambda: 0, bounds=(0, 6))
def day_of_week(weekday: Ints) -> Array:
    """Day of the week of the session.

    Units: 0 is Monday, 6 Sunday.
    Source: the exchange calendar.

    >>> day_of_week(np.array([4, 0])).tolist()
    [4.0, 0.0]
    """
    return weekday.astype(np.float64)


@indicator(group="calendar", warmup=lambda: 0, bounds=(0, 1))
def month_end(month_left: Ints) -> Array:
    """Whether the session is the last of its month.

    Units: 1 or 0.
    Source: the exchange calendar, which knows holidays beforehand.

    >>> month_end(np.array([1, 0, 20])).tolist()
    [0.0, 1.0, 0.0]
    """
    return np.equal(month_left, 0).astype(np.float64)


@indicator(group="calendar", warmup=lambda before, after: 0, bounds=(0, 1))  # noqa: ARG005
def turn_of_month(month_place: Ints, month_left: Ints, *, before: int = 1, after: int = 3) -> Array:
    """Whether the session is among the last `before` or the first `after` ones of a month.

    Units: 1 or 0.
    Source: J. Lakonishok, S. Smidt, Are Seasonal Anomalies Real?, Review of Financial Studies 1
    (1988): the last and the first three trading days.

    >>> turn_of_month(np.array([2, 3, 20]), np.array([18, 17, 0])).tolist()
    [1.0, 0.0, 1.0]
    """
    return ((month_place < after) | (month_left < before)).astype("float64")


@indicator(group="calendar", warmup=lambda: 0, bounds=(0, 1440))
def minutes_since_open(ts: Ints, opens_at: Ints) -> Array:
    """Minutes from the official open of the session to the close of the bar.

    Units: minutes.
    Source: the exchange calendar.

    >>> minutes_since_open(np.array([90_000_000]), np.array([30_000_000])).tolist()
    [1.0]
    """
    return (ts - opens_at) / _MINUTE


@indicator(group="calendar", warmup=lambda: 0, bounds=(0, 1440))
def minutes_to_close(ts: Ints, closes_at: Ints) -> Array:
    """Minutes from the close of the bar to the official close of the session.

    Units: minutes; on half days too.
    Source: the exchange calendar.

    >>> minutes_to_close(np.array([30_000_000]), np.array([90_000_000])).tolist()
    [1.0]
    """
    return (closes_at - ts) / _MINUTE
