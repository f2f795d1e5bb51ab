"""The user's files, in whatever layout, become the same bars."""

import gzip

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from sigma_core.errors import BadRequest
from sigma_core.fetch import bars_of
from sigma_core.schemas import BARS

NEW_YORK = "America/New_York"


def zoned_text(stamps: pd.Series) -> pd.Series:
    """`2024-03-11 09:30:00-04:00`: one offset before the clock change, another after."""
    return stamps.dt.tz_convert(NEW_YORK).astype("str")


WRITTEN = {
    "UTC": (lambda s: s, ""),
    "New York": (lambda s: s.dt.tz_convert(NEW_YORK), ""),
    "text with offsets": (zoned_text, ""),
    "text ending in Z": (lambda s: s.dt.strftime("%Y-%m-%dT%H:%M:%SZ"), ""),
    "naive New York": (lambda s: s.dt.tz_convert(NEW_YORK).dt.tz_localize(None), NEW_YORK),
    "naive UTC": (lambda s: s.dt.tz_localize(None), "UTC"),
    "seconds": (lambda s: s.dt.as_unit("s").astype("int64"), ""),
    "milliseconds": (lambda s: s.dt.as_unit("ms").astype("int64"), ""),
    "nanoseconds": (lambda s: s.dt.as_unit("ns").astype("int64"), ""),
}


@pytest.mark.parametrize("ending", [pytest.param("parquet", marks=pytest.mark.slow), "csv"])
@pytest.mark.parametrize("side", ["start", "end"])
@pytest.mark.parametrize("written", WRITTEN)
def test_stamps_of_any_zone_and_side_become_utc_closes(
    lab, put, five_minutes, written, side, ending
):
    write, zone = WRITTEN[written]
    shift = pd.Timedelta(minutes=5 if side == "start" else 0)
    table = five_minutes.assign(ts=write(five_minutes["ts"] - shift))
    yaml = f"stamp: {side}\n" + (f"timezone: {zone}\n" if zone else "")
    put(f"SPY_5m.{ending}", table, yaml)
    bars = bars_of(lab, "SPY", "5m").frame
    assert_frame_equal(bars.drop(columns="session"), five_minutes)


def test_sessions_across_a_clock_change_and_a_half_day(lab, put, five_minutes):
    put("SPY_5m.parquet", five_minutes)
    bars = bars_of(lab, "SPY", "5m").frame
    days = bars.groupby("session")["ts"].agg(["count", "first", "last"])
    last = days["last"].dt.strftime("%m-%d %H:%M").tolist()
    assert days["count"].tolist() == [78, 78, 78, 78, 78, 42, 78]
    assert last[:4] == ["03-07 21:00", "03-08 21:00", "03-11 20:00", "03-12 20:00"]
    assert last[4:] == ["07-02 20:00", "07-03 17:00", "07-05 20:00"]


def test_bars_are_what_the_lake_asks_for(lab, put, five_minutes):
    put("SPY_5m.csv", five_minutes)
    bars = bars_of(lab, "SPY", "5m").frame
    assert list(bars.columns) == list(BARS.columns)
    assert_frame_equal(BARS.schema().validate(bars), bars, check_dtype=False)


@pytest.mark.parametrize("side", ["start", "end"])
def test_the_side_of_stamps_is_guessed_from_the_edges_of_sessions(lab, put, five_minutes, side):
    shift = pd.Timedelta(minutes=5 if side == "start" else 0)
    put("SPY_5m.parquet", five_minutes.assign(ts=five_minutes["ts"] - shift))
    made = bars_of(lab, "SPY", "5m")
    assert_frame_equal(made.frame.drop(columns="session"), five_minutes)
    assert made.about["guessed"] is True
    assert f"stamped at the {side}" in made.about["layout"]
    assert made.about["read"]["stamp"] == side


