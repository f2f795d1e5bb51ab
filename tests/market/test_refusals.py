"""Bad values and stamps in a file: one sentence with the value, a hint, the lake as it was."""

import numpy as np
import pandas as pd
import pytest

from sigma_core.fetch import bars_of

NEW_YORK = "America/New_York"
NY_STARTS = "stamp: start\ntimezone: America/New_York\n"


def changed(days: pd.DataFrame, at: int, column: str, value: object) -> pd.DataFrame:
    """The table with another value in one place."""
    values = days[column].astype("object" if isinstance(value, str) else days[column].dtype)
    return days.assign(**{column: values.where(days.index != at, value)})


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("Close", np.nan, "close is missing (NaN)"),
        ("Open", np.nan, "open is missing (NaN)"),
        ("Low", 0.0, "low is 0, not above 0"),
        ("Close", -3.5, "close is -3.5, not above 0"),
        ("High", np.inf, "high is inf"),
        ("High", 99.0, "high is below low"),
        ("High", 100.06, "high is not the highest price"),
        ("Low", 100.06, "low is not the lowest price"),
        ("Volume", -1.0, "volume is -1, below 0"),
        ("Close", "n/k", "close is 'n/k', no number"),
        ("Date", "soon", "'soon' is no stamp"),
        ("Date", None, "the stamp is missing"),
        ("Date", "1824-01-09", "not between 1950 and 2040"),
        ("Date", "now", "'now' is no stamp"),
    ],
)
def test_a_bad_value_is_named_with_its_row(refused, put, days, column, value, words):
    put("ABC_daily.csv", changed(days, 5, column, value))
    says, _ = refused("ABC")
    assert "ABC_daily.csv, row 6" in says
    assert words in says


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("Close", True, "row 1: close is True, no number"),
        ("Close", pd.Timedelta("100us"), "no number"),
        ("Close", pd.Timestamp("1970-01-01 00:00:00.000100"), "no number"),
        ("Volume", pd.Timestamp("2024-01-02"), "volume is Timestamp"),
        ("Close", [100.0], "row 1: close is array([100.]), no number"),
        ("Date", b"\xff\xfe", "the stamp is no text"),
    ],
)
def test_a_column_of_another_kind(refused, put, days, column, value, words):
    """A span of 100 microseconds is no price of 100, though pandas would count it as one."""
    put("ABC_daily.parquet", days.assign(**{column: [value] * len(days)}))
    says, _ = refused("ABC")
    assert words in says


def test_stamps_that_stand_twice(refused, put, days):
    put("ABC_daily.csv", pd.concat([days[:8], days[7:]]))
    says, hint = refused("ABC")
    assert "row 9 (2024-01-11): the stamp stands twice" in says
    assert "symbol" in hint


def test_stamps_out_of_order(refused, put, days):
    put("ABC_daily.csv", pd.concat([days[:3], days[4:6], days[3:4], days[6:]]))
    says, _ = refused("ABC")
    assert "row 6 (2024-01-05): the stamp is before the one above it" in says


def test_dates_that_read_two_ways(refused, put, days):
    dates = pd.to_datetime(days["Date"]).dt.strftime("%d/%m/%Y")
    put("ABC_daily.csv", days.assign(Date=dates).iloc[9:])  # begins on the 16th of January
    says, hint = refused("ABC")
    assert "'16/01/2024' is no stamp that reads one way only" in says
    assert "2024-01-31" in hint


def test_days_that_are_no_sessions(refused, put, days):
    dates = pd.date_range("2024-01-02", periods=len(days)).strftime("%Y-%m-%d")
    put("ABC_daily.csv", days.assign(Date=dates))
    says, hint = refused("ABC")
    assert "row 5 (2024-01-06): no session of XNYS, like 30% of the days" in says
    assert "calendar: 24/7" in hint


