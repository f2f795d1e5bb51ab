"""When listed options end: last session, kind of expiry, and the moment that settles them.

Which days there are comes from the chain; what each is comes from the exchange's calendar.
"""

from collections.abc import Iterable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sigma_core.calendars import Calendar

EUROPEAN = frozenset(
    {"SPX", "SPXW", "SPXPM", "SPXQ", "XSP", "NDX", "NDXP", "XND", "RUT", "RUTW", "MRUT", "DJX",
     "VIX", "VIXW", "XEO"}
)  # fmt: skip
"""Roots of index options that cannot be exercised early; all others can."""
MORNING = frozenset({"SPX", "NDX", "RUT", "DJX", "VIX", "VIXW"})
"""Roots settled at opening prices (AM); all others settle at the close (PM)."""
QUARTERS = (3, 6, 9, 12)
FRIDAY = 4
_DAY = np.timedelta64(1, "D")


def expiries(table: pd.DataFrame, days: Calendar) -> pd.DataFrame:
    """Facts of each row's expiry, from its `root` and `expiration`, indexed as the table.

    `last_session`: the last session up to the listed day, so the Friday of a listed Saturday and
    the Thursday before a Good Friday. `settle` AM or PM by root, unless the table has the column;
    `settles_at`: that session's open or official close (half days too). `kind`: monthly when it is
    the one session on or last before the month's third Friday, quarterly when the last of a
    quarter, else weekly. `style`: european or american. All missing where the day is.
    """
    last = last_sessions(table["expiration"], days)
    settle = _settle(table)
    number = days.ordinal(last.to_numpy())
    known = (number >= 0) & last.notna().to_numpy()
    at = np.where(
        settle.eq("AM").to_numpy(), days.open_of(number.clip(0)), days.close_of(number.clip(0))
    )
    settles = pd.Series(pd.to_datetime(at, unit="us", utc=True).as_unit("us"), index=table.index)
    style = table["root"].isin(EUROPEAN).map({True: "european", False: "american"})
    return pd.DataFrame(
        {
            "last_session": last,
            "kind": _kinds(last, days),
            "settle": settle,
            "settles_at": settles.where(known),
            "style": style,
        }
    )


def last_sessions(expirations: "pd.Series[pd.Timestamp]", days: Calendar) -> pd.Series:
    """The last session on or before each day; missing where the day is."""
    sessions = days.sessions()["session"]
    place = sessions.searchsorted(expirations.fillna(sessions.iloc[0]), side="right") - 1
    found = pd.Series(sessions.to_numpy()[place], index=expirations.index)
    return found.where(expirations.notna())


def standard_sessions(months: Iterable[pd.Period], days: Calendar) -> pd.Series:
    """The session in which each month's standard options end."""
    return last_sessions(pd.Series([_third_friday(month) for month in months]), days)


def days_to(last_session: NDArray[np.datetime64], session: pd.Timestamp) -> NDArray[np.int64]:
    """Calendar days from a session to the one in which each option ends: 0 on the same day."""
    return np.asarray((last_session - session.to_datetime64()) // _DAY)


def _settle(table: pd.DataFrame) -> pd.Series:
    by_root = table["root"].isin(MORNING).map({True: "AM", False: "PM"})
    return table["settle"].fillna(by_root) if "settle" in table else by_root


def _kinds(last: pd.Series, days: Calendar) -> pd.Series:
    """Kinds by last session; each month's standard session is looked up in the calendar."""
    months = pd.Series(last.dropna().unique()).dt.to_period("M").unique()
    standard = set(standard_sessions(months, days))
    ends = pd.Series([m.end_time.normalize().as_unit("us") for m in months if m.month in QUARTERS])
    quarter = set(last_sessions(ends, days)) if len(ends) else set()
    kind = np.where(
        last.isin(standard), "monthly", np.where(last.isin(quarter), "quarterly", "weekly")
    )
    return pd.Series(kind, index=last.index).where(last.notna())


def _third_friday(month: pd.Period) -> pd.Timestamp:
    """The day by which the exchanges define the standard expiry; it may be a holiday."""
    first = month.start_time.as_unit("us")
    return first + pd.Timedelta(days=(FRIDAY - first.day_of_week) % 7 + 14)
