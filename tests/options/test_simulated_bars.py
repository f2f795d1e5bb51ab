"""Bars of simulated same-day options: of their own chain, and what they add up to."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from sigma_core.providers import PROVIDERS

TICKER = "ACME-Y1"
OPTIONS = PROVIDERS["simulated"].options
DAY, HALF = date(2010, 11, 24), date(2010, 11, 26)
KEY = ["symbol", "as_of"]


def asked(cadence: str = "", day: date = DAY, to: date = HALF) -> pd.DataFrame:
    return OPTIONS.fn(TICKER, None, day, to, cadence).rows


@pytest.fixture(scope="module")
def fives() -> pd.DataFrame:
    return asked("5m")


@pytest.fixture(scope="module")
def chain() -> pd.DataFrame:
    """What ends in its session, at every hour of both."""
    rows = asked()
    return rows[rows["expiration"] == rows["session"]]


def test_bars_are_of_what_ends_today_in_its_hours(fives):
    assert (fives["expiration"] == fives["session"]).all()
    assert set(fives["session"].dt.date) == {DAY, HALF}
    last = fives.groupby("session")["ts"].max()
    assert [f"{ts:%H:%M}" for ts in last] == ["21:00", "18:00"]
    assert f"{fives['ts'].min():%H:%M}" == "14:35"
    assert not fives.duplicated(["ts", "symbol"]).any()


def test_prices_hold_together_and_every_bar_has_a_trade(fives):
    prices = fives[["open", "high", "low", "close"]]
    assert (prices.max(axis=1) == fives["high"]).all()
    assert (prices.min(axis=1) == fives["low"]).all()
    assert (prices >= 0.01).all(axis=None)
    assert fives["vwap"].between(fives["low"] - 1e-9, fives["high"] + 1e-9).all()
    assert (fives["volume"] >= 1).all()
    assert (fives["volume"] % 1 == 0).all()


def test_a_chains_volume_and_last_are_those_of_its_bars_until_then(fives, chain):
    for moment in chain["as_of"].unique():
        seen = chain[chain["as_of"] == moment].set_index("symbol").sort_index()
        until = fives[(fives["ts"] <= moment) & (fives["session"] == seen["session"].iloc[0])]
        by = until.sort_values("ts").groupby("symbol")
        volume = by["volume"].sum().reindex(seen.index, fill_value=0.0)
        pd.testing.assert_series_equal(seen["volume"], volume, check_names=False)
        last = by["close"].last().reindex(seen.index)
        pd.testing.assert_series_equal(seen["last"], last, check_names=False)


def test_a_close_lies_within_the_quote_of_that_moment(fives, chain):
    both = chain.merge(fives, left_on=KEY, right_on=["symbol", "ts"], suffixes=("", "_bar"))
    assert len(both) > 100
    assert (both["close"] <= both["ask"] + 1e-9).all()
    assert (both["close"] >= both["bid"].fillna(0) - 1e-9).all()


def test_quarters_of_an_hour_are_three_bars_of_five_minutes(fives):
    want = fives.assign(ts=fives["ts"].dt.ceil("15min"), paid=fives["vwap"] * fives["volume"])
    want = want.groupby(["ts", "symbol"]).agg(
        open=("open", "first"), high=("high", "max"), low=("low", "min"), close=("close", "last"),
        volume=("volume", "sum"), paid=("paid", "sum"),
    )  # fmt: skip
    found = asked("15m").set_index(["ts", "symbol"]).sort_index()
    prices = ["open", "high", "low", "close", "volume"]
    pd.testing.assert_frame_equal(found[prices], want[prices])
    assert found["vwap"].to_numpy() == pytest.approx((want["paid"] / want["volume"]).to_numpy())


def test_a_call_is_dearest_where_the_underlying_is(fives):
    bars = PROVIDERS["simulated"].fn(TICKER, "5m", None, None).bars.set_index("ts")
    call = fives[(fives["right"] == "C") & (fives["low"] > 0.5)].set_index("ts")
    spot = bars.loc[call.index]
    assert len(call) > 100
    rose = spot["close"] > spot["open"] * 1.001
    assert (call["close"][rose] > call["open"][rose]).all()
    swing = np.corrcoef(call["high"] - call["low"], spot["high"] - spot["low"])[0, 1]
    assert swing > 0.5


def test_most_is_traded_at_both_ends_of_the_session(fives):
    day = fives[fives["session"] == str(DAY)].groupby("ts")["volume"].sum()
    assert day.iloc[:6].mean() > 1.5 * day.iloc[30:42].mean()
    assert day.iloc[-6:].mean() > 1.2 * day.iloc[30:42].mean()


def test_no_bars_of_a_cadence_that_the_market_has_not():
    assert OPTIONS.print(TICKER, "1m", None) == ""
    assert OPTIONS.fn(TICKER, None, DAY, DAY, "1m") is None


def test_a_session_is_the_same_alone(fives):
    alone = asked("5m", HALF, HALF)
    want = fives[fives["session"] == str(HALF)].reset_index(drop=True)
    pd.testing.assert_frame_equal(alone, want)