@pytest.mark.parametrize("side", ["start", "end"])
def test_in_extended_hours_the_opening_volume_tells_the_side(lab, put, extended, side):
    shift = pd.Timedelta(minutes=0 if side == "start" else 5)
    put("SPY_5m.parquet", extended.assign(ts=extended["ts"] + shift))
    made = bars_of(lab, "SPY", "5m")
    local = made.frame["ts"].dt.tz_convert(NEW_YORK).dt.strftime("%H:%M")
    assert made.about["read"]["stamp"] == side
    assert (local.min(), local.max()) == ("09:35", "16:00")
    assert len(made.frame) == 8 * 78
    assert made.about["rows_outside"] == 8 * (192 - 78)
    assert any(str(8 * (192 - 78)) in note for note in made.about["notes"])


def test_hourly_bars_are_clock_hours_of_the_exchange(lab, put):
    starts = pd.DatetimeIndex(
        [f"2024-07-02 {h:02}:00" for h in range(9, 16)]
        + [f"2024-07-03 {h:02}:00" for h in range(9, 13)]
    ).tz_localize(NEW_YORK)
    table = pd.DataFrame({"time": starts, "c": np.arange(100.0, 111.0)})
    put("SPY_hourly.parquet", table)
    bars = bars_of(lab, "SPY", "hourly").frame
    local = bars["ts"].dt.tz_convert(NEW_YORK).dt.strftime("%d %H:%M").tolist()
    assert local[:2] == ["02 10:00", "02 11:00"]
    assert local[6:8] == ["02 16:00", "03 10:00"]
    assert local[-1] == "03 13:00"


def test_hourly_bars_may_be_stamped_half_past_nine(lab, put):
    clock = ["09:30", *(f"{h}:00" for h in range(10, 16))]
    starts = pd.DatetimeIndex([f"2024-07-02 {at}" for at in clock]).tz_localize(NEW_YORK)
    put("SPY_hourly.parquet", pd.DataFrame({"ts": starts, "close": np.arange(100.0, 107.0)}))
    bars = bars_of(lab, "SPY", "hourly").frame
    assert bars["ts"].iloc[0] == pd.Timestamp("2024-07-02T14:00Z")


@pytest.mark.parametrize(
    "write",
    [
        lambda s: s,
        pd.to_datetime,
        lambda s: pd.to_datetime(s).dt.date,
        lambda s: pd.to_datetime(s).dt.tz_localize(NEW_YORK),
        lambda s: (pd.to_datetime(s) + pd.Timedelta(hours=16)).dt.tz_localize(NEW_YORK),
        lambda s: pd.to_datetime(s).dt.tz_localize(NEW_YORK).dt.tz_convert("UTC"),
        lambda s: s + "T00:00:00Z",
        lambda s: s.str.replace("-", "").astype("int64"),
    ],
    ids=["text", "naive", "date", "midnight", "close", "midnight UTC", "zoned date", "20240102"],
)
def test_daily_stamps_of_any_kind_are_the_session_and_its_close(lab, put, days, write):
    put("ABC_daily.parquet", days.assign(Date=write(days["Date"])))
    bars = bars_of(lab, "ABC", "daily").frame
    assert bars["session"].dt.strftime("%Y-%m-%d").tolist() == days["Date"].tolist()
    assert (bars["ts"] == (bars["session"] + pd.Timedelta(hours=21)).dt.tz_localize("UTC")).all()
    assert bars["close"].tolist() == days["Close"].tolist()


def test_prices_are_multiplied_by_the_column_that_adjusts_them(lab, put, days):
    yaml = "adjustment: total\nadjust_by: factor\n"
    put("ABC_daily.csv", days.assign(factor=np.where(days.index < 20, 0.9, 1.0)), yaml)
    made = bars_of(lab, "ABC", "daily")
    first, last = made.frame.iloc[0], made.frame.iloc[-1]
    assert (first["open"], first["close"], first["volume"]) == pytest.approx((90.0, 90.018, 500.0))
    assert last["close"] == pytest.approx(100.02 + 0.39)
    assert made.about["adjustment"] == "total"
    assert "× factor" in made.about["layout"]


def test_a_column_that_could_adjust_and_did_not_is_told(lab, put, days):
    put("ABC_daily.csv", days.assign(**{"Adj Close": days["Close"] * 0.9}))
    made = bars_of(lab, "ABC", "daily")
    assert made.about["adjustment"] == "raw"
    assert any("Adj Close" in note for note in made.about["notes"])


