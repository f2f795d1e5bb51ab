"""What of other bars is joined to which bar, and what is too old."""

import numpy as np
import pandas as pd
import pytest
import talib
from pandas.testing import assert_frame_equal

from sigma_core.domain.model import IndicatorSpec
from sigma_core.engine.features import bars_needed, features_of
from sigma_core.errors import BadRequest

VIX = IndicatorSpec(name="close", of="VIX")


def hours_of(bars: pd.DataFrame) -> pd.DataFrame:
    """Fifteen-minute bars made into clock hours, as an exchange in New York counts them."""
    end = bars["ts"].dt.ceil("h")
    return bars.groupby(end, as_index=False).agg(
        ts=("ts", "last"), session=("session", "last"), open=("open", "first"),
        high=("high", "max"), low=("low", "min"), close=("close", "last"), volume=("volume", "sum"),
    )  # fmt: skip


def test_a_daily_value_is_yesterdays_until_the_close(intraday, market, days_of):
    """At 10:00 the last finished session is yesterday; at the official close it is today."""
    fine = intraday("2017-06-30", 4, minutes=15)  # Monday the 3rd of July is a half day
    days = days_of(fine)
    spec = IndicatorSpec(name="close", cadence="daily")
    made = features_of(market({("SPY", "15m"): fine, ("SPY", "daily"): days}), [spec])
    got = made["close@daily"]

    for number, (_, session) in enumerate(fine.groupby("session")):
        before = days["close"][number - 1] if number else np.nan
        np.testing.assert_array_equal(got[session.index[:-1]], before)
        assert got[session.index[-1]] == days["close"][number]
    assert len(fine[fine["session"] == "2017-07-03"]) == 14


def test_the_vix_of_today_is_not_known_at_the_close(daily, market, closes_only):
    """It prints until 16:15, so the row of 16:00 has yesterday's: on half days too."""
    spy, vix = daily("2017-06-26", 12), closes_only(daily("2017-06-26", 12, seed=8))
    made = features_of(market({("SPY", "daily"): spy, ("VIX", "daily"): vix}), [VIX])

    np.testing.assert_array_equal(made["close@vix"][1:], vix["close"][:-1])
    assert np.isnan(made["close@vix"][0])


def test_another_ticker_of_the_same_close_is_todays(daily, market):
    spy, qqq = daily("2017-06-26", 12), daily("2017-06-26", 12, seed=8)
    spec = IndicatorSpec(name="close", of="QQQ")
    made = features_of(market({("SPY", "daily"): spy, ("QQQ", "daily"): qqq}), [spec])

    np.testing.assert_array_equal(made["close@qqq"], qqq["close"])


def test_vix_level_is_sugar(daily, market, closes_only):
    spy, vix = daily("2017-06-26", 12), closes_only(daily("2017-06-26", 12, seed=8))
    both = market({("SPY", "daily"): spy, ("VIX", "daily"): vix})
    specs = [IndicatorSpec(name="vix_level"), VIX, IndicatorSpec(name="vix_delta")]
    specs.append(IndicatorSpec(name="mom", of="VIX", params={"period": 1}))
    made = features_of(both, specs)

    np.testing.assert_array_equal(made["vix_level"], made["close@vix"])
    np.testing.assert_array_equal(made["vix_delta_1"], made["mom_1@vix"])


def test_the_vix_term_slope_of_yesterday_is_known_today(daily, market, closes_only):
    """Cboe's closes of 4 to 7 January 2011: 17.38 and 20.61 are known at the close of the 5th.

    On the 6th the VIX3M of the 5th is not there, and nothing stands in for it.
    """
    spy, vix = daily("2011-01-04", 4), closes_only(daily("2011-01-04", 4))
    vix3m = vix.assign(close=[20.61, 20.05, 20.35, 20.29]).drop(index=1).reset_index(drop=True)
    vix = vix.assign(close=[17.38, 17.02, 17.40, 17.14])
    bars = {("SPY", "daily"): spy, ("VIX", "daily"): vix, ("VIX3M", "daily"): vix3m}
    spec = IndicatorSpec(name="vix_term_slope")
    made = features_of(market(bars), [spec])["vix_term_slope"]

    np.testing.assert_allclose(made, [np.nan, 0.185846, np.nan, 0.169540], atol=5e-7)
    assert bars_needed([spec], "SPY", "hourly") == (
        ("SPY", "hourly"), ("VIX", "daily"), ("VIX3M", "daily"),
    )  # fmt: skip
    with pytest.raises(BadRequest, match="needs daily bars of VIX3M"):
        features_of(market(dict(list(bars.items())[:2])), [spec])
    with pytest.raises(BadRequest, match="cannot be made of SPY, which closes before VIX3M"):
        features_of(market(bars), [IndicatorSpec(name="vix_term_slope", of="SPY")])


def test_a_model_of_the_vix_itself_waits_for_both_ends(daily, market, closes_only):
    vix = closes_only(daily("2011-01-04", 4))
    bars = {("VIX", "daily"): vix, ("VIX3M", "daily"): vix.assign(close=2 * vix["close"])}
    made = features_of(market(bars), [IndicatorSpec(name="vix_term_slope")])["vix_term_slope"]

    assert np.isnan(made[0])
    np.testing.assert_allclose(made[1:], 1.0)


