"""Coarser bars from finer ones, session by session."""

from collections.abc import Mapping
from types import MappingProxyType

import pandas as pd

from sigma_core.calendars import Calendar

MINUTES: Mapping[str, int] = MappingProxyType({"1m": 1, "5m": 5, "15m": 15, "hourly": 60})
"""How long a bar of each cadence is."""
FINER: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "daily": ("daily", "hourly", "15m", "5m", "1m"),
        "hourly": ("hourly", "15m", "5m", "1m"),
        "15m": ("15m", "5m", "1m"),
        "5m": ("5m", "1m"),
        "1m": ("1m",),
    }
)
"""Which bars serve a cadence, the coarsest first."""


def resampled(bars: pd.DataFrame, days: Calendar, want: str) -> pd.DataFrame:
    """Bars of cadence `want` from finer bars: clock buckets of the session, or one bar a session.

    Each is stamped with the end of its bucket, at most the session's official close; a daily bar
    with that close, on half days too. A bar that is still forming at the end is left out.
    """
    number = days.ordinal(bars["session"].to_numpy())
    close = pd.Series(pd.to_datetime(days.close_of(number), unit="us", utc=True), bars.index)
    ends = close.dt.as_unit("us")
    if want != "daily":
        clock = bars["ts"].dt.ceil(f"{MINUTES[want]}min").dt.as_unit("us")
        ends = clock.where(clock <= ends, ends)
    groups = bars.groupby(ends.rename("end"), sort=True)
    made = groups.agg(
        session=("session", "first"),
        open=("open", "first"),
        high=("high", "max"),
        low=("low", "min"),
        close=("close", "last"),
    )
    made["volume"] = groups["volume"].sum(min_count=1)
    forming = len(bars) > 0 and bars["ts"].iloc[-1] < ends.iloc[-1]
    made = made.iloc[:-1] if forming else made
    return made.rename_axis("ts").reset_index()
