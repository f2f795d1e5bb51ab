"""Sessions, half days and clock changes, against dates that can be looked up."""

import subprocess
import sys
from datetime import date

import numpy as np
import pandas as pd
import pytest

from sigma_core.calendars import CALENDARS, calendar, normalize_ts
from sigma_core.errors import UnknownName

NYSE = calendar("XNYS")


def hours(day: str) -> tuple[str, str]:
    row = NYSE.sessions(date.fromisoformat(day), date.fromisoformat(day)).iloc[0]
    return f"{row['open']:%H:%M}", f"{row['close']:%H:%M}"


@pytest.mark.parametrize(
    ("day", "opens", "ends"),
    [
        ("2024-03-08", "14:30", "21:00"),  # winter
        ("2024-03-11", "13:30", "20:00"),  # the Monday after clocks went forward
        ("2024-11-01", "13:30", "20:00"),
        ("2024-11-04", "14:30", "21:00"),  # and back
        ("2024-07-03", "13:30", "17:00"),  # closes at 13:00
        ("2024-11-29", "14:30", "18:00"),
        ("2007-03-12", "13:30", "20:00"),  # the year the rule of clocks changed
    ],
)
def test_hours_of_a_session_in_utc(day, opens, ends):
    assert hours(day) == (opens, ends)


def test_no_session_on_holidays_and_in_september_2001():
    held = NYSE.sessions(date(2001, 9, 10), date(2001, 9, 17))["session"].dt.strftime("%m-%d")
    assert held.tolist() == ["09-10", "09-17"]
    assert NYSE.sessions(date(2024, 12, 25), date(2024, 12, 25)).empty


def test_a_year_has_252_sessions():
    assert len(NYSE.sessions(date(2024, 1, 1), date(2024, 12, 31))) == 252


def test_sessions_are_numbered_one_after_the_other():
    days = np.array(["2024-07-03", "2024-07-04", "2024-07-05", "2024-07-06"], "datetime64[us]")
    before, holiday, after, saturday = NYSE.ordinal(days)
    assert after == before + 1
    assert (holiday, saturday) == (-1, -1)


def test_a_number_leads_back_to_its_session():
    number = NYSE.ordinal(np.array(["2024-07-03"], "datetime64[us]"))
    assert NYSE.session_of(number)[0] == np.datetime64("2024-07-03")
    assert NYSE.open_of(number)[0] == pd.Timestamp("2024-07-03T13:30Z").value // 1000
    assert NYSE.close_of(number)[0] == pd.Timestamp("2024-07-03T17:00Z").value // 1000


def test_round_the_clock_every_day_is_a_session():
    days = calendar("24/7").sessions(date(2024, 12, 31), date(2025, 1, 1))
    assert days["open"].tolist() == [pd.Timestamp("2024-12-31T00Z"), pd.Timestamp("2025-01-01T00Z")]
    assert days["close"].iloc[0] == days["open"].iloc[1]


@pytest.mark.parametrize("name", sorted(CALENDARS))
def test_all_calendars_count_in_microseconds(name):
    table = calendar(name).sessions()
    kinds = [str(kind) for kind in table.dtypes]
    assert kinds == ["datetime64[us]", "datetime64[us, UTC]", "datetime64[us, UTC]"]
    assert table["session"].is_monotonic_increasing
    assert (table["close"] > table["open"]).all()


def test_an_unknown_calendar_is_refused():
    with pytest.raises(UnknownName, match="XNYZ") as refused:
        calendar("XNYZ")
    assert "XNYS" in refused.value.hint


def test_stamps_become_utc_microseconds():
    stamps = pd.DatetimeIndex(["2024-03-11 09:30"]).as_unit("ns").tz_localize("America/New_York")
    made = normalize_ts(stamps)
    assert made[0] == pd.Timestamp("2024-03-11T13:30Z")
    assert made.unit == "us"


def test_a_stamp_without_a_zone_is_a_bug():
    with pytest.raises(TypeError, match="tz"):
        normalize_ts(pd.DatetimeIndex(["2024-03-11 09:30"]))


@pytest.mark.slow
def test_the_calendar_library_waits_until_a_session_is_asked_for():
    code = (
        "import sys, sigma_core.fetch;"
        "print([m for m in ('exchange_calendars', 'pandera', 'arch') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
