"""Coarser bars from finer ones, session by session."""

from collections.abc import Mapping
from types import MappingProxyType

import pandas as pd

from sigma_core.calendars import Calendar

MINUTES: Mapping[str, int] = MappingProxyType({"1m": 1, "5m": 5, "15m": 15, "hourly": 60})


def resampled(bars: pd.DataFrame, days: Calendar, want: str) -> pd.DataFrame:
    """Bars of cadence `want`: clock buckets within the session, or one bar a session.

    A daily bar is stamped with the session's official close. A bar that is still forming, at the
    end of the data, is left out.
    """
    close = pd.Series(
        pd.to_datetime(days.close_of(days.ordinal(bars["session"].to_numpy())), unit="us", utc=True)
    )
    close = close.dt.as_unit("us").set_axis(bars.index)
    if want == "daily":
        ends = close
    else:
        ends = bars["ts"].dt.ceil(f"{MINUTES[want]}min").dt.as_unit("us")
        ends = ends.where(ends <= close, close)
    groups = bars.groupby(ends.rename("ends"), sort=True)
    made = groups.agg(
        session=("session", "first"),
        open=("open", "first"),
        high=("high", "max"),
        low=("low", "min"),
        close=("close", "last"),
        volume=("volume", lambda v: v.sum(min_count=1)),
    )
    forming = bars["ts"].iloc[-1] < ends.iloc[-1]
    made = made.iloc[:-1] if forming else made
    return made.rename_axis("ts").reset_index()
