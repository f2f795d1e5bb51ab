"""Tapes made by hand, and random ones with everything that can go wrong in a market."""

from functools import cache

import numpy as np
import pandas as pd
import pytest

from sigma_core.calendars import calendar
from sigma_core.tape import tape_of

XNYS = calendar("XNYS")
MANY = 700
"""Bars whose closes are made at a time."""


def daily(rows, *, start="2024-01-02", horizon="swing"):
    """A tape of (open, high, low, close) on consecutive sessions from `start`."""
    days = XNYS.sessions(pd.Timestamp(start).date()).iloc[: len(rows)]
    return _tape(days["close"], days["session"], rows, "daily", horizon)


def hourly(rows, *, start="2024-07-01", horizon="swing"):
    """A tape of hourly bars; sessions have seven of them, half days four."""
    return _within_days("hourly", "h", rows, start, horizon)


def quarters(rows, *, start="2024-07-05", horizon="swing"):
    """A tape of quarters of an hour; sessions have 26 of them, half days 14."""
    return _within_days("15m", "15min", rows, start, horizon)


def _within_days(cadence, step, rows, start, horizon):
    n = len(rows)
    ends, sessions = _closes(step, start, -(-n // MANY) * MANY)
    return _tape(ends[:n], sessions[:n], rows, cadence, horizon)


@cache
def _closes(step, start, least):
    """Closes and sessions of so many bars: one tape is cut off at many places."""
    ends, sessions = [], []
    for day in XNYS.sessions(pd.Timestamp(start).date()).itertuples():
        stamps = pd.date_range(day.open.floor(step), day.close, freq=step)[1:]
        ends += list(stamps)
        sessions += [day.session] * len(stamps)
        if len(ends) >= least:
            break
    return pd.DatetimeIndex(ends), pd.DatetimeIndex(sessions)


def _tape(ts, session, rows, cadence, horizon):
    frame = pd.DataFrame(np.array(rows, dtype=float), columns=["open", "high", "low", "close"])
    frame["ts"] = pd.DatetimeIndex(ts).as_unit("us")
    frame["session"] = pd.DatetimeIndex(session).as_unit("us")
    return tape_of(frame, XNYS, cadence, horizon=horizon)


def wild(n, seed, sd=0.01, wick=0.03):
    """Random bars with gaps, wide ranges and repeated prices, so that every kind of exit occurs."""
    rng = np.random.default_rng(seed)
    close = np.round(100 * np.exp(np.cumsum(rng.normal(0, sd, n))), 1)
    open_ = np.round(np.r_[100.0, close[:-1]] * np.exp(rng.normal(0, 0.006, n)), 1)
    wide = rng.uniform(0, wick, (2, n)) * (rng.random((2, n)) < 0.7)
    high = np.maximum(open_, close) * (1 + wide[0])
    low = np.minimum(open_, close) * (1 - wide[1])
    return np.column_stack([open_, high, low, close])


@pytest.fixture
def make():
    """The makers of tapes."""

    class Make:
        pass

    made = Make()
    made.daily, made.hourly, made.quarters, made.wild = daily, hourly, quarters, wild
    return made
