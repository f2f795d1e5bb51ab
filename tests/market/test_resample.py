"""Coarser bars from finer ones, by hand."""

import pandas as pd
import pytest

from sigma_core.fetch import bars_of

NEW_YORK = "America/New_York"


def clock(bars: pd.DataFrame) -> list[str]:
    return bars["ts"].dt.tz_convert(NEW_YORK).dt.strftime("%H:%M").tolist()


@pytest.fixture
def one_day(lab, put, five_minutes):
    """A function: bars of one session at a cadence, from a file of 5-minute bars."""
    put("SPY_5m.parquet", five_minutes)

    def bars(cadence: str, session: str) -> pd.DataFrame:
        frame = bars_of(lab, "SPY", cadence).frame
        return frame[frame["session"] == session].reset_index(drop=True)

    return bars


def test_a_quarter_of_an_hour_is_three_bars_of_five_minutes(one_day):
    bars = one_day("15m", "2024-03-07")
    assert clock(bars)[:2] == ["09:45", "10:00"]
    assert len(bars) == 26
    # bars 0, 1, 2: open of the first, close of the last, 9000 + 500 + 500 traded
    first = bars.iloc[0]
    assert (first["open"], first["volume"]) == (100.0, 10_000.0)
    assert first["close"] == pytest.approx(100.04)
    assert (first["high"], first["low"]) == (100.05, 99.98)


def test_hours_are_of_the_clock_and_the_first_is_half_a_one(one_day):
    bars = one_day("hourly", "2024-03-11")
    assert clock(bars) == ["10:00", "11:00", "12:00", "13:00", "14:00", "15:00", "16:00"]
    # 6 bars of five minutes, then 12: two sessions of 78 lie before
    assert bars["open"].iloc[:2].tolist() == pytest.approx([101.56, 101.62])
    assert bars["volume"].iloc[:2].tolist() == [9000 + 5 * 500, 12 * 500]


def test_a_half_day_ends_at_its_close(one_day):
    assert clock(one_day("hourly", "2024-07-03")) == ["10:00", "11:00", "12:00", "13:00"]
    day = one_day("daily", "2024-07-03")
    assert clock(day) == ["13:00"]
    assert day["volume"].tolist() == [9000 + 41 * 500]


def test_a_day_is_stamped_with_the_official_close(one_day):
    assert clock(one_day("daily", "2024-03-08")) == ["16:00"]


def test_a_day_closes_officially_though_its_last_bar_is_missing(lab, put, five_minutes):
    late = (five_minutes["ts"].dt.date == pd.Timestamp("2024-03-07").date()) & (
        five_minutes["ts"].dt.hour >= 20
    )
    put("SPY_5m.parquet", five_minutes[~late], "stamp: end\n")
    made = bars_of(lab, "SPY", "daily")
    assert made.frame["ts"].iloc[0] == pd.Timestamp("2024-03-07T21:00Z")
    assert bars_of(lab, "SPY", "5m").about["missing_bars"] == 13


def test_a_bar_that_is_still_forming_is_left_out(lab, put, five_minutes):
    put("SPY_5m.parquet", five_minutes.iloc[:-2], "stamp: end\n")  # up to 15:50 of the last day
    daily = bars_of(lab, "SPY", "daily").frame
    assert daily["session"].max() == pd.Timestamp("2024-07-03")
    hourly = bars_of(lab, "SPY", "hourly").frame
    assert clock(hourly)[-1] == "15:00"


def test_the_file_of_the_cadence_goes_before_finer_ones(lab, put, five_minutes, days):
    put("SPY_5m.parquet", five_minutes)
    put("SPY_daily.csv", days)
    assert bars_of(lab, "SPY", "daily").about["read"]["file"] == "SPY_daily.csv"
    assert bars_of(lab, "SPY", "hourly").about["read"]["file"] == "SPY_5m.parquet"
