"""QuantConnect Lean's figures: what of them is ours again, and why the rest cannot be.

Its universe files have a middle price, no bid and no ask. GOOG and SPY have days to expiry by which
its greeks and its volatility belong together; prices that its volatilities do not give are told.
"""

import numpy as np
import pandas as pd
import pytest

from sigma_core.options.black import Floats, greeks, side_of
from sigma_core.options.implied import implied
from tests.options.chains import merton


@pytest.fixture(scope="module")
def lean(shared_data) -> pd.DataFrame:
    """Rows with a volatility, and the days to the listed expiry."""
    table = pd.read_parquet(shared_data / "option_chains_eod.parquet")
    rows = table[(table["source"] == "lean_universe") & (table["iv"] > 1e-4)]
    return rows.assign(days=(rows["expiration"] - rows["date"]).dt.days)


def our_own(rows: pd.DataFrame, years: Floats, rate: float, dividend: float) -> Floats:
    forward = rows["underlying"] * np.exp((rate - dividend) * years)
    side = side_of(rows["right"])
    return implied(side, rows["mid"], forward, rows["strike"], years, np.exp(-rate * years)).sigma


class TestGoogle:
    """Without dividends; the Federal Reserve's discount rate had been 0.75 % until that week."""

    RATE = 0.0075

    @pytest.fixture(scope="class")
    def rows(self, lean):
        return lean[lean["symbol"] == "GOOG"]

    def test_greeks_of_its_volatilities_a_day_nearer_to_expiry(self, rows):
        # Lean stamps the chain with the midnight after the session
        years = (rows["days"] - 1).clip(lower=0) / 365
        made = greeks(side_of(rows["right"]), rows["underlying"], rows["strike"], years,
                      rows["iv"], self.RATE)  # fmt: skip
        liquid = rows["delta"].abs().between(0.1, 0.9).to_numpy()
        off = np.abs(made.delta - rows["delta"])[liquid]
        assert len(off) > 6000
        assert off.median() < 0.001
        assert (off < 0.02).mean() > 0.98
        for name in ("gamma", "vega", "theta"):
            ratio = np.nanmedian((getattr(made, name) / rows[name])[liquid])
            assert ratio == pytest.approx(1, abs=0.002), name

    def test_its_volatilities_are_not_of_its_prices(self, rows):
        years = (rows["days"] - 1) / 365
        off = np.abs(our_own(rows, years, self.RATE, 0.0) - rows["iv"])
        assert 0.15 < np.nanmedian(off) < 0.2  # 18 points: ours differ because theirs do
        row = rows[(rows["date"] == "2015-12-23") & (rows["expiration"] == "2016-03-18")
                   & (rows["strike"] == 860) & (rows["right"] == "C")].iloc[0]  # fmt: skip
        worth = merton(1, row["underlying"], 860, 85 / 365, row["iv"], self.RATE).item()
        assert row["mid"] == pytest.approx(5.89)
        assert worth > 200


def test_apples_of_june_2014_are_not_of_their_prices_either(lean):
    rows = lean[(lean["symbol"] == "AAPL") & (lean["date"] < "2015-01-01")]
    off = np.abs(our_own(rows, (rows["days"] - 1) / 365, 0.0075, 0.0) - rows["iv"])
    assert np.nanmedian(off) > 0.5
    sides = rows.pivot_table(index=["date", "expiration", "strike"], columns="right", values="iv")
    assert (sides["C"] == sides["P"]).all()  # one for both, whatever they cost


class TestSpy:
    """Calls only, so no pair tells the forward: 5.3 % interest (bills) and 1.5 % of dividends."""

    RATE, DIVIDEND = 0.053, 0.015

    @pytest.fixture(scope="class")
    def rows(self, lean):
        return lean[lean["symbol"] == "SPY"]

    def test_of_months_and_years_they_are_ours_again(self, rows):
        long = rows[rows["days"] > 200]
        years = long["days"] / 365
        own = our_own(long, years, self.RATE, self.DIVIDEND)
        made = greeks(1, long["underlying"], long["strike"], years, own, self.RATE, self.DIVIDEND)
        assert len(long) == 18
        assert np.median(np.abs(own - long["iv"])) < 0.015
        assert np.median(np.abs(made.delta - long["delta"])) < 0.02

    def test_of_days_a_cent_is_many_points(self, rows):
        short = rows[rows["days"] <= 200]
        assert len(short) == 84
        assert short["delta"].median() > 0.998  # all but a few are deep in the money
        assert 0.01 / short["vega"].median() > 8  # points a cent
        years = short["days"] / 365
        least = short["underlying"] - short["strike"] * np.exp(-self.RATE * years)
        assert (short["mid"] < least).mean() > 0.3  # no European volatility gives these
        assert np.isnan(our_own(short, years, self.RATE, 0.0))[short["mid"] < least].all()
