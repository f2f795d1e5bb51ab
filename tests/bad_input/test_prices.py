"""Prices as large and small as markets have had are let in; others are named with their row."""

import json

import pytest

M = "MODEL_ID=tiny_daily"
PRICES = ["open", "high", "low", "close"]
AT = 200
"""The row that is changed, counted from 0: row 201, of 2015-10-19."""


def _cell(name, value):
    def change(t):
        t[name] = t[name].astype(object)
        t.loc[AT, name] = value

    return change


def _row(factor):
    def change(t):
        t.loc[AT, PRICES] *= factor

    return change


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (_cell("close", 1e308), "close is 1e+308, and prices lie between 1e-12 and 1,000,000,000,"),
        (_cell("low", 1e-300), "low is 1e-300, and prices lie between"),
        (_cell("volume", 1e300), "volume is 1e+300, more than there can be"),
        (_cell("volume", "inf"), "volume is inf, more than there can be"),
        (
            _row(1e5),
            "that no market moves in a bar",
        ),
        (_row(1e-5), "that no market moves in a bar"),
        (_cell("high", 1e9), "high is 1e+09 after a close of"),
    ],
)
def test_prices_that_no_market_has(fresh, change, says):
    fresh.bars(change)
    sentence = fresh.refused("build", M, says=says)
    assert sentence.startswith("TINY_daily.csv, row 201 (2015-10-19): ")


@pytest.mark.slow
@pytest.mark.parametrize("scale", [1e-9, 1e-6, 7000.0, 5e9])
def test_prices_of_any_real_size_are_let_in(fresh, scale):
    """A coin of many zeros, history long adjusted for splits, Berkshire's A, a fund adjusted for
    reverse splits: the same market in another unit has the same labels.
    """
    before = json.loads(fresh.run("preview", M, "--json")[1])
    fresh.bars(lambda t: t.assign(**{name: t[name] * scale for name in PRICES}))
    after = json.loads(fresh.run("preview", M, "--json")[1])
    assert (after["rows"], after["trainable"]) == (before["rows"], before["trainable"])


def test_a_flash_crash_is_let_in(fresh):
    """Accenture on 2010-05-06: from 40 dollars to one cent and back within minutes."""

    def crash(t):
        t.loc[AT, "low"] = t.loc[AT - 1, "close"] / 4000

    fresh.bars(crash)
    assert fresh.run("preview", M, "--json")[0] == 0


def test_another_company_under_the_same_name_is_let_in_and_told(fresh):
    """A penny stock that ended, and half a year later a company at another price."""

    def another(t):
        t.loc[:299, PRICES] /= 1e5
        return t.drop(index=range(300, 420))

    fresh.bars(another)
    code, out, err = fresh.run("preview", M, "--json")
    assert code == 0, err
    assert "was it another company before?" in out


def test_a_history_of_which_no_row_has_a_label(fresh):
    """Forty bars are no sixty returns, of which the width of a band is made; the last three end
    beyond them, and RSI has its first value after fourteen changes."""
    fresh.bars(lambda t: t.head(40))
    says = "No row can be learned from: 23 no_band, 3 no_future, 14 warm_up"
    fresh.refused("build", M, says=says)


def test_a_market_of_which_only_closes_are_known(fresh):
    fresh.bars(lambda t: t[["date", "close"]])
    fresh.refused("build", M, says="TINY has closes alone", hint="open")