def test_stamps_without_a_zone(refused, put, five_minutes):
    naive = five_minutes["ts"].dt.tz_convert(NEW_YORK).dt.tz_localize(None)
    put("ABC_5m.csv", five_minutes.assign(ts=naive))
    says, hint = refused("ABC", "5m")
    assert "row 1 (2024-03-07 09:35:00): the stamp has no zone" in says
    assert "timezone" in hint
    assert "ABC_5m.yaml" in hint


def test_some_stamps_without_a_zone(refused, put, five_minutes):
    text = five_minutes["ts"].astype("str")
    put("ABC_5m.csv", five_minutes.assign(ts=text.where(text.index != 3, "2024-03-07 14:50:00")))
    says, _ = refused("ABC", "5m")
    assert "row 4 (2024-03-07 14:50:00): the stamp has no zone, and others have one" in says


def test_an_hour_that_a_zone_never_had(refused, put):
    at = pd.date_range("2024-03-09 23:00", periods=10, freq="h")
    yaml = "timezone: America/New_York\ncalendar: 24/7\nstamp: end\n"
    put("ABC_hourly.csv", pd.DataFrame({"ts": at, "close": 100.0}), yaml)
    says, _ = refused("ABC", "hourly")
    assert "row 4 (2024-03-10 02:00:00): America/New_York had no such hour" in says


class TestMislabelledStamps:
    """The session tells that most bars cannot be when they say they are."""

    def test_utc_labelled_as_new_york(self, refused, put, five_minutes):
        wrong = five_minutes["ts"].dt.tz_localize(None).dt.tz_localize("Etc/GMT+4")
        put("ABC_5m.parquet", five_minutes.assign(ts=wrong))
        says, hint = refused("ABC", "5m")
        assert "lies within the sessions of XNYS" in says
        assert "4 hours earlier: UTC stamps labelled -04:00, it seems" in says
        assert "timezone" in hint

    def test_in_extended_hours_and_without_volume_too(self, refused, put, extended):
        wrong = extended["ts"].dt.tz_localize(None).dt.tz_localize("Etc/GMT+4")
        put("ABC_5m.parquet", extended.assign(ts=wrong))
        put("XYZ_5m.parquet", extended.assign(ts=wrong).drop(columns="volume"))
        for ticker in ("ABC", "XYZ"):
            says, _ = refused(ticker, "5m")
            assert "UTC stamps labelled -0" in says

    def test_the_zone_is_told_before_the_side_that_it_moves(self, refused, put):
        """Hours of 09:30 to 16:00, stamped at their starts in UTC and said to be New York's."""
        at = [f"2024-07-{day:02} {hour}:00" for day in (1, 2, 5, 8, 9) for hour in range(13, 20)]
        put("ABC_hourly.csv", pd.DataFrame({"ts": at, "close": 100.0, "volume": 9}), NY_STARTS)
        says, _ = refused("ABC", "hourly")
        assert "4 hours earlier: UTC stamps labelled -04:00, it seems" in says

    def test_new_york_labelled_as_utc(self, refused, put, five_minutes):
        wrong = five_minutes["ts"].dt.tz_convert(NEW_YORK).dt.tz_localize(None)
        put("ABC_5m.csv", five_minutes.assign(ts=wrong), "timezone: UTC\n")
        says, _ = refused("ABC", "5m")
        assert "America/New_York stamps labelled as UTC, it seems" in says

    def test_a_clock_that_does_not_change_with_the_season(self, refused, put, five_minutes):
        wrong = five_minutes["ts"].dt.tz_convert(NEW_YORK).dt.tz_localize(None)
        put("ABC_5m.parquet", five_minutes.assign(ts=wrong.dt.tz_localize("Etc/GMT+5")))
        says, _ = refused("ABC", "5m")
        assert "1 hour earlier: the stamps do not follow the changes of the clock" in says
        assert "2024-03-1" in says  # the first that is wrong is after the change

    def test_starts_said_to_be_ends(self, refused, put, five_minutes):
        starts = five_minutes["ts"] - pd.Timedelta(minutes=5)
        put("ABC_5m.csv", five_minutes.assign(ts=starts), "stamp: end\n")
        says, hint = refused("ABC", "5m")
        assert "said to be the end of its bar" in says
        assert "stamp: start" in hint

    def test_ends_said_to_be_starts(self, refused, put, five_minutes):
        put("ABC_5m.csv", five_minutes, "stamp: start\n")
        says, hint = refused("ABC", "5m")
        assert "said to be the start of its bar" in says
        assert "stamp: end" in hint

    @pytest.mark.parametrize(("said", "is_"), [("end", "start"), ("start", "end")])
    def test_the_other_end_in_extended_hours(self, refused, put, extended, said, is_):
        """No bar is lacking there; the opening's volume comes five minutes off."""
        side = pd.Timedelta(minutes=5 if is_ == "end" else 0)
        put("ABC_5m.parquet", extended.assign(ts=extended["ts"] + side), f"stamp: {said}\n")
        says, hint = refused("ABC", "5m")
        assert f"said to be the {said} of its bar" in says
        assert f"volume does not rise with the session then, and does if it is the {is_}" in says
        assert f"stamp: {is_}" in hint

    def test_a_side_that_nothing_tells(self, refused, put, extended):
        put("ABC_5m.csv", extended.drop(columns="volume"))
        says, hint = refused("ABC", "5m")
        assert "nothing tells whether stamps mark the start or the end" in says
        assert "stamp: start" in hint

    def test_a_market_that_is_asleep(self, refused, put):
        weekend = pd.date_range("2024-03-09 14:35", periods=78, freq="5min", tz="UTC")
        put("ABC_5m.csv", pd.DataFrame({"ts": weekend, "close": 100.0}), "stamp: end\n")
        says, hint = refused("ABC", "5m")
        assert "no row lies within a session of XNYS" in says
        assert "24/7" in hint