def test_one_ticker_of_a_file_of_many(lab, put, days):
    both = pd.concat([days.assign(symbol="ABC"), days.assign(symbol="XYZ", Volume=7.0)])
    put("XYZ_daily.parquet", both.sort_values(["Date", "symbol"]))
    put("OTHER_daily.parquet", both, "symbol: ABC\n")
    put("ABC_daily.parquet", both, "adjustment: split\n")
    assert (bars_of(lab, "XYZ", "daily").frame["volume"] == 7.0).sum() == len(days)
    for name in ("OTHER", "ABC"):
        made = bars_of(lab, name, "daily")
        assert made.frame["volume"].tolist() == days["Volume"].tolist()
        assert "rows of symbol ABC" in made.about["layout"]


def test_closes_alone_leave_the_rest_missing(lab, put, days):
    put("RATE_daily.csv", days[["Date", "Close"]])
    bars = bars_of(lab, "RATE", "daily").frame
    assert bars[["open", "high", "low", "volume"]].isna().all(axis=None)
    assert bars["close"].notna().all()


def test_round_the_clock_markets_trade_at_weekends(lab, put):
    ends = pd.date_range("2024-03-08", periods=24 * 4, freq="h", tz="UTC", inclusive="neither")
    table = pd.DataFrame({"ts": ends, "close": np.linspace(100, 110, len(ends))})
    put("BTC_hourly.csv", table, "calendar: 24/7\nstamp: end\n")
    made = bars_of(lab, "BTC", "hourly")
    assert len(made.frame) == len(table)
    assert made.about["calendar"] == "24/7"
    daily = bars_of(lab, "BTC", "daily").frame
    assert daily["session"].dt.strftime("%d").tolist() == ["08", "09", "10"]
    assert daily["ts"].iloc[0] == pd.Timestamp("2024-03-09T00:00Z")


def test_a_zipped_csv_is_read(lab, put, days):
    put("ABC_daily.csv.gz", gzip.compress(days.to_csv(index=False).encode()))
    assert len(bars_of(lab, "ABC", "daily").frame) == len(days)


def test_a_parquet_index_of_dates_is_a_column(lab, put, days):
    put("ABC_daily.parquet", days.assign(Date=pd.to_datetime(days["Date"])).set_index("Date"))
    assert len(bars_of(lab, "ABC", "daily").frame) == len(days)


def test_tickers_with_dots_and_underscores(lab, put, days):
    put("BRK.B_daily.csv", days)
    put("MY_OWN_daily.csv", days, "stamp: end\n")
    (lab.files / "BRK.B_daily.yaml").write_text("adjustment: split\n")
    assert bars_of(lab, "BRK.B", "daily").about["adjustment"] == "split"
    assert len(bars_of(lab, "MY_OWN", "daily").frame) == len(days)


def test_of_two_files_of_one_name_the_other_is_told(lab, put, days):
    put("ABC_daily.parquet", days)
    put("ABC_daily.csv", days)
    made = bars_of(lab, "ABC", "daily")
    assert made.about["read"]["file"] == "ABC_daily.parquet"
    assert any("ABC_daily.csv" in note for note in made.about["notes"])


def test_everything_the_layout_decides_is_stored(lab, put, days):
    put("ABC_daily.csv", days)
    bars_of(lab, "ABC", "daily")
    about = lab.lake.load("manifests", "bars-files-ABC-daily")
    assert about["guessed"] is True
    assert about["read"] == {
        "file": "ABC_daily.csv",
        "cadence": "daily",
        "columns": {
            "ts": "Date",
            "open": "Open",
            "high": "High",
            "low": "Low",
            "close": "Close",
            "volume": "Volume",
        },
        "stamp": None,
        "timezone": None,
        "adjustment": "raw",
        "adjust_by": None,
        "symbol": None,
        "calendar": "XNYS",
    }
    assert "guessed" in about["layout"]
    assert "close from Close" in about["layout"]


def test_a_folder_that_is_not_there_is_told(lab, tmp_path):
    lost = type(lab)(packs=lab.packs, lake=lab.lake, files=tmp_path / "nowhere")
    with pytest.raises(BadRequest, match="nowhere") as refused:
        bars_of(lost, "IXIC", "daily")
    assert "unset" in refused.value.hint