def test_a_value_older_than_a_session_is_missing(daily, market, closes_only):
    """The VIX of session 5 is not there: row 6, which would have it, may not have that of 4."""
    spy = daily("2017-06-26", 12)
    vix = closes_only(daily("2017-06-26", 12, seed=8)).drop(index=[5]).reset_index(drop=True)
    made = features_of(market({("SPY", "daily"): spy, ("VIX", "daily"): vix}), [VIX])["close@vix"]

    assert np.flatnonzero(np.isnan(made)).tolist() == [0, 6]
    assert made[5] == vix["close"][4]


def test_a_session_without_its_daily_bar_keeps_yesterdays_for_one_session(daily, market):
    """Of a ticker known at once, a value one session old is not yet older than one bar."""
    spy = daily("2017-06-26", 12)
    qqq = daily("2017-06-26", 12, seed=8).drop(index=[5, 6]).reset_index(drop=True)
    spec = IndicatorSpec(name="close", of="QQQ")
    made = features_of(market({("SPY", "daily"): spy, ("QQQ", "daily"): qqq}), [spec])["close@qqq"]

    assert made[5] == qqq["close"][4]
    assert np.flatnonzero(np.isnan(made)).tolist() == [6]


def test_hours_on_quarter_hours(intraday, market):
    """The last hour closed by `ts`; over night and past a half day it stays one bar old."""
    fine = intraday("2017-06-30", 3, minutes=15)
    hours = hours_of(fine)
    spec = IndicatorSpec(name="close", cadence="hourly")
    made = features_of(market({("SPY", "15m"): fine, ("SPY", "hourly"): hours}), [spec])
    got = made["close@hourly"].to_numpy()

    local = fine["ts"].dt.tz_convert("America/New_York")
    assert np.isnan(got[0])  # 09:45 of the first day: no hour has closed yet
    assert str(local[1].time()) == "10:00:00"
    assert got[1] == got[2] == hours["close"][0]
    monday = int((fine["session"] == "2017-07-03").argmax())
    assert got[monday] == got[monday - 1] == hours["close"][6]
    tuesday = int((fine["session"] == "2017-07-05").argmax())
    assert got[tuesday] == fine["close"][tuesday - 1]  # 13:00 of the half day
    assert not np.isnan(got[1:]).any()


def test_an_hour_that_is_missing_is_not_replaced_for_ever(intraday, market):
    """The bar of 12:00 is gone: 12:00 still has that of 11:00, 12:15 on have none till 13:00."""
    fine = intraday("2017-06-01", 1, minutes=15)
    hours = hours_of(fine).drop(index=2).reset_index(drop=True)
    spec = IndicatorSpec(name="close", cadence="hourly")
    made = features_of(market({("SPY", "15m"): fine, ("SPY", "hourly"): hours}), [spec])
    got = made["close@hourly"].to_numpy()
    local = fine["ts"].dt.tz_convert("America/New_York").dt.strftime("%H:%M")

    assert got[local == "12:00"] == hours["close"][1]
    assert local[np.isnan(got)].tolist() == ["09:45", "12:15", "12:30", "12:45"]


def test_joined_features_see_no_future(intraday, market, days_of, closes_only):
    """Cut everything at any bar: what was there before does not change."""
    fine = intraday("2017-06-01", 40, minutes=15)
    hours, days = hours_of(fine), days_of(fine)
    vix = closes_only(days.assign(close=days["close"] * 0.2))
    names = ("rsi", "vwap", "momentum_score_total", "day_range_pos", "open_gap_z", "donchian")
    specs = [IndicatorSpec(name=name) for name in names]
    specs += [
        IndicatorSpec(name="rsi", params={"period": 3}, cadence=c) for c in ("hourly", "daily")
    ]
    specs += [
        IndicatorSpec(name="vix_delta"),
        IndicatorSpec(name="sma", params={"period": 5}, of="VIX"),
    ]
    parts = {("SPY", "15m"): fine, ("SPY", "hourly"): hours}
    parts |= {("SPY", "daily"): days, ("VIX", "daily"): vix}
    whole = features_of(market(parts), specs)

    for n in (200, 701, 702, 703, len(fine) - 1):
        now = fine["ts"].iloc[n - 1]
        late = pd.Timedelta(minutes=15)
        seen = {
            key: bars[bars["ts"] + (late if key[0] == "VIX" else 0 * late) <= now]
            for key, bars in parts.items()
        }
        assert_frame_equal(features_of(market(seen), specs), whole.iloc[:n])


def test_real_hours_match_real_days(shared_data, market, days_of):
    """SPY hourly 2019-21 with daily RSI joined: at each close, the RSI of the daily file."""
    hourly = pd.read_parquet(shared_data / "equity_1h_1998_2021.parquet")
    hourly = hourly[(hourly["symbol"] == "SPY") & (hourly["ts"] >= "2019-01-01")]
    local = hourly["ts"].dt.tz_convert("America/New_York")
    ends = (local + pd.Timedelta(minutes=1)).dt.ceil("h")
    bars = hourly.assign(
        ts=ends.dt.tz_convert("UTC").dt.as_unit("us"),
        session=local.dt.normalize().dt.tz_localize(None).dt.as_unit("us"),
    ).reset_index(drop=True)
    days = days_of(bars)
    spec = IndicatorSpec(name="rsi", cadence="daily")
    made = features_of(market({("SPY", "hourly"): bars, ("SPY", "daily"): days}), [spec])
    last = ~bars["session"].duplicated(keep="last")

    np.testing.assert_array_equal(
        made["rsi_14@daily"][last], talib.RSI(days["close"].to_numpy(), 14)
    )
    first = ~bars["session"].duplicated()
    np.testing.assert_array_equal(
        made["rsi_14@daily"][first][1:], talib.RSI(days["close"].to_numpy(), 14)[:-1]
    )
