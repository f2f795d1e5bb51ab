"""Whether the exchange is open, in words for who waits for a signal."""

from datetime import datetime, timedelta

from sigma_core.calendars import Calendar

AHEAD = timedelta(days=15)
"""Longer than an exchange was ever closed since 1950."""


def until_open(calendar: Calendar, now: datetime) -> str:
    """When the next session opens, by the exchange's clock; empty while one is on."""
    days = calendar.sessions(now.date() - timedelta(days=1), now.date() + AHEAD)
    opens = days.loc[days["close"] > now, "open"].iloc[0]
    if opens <= now:
        return ""
    there = opens.tz_convert(calendar.zone)
    return f" The exchange is closed until {there:%A, %Y-%m-%d %H:%M} there: no bar comes before."
