"""No-arbitrage reports: none in prices of one model, each planted one found, and the real days."""

import pandas as pd
import pytest

from sigma_core.options.arbitrage import arbitrage
from sigma_core.options.black import Curve
from sigma_core.options.marks import marked
from tests.options.chains import CURVE, chain, quoted, real


def moved(strike: float, right: str, by: float):
    """The chain with one contract of 2024-06-21 dearer by so much."""
    table = marked(chain(), CURVE)
    at = (table["strike"] == strike) & (table["right"] == right)
    at &= table["expiration"] == "2024-06-21"
    table.loc[at, ["bid", "ask", "mid"]] += by
    return table


@pytest.mark.slow
def test_prices_of_one_model_have_none():
    reports = arbitrage(marked(chain(), CURVE))
    assert {law: len(r.rows) for law, r in reports.items()} == {
        "parity": 0, "butterfly": 0, "calendar": 0,
    }  # fmt: skip
    assert all(report.tried > 20 for report in reports.values())
    assert "none in" in reports["parity"].words


@pytest.mark.slow
def test_a_dear_call_breaks_parity_and_its_butterfly():
    reports = arbitrage(moved(105.0, "C", 2.0))
    row = reports["parity"].rows.iloc[0]
    assert (row["strike"], len(reports["parity"].rows)) == (105.0, 1)
    assert row["gain"] == pytest.approx(2.0 - 0.02, abs=1e-6)  # two dollars less both half spreads
    assert reports["butterfly"].rows.iloc[0]["strike"] == 105.0
    assert "105" in reports["butterfly"].words


def test_a_cheap_put_breaks_parity_the_other_way():
    rows = arbitrage(moved(95.0, "P", -0.5))["parity"].rows
    assert rows["strike"].tolist() == [95.0]


def test_an_early_call_dearer_than_the_later_one_breaks_the_calendar():
    rows = arbitrage(moved(100.0, "C", 2.0))["calendar"].rows
    assert rows["strike"].tolist() == [100.0]
    assert str(rows["expiration"].iloc[0].date()) == "2024-06-21"


def test_american_options_have_no_parity_to_break():
    assert arbitrage(marked(chain(root="SPY"), CURVE))["parity"].tried == 0


def test_a_wide_market_is_no_violation():
    table = moved(105.0, "C", 2.0)
    wide = table.assign(bid=table["bid"] - 1.1, ask=table["ask"] + 1.1)
    assert arbitrage(wide[wide["bid"] > 0])["parity"].rows.empty


@pytest.mark.slow
def test_real_index_chains_hold_within_their_spreads(shared_data):
    for _, rows in real(shared_data, "SPX").groupby("session"):
        reports = arbitrage(marked(rows, Curve((1.0,), (0.003,))))
        assert reports["parity"].tried > 700
        assert reports["parity"].rows.empty
        assert reports["butterfly"].tried > 1500
        assert len(reports["butterfly"].rows) <= 1
        assert reports["calendar"].rows.empty


@pytest.mark.slow
def test_real_quotes_of_single_names_hold_within_theirs(shared_data):
    both = pd.concat([quoted(shared_data, "GOOG"), quoted(shared_data, "AAPL")])
    for _, rows in both[both["session"] != "2014-06-06"].groupby("session"):
        reports = arbitrage(marked(rows, Curve((1.0,), (0.003,))))
        assert reports["butterfly"].tried > 1700
        assert reports["butterfly"].rows["gain"].sum() < 0.03  # two cents of one strike
        assert reports["calendar"].tried > 800
        assert reports["calendar"].rows.empty
        assert reports["parity"].tried == 0  # American: an inequality
