"""Forwards, volatilities and greeks of chains: of made ones back, of real ones as the vendor's."""

import numpy as np
import pandas as pd
import pytest

from sigma_core.options.black import Curve, greeks
from sigma_core.options.marks import forwards, marked, years_to
from tests.options.chains import CURVE, DIVIDEND, RATE, SIGMA, SPOT, chain, real


def test_a_forward_carries_the_dividends():
    table = forwards(chain(), CURVE).set_index("expiration")
    late = table.loc["2024-06-28"]
    assert late["years"] == pytest.approx(53 / 365)  # from close to close, both 16:00 New York
    assert late["forward"] == pytest.approx(SPOT * np.exp((RATE - DIVIDEND) * 53 / 365), rel=1e-9)
    assert late["dividend"] == pytest.approx(DIVIDEND, abs=1e-7)
    assert late["pairs"] == 6
    assert late["spread"] < 1e-9


def test_volatility_and_greeks_come_back():
    table = marked(chain(expirations=("2024-06-21", "2024-06-28")), CURVE)
    found = table[table["unmarked"] == ""]
    assert len(found) > 60
    assert found["sigma"].to_numpy() == pytest.approx(SIGMA, abs=1e-5)
    side = np.where(found["right"] == "C", 1, -1)
    want = greeks(side, SPOT, found["strike"], found["years"], SIGMA, RATE, DIVIDEND)
    assert found["own_delta"].to_numpy() == pytest.approx(want.delta, abs=1e-4)


def test_what_does_not_invert_says_why_and_is_missing():
    table = marked(chain(), CURVE)
    gone = table[table["unmarked"] != ""]
    today = table[table["expiration"] == "2024-05-06"]
    assert set(today["unmarked"]) <= {"expired", "no_price"}
    assert gone[["sigma", "own_delta", "own_vega"]].isna().all(axis=None)


def test_without_pairs_the_forward_says_so():
    calls = chain().query("right == 'C'")
    assert (forwards(calls, CURVE)["pairs"] == 0).all()


def test_early_exercise_is_flagged_on_american_options_alone():
    european, american = chain(), chain(root="SPY")
    assert not marked(european, CURVE)["early"].any()
    puts = marked(american, CURVE).query("right == 'P' and strike >= 110 and unmarked == ''")
    assert puts["early"].mean() > 0.5


def test_time_runs_to_the_settlement():
    table = chain(expirations=("2024-05-17",), root="SPX")
    assert years_to(table).to_numpy() == pytest.approx((11 - 6.5 / 24) / 365)  # AM: at the open


class TestVendor:
    """iVolatility's own figures, at 0.3 % interest (US bills and notes stood between 0.1 and 1)."""

    @pytest.fixture(scope="class")
    def table(self, shared_data):
        spx, aapl = real(shared_data, "SPX"), real(shared_data, "AAPL")
        one = aapl[aapl["session"] == "2014-08-07"]
        days = [rows for _, rows in spx.groupby("session")] + [one]
        return pd.concat(
            [marked(rows, Curve((1.0,), (0.003,))) for rows in days], ignore_index=True
        )

    @pytest.mark.slow
    def test_volatilities_within_one_and_a_half_points(self, table):
        off = (table["iv"] - table["sigma"]).abs().groupby([table["root"], table["session"]])
        assert off.count().sum() > 8000
        assert off.median().max() < 0.015

    @pytest.mark.slow
    def test_deltas_of_liquid_strikes_within_two_hundredths(self, table):
        liquid = table[(table["open_interest"] >= 100) & table["delta"].abs().between(0.1, 0.9)]
        off = (liquid["delta"] - liquid["own_delta"]).abs().dropna()
        assert len(off) > 2500
        assert off.groupby(liquid["session"]).median().max() < 0.02
        assert (off < 0.02).mean() > 0.9

    def test_greeks_have_the_vendors_units(self, table):
        liquid = table[(table["open_interest"] >= 100) & table["delta"].abs().between(0.2, 0.8)]
        for name in ("gamma", "theta", "vega"):
            ratio = (liquid[name] / liquid[f"own_{name}"]).median()
            assert ratio == pytest.approx(1, abs=0.02), name