def test_hours_that_begin_at_half_past(refused, put):
    at = [pd.Timestamp(f"2024-07-0{d} {h:02}:30") for d in (1, 2) for h in range(9, 16)]
    stamps = pd.DatetimeIndex(at).tz_localize(NEW_YORK)
    put("ABC_hourly.csv", pd.DataFrame({"ts": stamps, "close": 100.0}), "stamp: start\n")
    says, hint = refused("ABC", "hourly")
    assert "row 2 (2024-07-01 10:30:00-04:00): hourly bars go from full hour to full hour" in says
    assert "finer" in hint


@pytest.mark.parametrize(("name", "words"), [("hourly", "5 minutes"), ("15m", "5 minutes")])
def test_bars_of_another_cadence_than_the_name_says(refused, put, five_minutes, name, words):
    put(f"ABC_{name}.csv", five_minutes, "stamp: end\n")
    says, _ = refused("ABC", name)
    assert "by 15 minutes" in says or "from full hour" in says


def test_days_in_a_file_of_five_minutes(refused, put, five_minutes):
    put("ABC_5m.csv", five_minutes.groupby(five_minutes["ts"].dt.date).tail(1), "stamp: end\n")
    says, _ = refused("ABC", "5m")
    assert "bars are one a session, and the file's name says 5m" in says


@pytest.mark.parametrize(
    ("factor", "shown"),
    [(7.0, "7 for 1"), (2.0, "2 for 1"), (1.5, "3 for 2"), (0.1, "1 for 10"), (0.25, "1 for 4")],
)
def test_a_split_that_was_left_in(refused, put, days, factor, shown):
    prices = days[["Open", "High", "Low", "Close"]]
    split = prices.div(np.where(days.index < 20, 1, factor), axis=0)
    put("ABC_daily.csv", days.assign(**split))
    says, hint = refused("ABC")
    assert f"2024-01-31 opens at {100.2 / factor:g} after a close of 100.21" in says
    assert f"unadjusted split of {shown}" in says
    assert "adjust_by" in hint


def test_a_crash_is_no_split(lab, put, days):
    prices = days[["Open", "High", "Low", "Close"]]
    put("ABC_daily.csv", days.assign(**prices.mul(np.where(days.index < 20, 1, 0.56), axis=0)))
    assert len(bars_of(lab, "ABC", "daily").frame) == len(days)
