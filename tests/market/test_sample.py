"""The embedded history, against values that stand in its source; and laws of every provider."""

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from sigma_core.fetch import bars_of
from sigma_core.providers import PROVIDERS
from sigma_core.schemas import BARS

ALL = [(one.name, ticker) for one in PROVIDERS for ticker in one.tickers(None)]


def test_the_first_day_of_the_nasdaq(lab):
    bars = bars_of(lab, "IXIC", "daily").frame
    first = bars.iloc[0]
    assert len(bars) == 5031
    assert first["ts"] == pd.Timestamp("1999-01-04T21:00Z")
    assert first["session"] == pd.Timestamp("1999-01-04")
    assert first["open"] == pytest.approx(2207.54, abs=0.005)
    assert first["close"] == pytest.approx(2208.05, abs=0.005)
    assert first["volume"] == 936_660_000
    assert bars["ts"].iloc[-1] == pd.Timestamp("2018-12-31T21:00Z")


def test_half_days_close_early(lab):
    bars = bars_of(lab, "SPX", "daily").frame.set_index("session")
    assert bars.loc["2018-11-23", "ts"] == pd.Timestamp("2018-11-23T18:00Z")
    assert bars.loc["2018-07-03", "ts"] == pd.Timestamp("2018-07-03T17:00Z")


def test_opens_of_the_s_and_p_are_stale_before_2006(lab):
    about = bars_of(lab, "SPX", "daily").about
    assert about["stale_open_years"] == [1999, 2000, 2001, 2002, 2003, 2004, 2005]
    assert any("1999-2005" in note for note in about["notes"])
    assert bars_of(lab, "IXIC", "daily").about["stale_open_years"] == []


def test_the_vix_has_closes_only(lab):
    bars = bars_of(lab, "VIX", "daily").frame
    assert bars["close"].iloc[0] == 13.76
    assert bars["session"].iloc[0] == pd.Timestamp("2014-01-03")
    assert bars[["open", "high", "low", "volume"]].isna().all(axis=None)


@pytest.mark.parametrize(("name", "ticker"), ALL)
class TestEveryProvider:
    def test_rows_pass_the_schema_and_are_told(self, name, ticker):
        fetched = PROVIDERS[name].fn(ticker, "daily", None, None)
        BARS.schema().validate(fetched.bars)
        about = fetched.about
        assert (about["provider"], about["ticker"], about["cadence"]) == (name, ticker, "daily")
        told = {"calendar", "adjustment", "simulated", "layout", "guessed", "notes"}
        assert told | {"stale_open_years", "missing_sessions", "volume_breaks"} <= about.keys()

    def test_the_same_call_gives_the_same_rows(self, name, ticker):
        once, again = (PROVIDERS[name].fn(ticker, "daily", None, None) for _ in range(2))
        assert_frame_equal(once.bars, again.bars)

    def test_it_says_what_it_is(self, name, ticker):
        assert PROVIDERS[name].sentence.endswith(".")
        assert PROVIDERS[name].serves(ticker, "daily", None)
        assert not PROVIDERS[name].serves("NOBODY", "daily", None)
