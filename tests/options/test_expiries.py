"""When options end: by the exchange's calendar, not by counting Fridays."""

import pandas as pd
import pytest

from sigma_core.calendars import calendar
from sigma_core.options.expiries import days_to, expiries

NYSE = calendar("XNYS")
CASES = [
    # root, listed, last session, kind, settled, at (UTC)
    ("AAPL", "2014-06-21", "2014-06-20", "monthly", "PM", "2014-06-20 20:00"),  # a Saturday
    ("SPX", "2011-01-21", "2011-01-21", "monthly", "AM", "2011-01-21 14:30"),
    ("SPXW", "2011-01-14", "2011-01-14", "weekly", "PM", "2011-01-14 21:00"),
    ("SPXPM", "2011-03-31", "2011-03-31", "quarterly", "PM", "2011-03-31 20:00"),
    ("SPY", "2014-04-17", "2014-04-17", "monthly", "PM", "2014-04-17 20:00"),  # Good Friday after
    ("SPY", "2014-04-19", "2014-04-17", "monthly", "PM", "2014-04-17 20:00"),
    ("SPY", "2024-07-03", "2024-07-03", "weekly", "PM", "2024-07-03 17:00"),  # half day
    ("SPY", "2024-07-01", "2024-07-01", "weekly", "PM", "2024-07-01 20:00"),  # a Monday
    ("SPY", "2024-06-28", "2024-06-28", "quarterly", "PM", "2024-06-28 20:00"),
    ("SPY", "2024-11-29", "2024-11-29", "weekly", "PM", "2024-11-29 18:00"),
    ("AAPL", "2019-04-18", "2019-04-18", "monthly", "PM", "2019-04-18 20:00"),
]


@pytest.mark.parametrize(("root", "listed", "last", "kind", "settle", "at"), CASES)
def test_facts_of_an_expiry(root, listed, last, kind, settle, at):
    table = pd.DataFrame({"root": [root], "expiration": pd.to_datetime([listed]).as_unit("us")})
    facts = expiries(table, NYSE).iloc[0]
    assert facts["last_session"] == pd.Timestamp(last)
    assert (facts["kind"], facts["settle"]) == (kind, settle)
    assert facts["settles_at"] == pd.Timestamp(at, tz="UTC")


def test_a_missing_day_stays_missing_and_a_column_of_settlements_is_kept():
    days = pd.to_datetime(["2024-06-21", None]).as_unit("us")
    facts = expiries(pd.DataFrame({"root": "SPX", "expiration": days, "settle": "PM"}), NYSE)
    assert facts["settle"].tolist() == ["PM", "PM"]
    assert facts.loc[1, ["last_session", "settles_at", "kind"]].isna().all()


def test_index_options_are_european_and_others_not():
    table = pd.DataFrame({"root": ["SPXW", "SPY"], "expiration": pd.Timestamp("2024-06-21")})
    assert expiries(table, NYSE)["style"].tolist() == ["european", "american"]


def test_days_are_of_the_calendar():
    assert days_to(pd.Series([pd.Timestamp("2024-05-13")]), pd.Timestamp("2024-05-10")).item() == 3
