"""Real files with real traps: SPY hourly and in 5 minutes, splits left in, wrong labels."""

import numpy as np
import pandas as pd
import pytest

from sigma_core.calendars import calendar
from sigma_core.errors import QualityError
from sigma_core.fetch import bars_of

NEW_YORK = "America/New_York"
NYSE = calendar("XNYS")
SPY_YAML = """columns: {ts: ts, open: open, high: high, low: low, close: close, volume: volume}
stamp: start
timezone: UTC
adjustment: total
adjust_by: price_factor
symbol: SPY
"""


@pytest.fixture(scope="module")
def hourly(shared_data):
    """SPY, hourly clock hours with START stamps in UTC, raw prices and factors, 1998 to 2021."""
    table = pd.read_parquet(shared_data / "equity_1h_1998_2021.parquet")
    return table[table["symbol"] == "SPY"].reset_index(drop=True)


@pytest.fixture(scope="module")
def spy_5m(shared_data):
    """SPY in 5 minutes, 04:00 to 20:00 New York, START stamps in UTC, a year to August 2025."""
    table = pd.read_parquet(shared_data / "equity_5m_2023_2025.parquet")
    return table[table["symbol"] == "SPY"].reset_index(drop=True)


class TestHourly:
    def test_out_of_a_file_of_many_symbols(self, lab, shared_data):
        (lab.files / "SPY_hourly.parquet").symlink_to(shared_data / "equity_1h_1998_2021.parquet")
        (lab.files / "SPY_hourly.yaml").write_text(SPY_YAML)
        made = bars_of(lab, "SPY", "hourly")
        # 47 of 40,832 rows lie after 13:00 on half days before 2009
        assert len(made.frame) == 40_832 - 47
        assert made.about["rows_outside"] == 47
        assert made.about["missing_sessions"] == 0

    @pytest.mark.parametrize(
        ("zone", "described"), [("UTC", True), (NEW_YORK, True), ("UTC", False), (NEW_YORK, False)]
    )
    def test_every_stamp_is_the_close_of_a_clock_hour(self, lab, put, hourly, zone, described):
        put(
            "SPY_hourly.parquet",
            hourly.assign(ts=hourly["ts"].dt.tz_convert(zone)),
            SPY_YAML if described else "",
        )
        bars = bars_of(lab, "SPY", "hourly", keep=False).frame
        local = bars["ts"].dt.tz_convert(NEW_YORK)
        held = NYSE.sessions(pd.Timestamp("1998-01-02").date()).set_index("session")
        assert set(local.dt.hour) == set(range(10, 17))
        assert (local.dt.minute == 0).all()
        assert (local.dt.tz_localize(None).dt.normalize() == bars["session"]).all()
        assert (bars["ts"] <= bars["session"].map(held["close"])).all()
        assert (bars.groupby("session")["ts"].max() == held["close"].reindex(
            bars["session"].unique()
        )).mean() > 0.999  # fmt: skip

    @pytest.mark.slow
    def test_half_days_and_clock_changes(self, lab, put, hourly):
        put("SPY_hourly.parquet", hourly, SPY_YAML)
        bars = bars_of(lab, "SPY", "hourly", keep=False).frame
        ends = bars.groupby("session")["ts"].agg(lambda ts: f"{ts.iloc[-1]:%H:%M} {len(ts)}")
        assert ends["2020-03-06"] == "21:00 7"  # winter
        assert ends["2020-03-09"] == "20:00 7"  # summer
        assert ends["2020-11-27"] == "18:00 4"  # half day
        assert ends["2007-12-24"] == "18:00 4"  # half day with prints until 16:00 in the file

    def test_days_are_those_of_the_daily_file(self, lab, put, hourly, shared_data):
        put("SPY_hourly.parquet", hourly, SPY_YAML)
        daily = pd.read_parquet(shared_data / "equity_1d_1998_2021.parquet")
        daily = daily[daily["symbol"] == "SPY"].reset_index(drop=True)
        put("OWN_daily.parquet", daily, SPY_YAML.replace("ts: ts", "ts: date"))
        made, own = (bars_of(lab, name, "daily", keep=False).frame for name in ("SPY", "OWN"))
        assert made["session"].tolist() == own["session"].tolist() == daily["date"].tolist()
        assert (made["ts"] == own["ts"]).all()
        ends = NYSE.ordinal(
            hourly["ts"].dt.tz_convert(NEW_YORK).dt.tz_localize(None).dt.normalize()
        )
        late = hourly["ts"].astype("int64").to_numpy() >= NYSE.close_of(ends)
        whole = ~own["session"].isin(NYSE.session_of(ends[late]))
        assert (~whole).sum() == 23  # half days with prints after the close
        columns = ["open", "high", "low", "close", "volume"]
        np.testing.assert_allclose(
            made.loc[whole, columns], own.loc[whole, columns], rtol=1e-12, atol=0
        )

    def test_adjusted_by_its_factor(self, lab, put, hourly):
        put("SPY_hourly.parquet", hourly, SPY_YAML)
        bars = bars_of(lab, "SPY", "hourly", keep=False).frame
        first = hourly.iloc[0]
        assert bars["open"][0] == first["open"] * first["price_factor"]
        assert bars["volume"][0] == first["volume"]


class TestFiveMinutes:
    @pytest.mark.parametrize("zone", ["UTC", NEW_YORK])
    def test_cut_to_regular_sessions(self, lab, put, spy_5m, zone):
        put("SPY_5m.parquet", spy_5m.assign(ts=spy_5m["ts"].dt.tz_convert(zone)))
        made = bars_of(lab, "SPY", "5m")
        counts = made.frame.groupby("session").size()
        assert made.about["read"]["stamp"] == "start"
        assert made.about["missing_sessions"] == 1  # 2025-08-07
        assert counts[counts == 42].index.strftime("%Y-%m-%d").tolist() == [
            "2024-11-29",
            "2024-12-24",
            "2025-07-03",
        ]
        assert (counts[counts != 42] == 78).all()

    def test_a_bar_by_hand(self, lab, put, spy_5m):
        month = spy_5m[spy_5m["ts"].dt.strftime("%Y-%m") == "2025-03"]
        put("SPY_5m.csv", month.drop(columns="symbol"), "stamp: start\n")
        bars = bars_of(lab, "SPY", "5m").frame.set_index("ts")
        theirs = spy_5m.set_index("ts").loc["2025-03-10T13:30Z"]  # the first bar of summer time
        ours = bars.loc["2025-03-10T13:35Z"]
        assert ours[["open", "high", "low", "close", "volume"]].tolist() == [
            theirs[name] for name in ("open", "high", "low", "close", "volume")
        ]

    @pytest.mark.slow
    def test_minutes_make_the_same_five_minutes(self, lab, put, spy_5m, shared_data):
        put("SPY_5m.parquet", spy_5m)
        put("ONE_1m.parquet", pd.read_parquet(shared_data / "spy_1m_2024_2025.parquet"))
        five, one = bars_of(lab, "SPY", "5m").frame, bars_of(lab, "ONE", "5m").frame
        both = five.merge(one, on="ts", suffixes=("", "_1m"))
        assert len(both) > 12_000
        apart = (both["close"] / both["close_1m"] - 1).abs()
        assert apart.median() < 1e-4

    @pytest.mark.slow
    def test_utc_labelled_as_new_york_is_explained(self, lab, put, spy_5m, tree):
        wrong = spy_5m["ts"].dt.tz_localize(None).dt.tz_localize("Etc/GMT+4")
        regular = spy_5m["ts"].dt.tz_convert(NEW_YORK).dt.hour.between(10, 15)
        put("SPY_5m.parquet", spy_5m.assign(ts=wrong))
        put("RTH_5m.csv", spy_5m.assign(ts=wrong)[regular].drop(columns="symbol"))
        for ticker in ("SPY", "RTH"):
            with pytest.raises(QualityError, match="UTC stamps labelled -04:00, it seems") as error:
                bars_of(lab, ticker, "5m")
            assert "timezone" in error.value.hint
        assert tree() == {}


class TestSplits:
    def test_apple_in_june_2014(self, lab, put, shared_data):
        table = pd.read_parquet(shared_data / "dow30_raw_1d_1999_2023.parquet")
        put("AAPL_daily.parquet", table[table["date"] >= "2010"])
        with pytest.raises(
            QualityError, match=r"2014-06-09 opens at 92\.7 after a close of 645\.57"
        ):
            bars_of(lab, "AAPL", "daily")

    def test_all_of_a_long_history_are_named(self, lab, put, shared_data):
        put("AAPL_daily.parquet", pd.read_parquet(shared_data / "dow30_raw_1d_1999_2023.parquet"))
        with pytest.raises(QualityError) as error:
            bars_of(lab, "AAPL", "daily")
        for day in ("2000-06-21", "2005-02-28", "2014-06-09", "2020-08-31"):
            assert day in str(error.value)

    @pytest.mark.slow
    @pytest.mark.parametrize("ticker", ["NFLX", "GE", "CMG", "AMD", "FB", "WYNN"])
    def test_adjusted_histories_are_let_in(self, lab, put, shared_data, ticker):
        table = pd.read_parquet(shared_data / "sp500_1d_2013_2018.parquet")
        put(f"{ticker}_daily.parquet", table[table["symbol"] == ticker].dropna())
        assert len(bars_of(lab, ticker, "daily").frame) > 1200


@pytest.mark.slow
def test_real_flaws_are_named(lab, put, shared_data):
    table = pd.read_parquet(shared_data / "sp500_1d_2013_2018.parquet")
    flawed = table[table[["open", "high", "low"]].isna().any(axis=1)]["symbol"].iloc[0]
    put(f"{flawed}_daily.parquet", table)
    with pytest.raises(QualityError, match="is missing \\(NaN\\)"):
        bars_of(lab, str(flawed), "daily")


def test_the_whole_term_structure_of_the_vix(lab, put, shared_data):
    table = pd.read_parquet(shared_data / "vix_term_structure_1d.parquet")
    put("VIX9D_daily.parquet", table.dropna(subset="VIX9D"), "columns: {close: VIX9D}\n")
    made = bars_of(lab, "VIX9D", "daily")
    assert made.frame["session"].iloc[0] == pd.Timestamp("2011-01-04")
    assert made.frame["close"].iloc[0] == 16.06
