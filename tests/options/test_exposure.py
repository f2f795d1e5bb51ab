"""Gamma exposure by hand, its turning point by a root search, and what is left out of it."""

import numpy as np
import pandas as pd
import pytest

from sigma_core.options.black import black, greeks, side_of
from sigma_core.options.exposure import by_strike, exposure, signed
from sigma_core.options.facts import NO_INTEREST
from sigma_core.options.marks import marked
from sigma_core.options.sanity import sane
from tests.options.chains import DAY, NYSE, raw

DAYS = 46
YEARS = DAYS / 365


def held(counts: dict[tuple[str, float], float]):
    """A chain at one volatility of 0.2 and a spot of 100, with that open interest."""
    table = raw(expirations=("2024-06-21",), underlying=100.0)
    mid = black(side_of(table["right"]), 100.0, table["strike"], YEARS, 0.2)
    keys = zip(table["right"], table["strike"], strict=True)
    table["open_interest"] = [counts.get(key, 0.0) for key in keys]
    return marked(sane(table.assign(bid=mid * 0.999, ask=mid * 1.001), NYSE).rows, NO_INTEREST)


def test_dollars_of_a_strike_by_hand():
    # σ√T = 0.2·√(46/365) = 0.071001; φ(0.035500) / (100 · 0.071001) = 0.056153 a unit;
    # 500 contracts of 100 units, 100² / 100 a percent: 280,766 dollars
    table = by_strike(held({("C", 100.0): 500.0, ("P", 100.0): 250.0})).set_index("strike")
    assert table.loc[100.0, "calls"] == pytest.approx(280_766, rel=1e-4)
    assert table.loc[100.0, "puts"] == pytest.approx(140_383, rel=1e-4)
    assert len(table) == 1


def test_totals_peak_and_skew():
    counts = {("C", 105.0): 900.0, ("P", 95.0): 300.0, ("C", 100.0): 10.0}
    row = exposure(held(counts)).iloc[0]
    each = {key: float(greeks(1, 100, key[1], YEARS, 0.2).gamma) * n * 100 * 100
            for key, n in counts.items()}  # fmt: skip
    above, below, at = each.values()
    assert row["gamma_calls"] == pytest.approx(above + at, rel=1e-6)
    assert row["gamma_puts"] == pytest.approx(below, rel=1e-6)
    assert row["gamma_peak_strike"] == 105.0
    assert row["gamma_skew"] == pytest.approx((above - below) / (above + below), rel=1e-6)


def test_conventions_sign_the_same_numbers():
    assert signed(5.0, 2.0, 1) == 3.0
    assert signed(5.0, 2.0, 2) == -7.0


def test_the_flip_is_where_a_root_search_finds_it():
    from scipy.optimize import brentq  # half a second to import

    counts = {("C", 107.5): 500.0, ("P", 95.0): 600.0}

    def total(spot):
        call, put = (
            greeks(1, spot, k, YEARS, 0.2).gamma * n for (_, k), n in counts.items()
        )  # of one strike, a put's gamma is a call's
        return float(call - put)

    found = exposure(held(counts))["gamma_flip"].iloc[0]
    assert found == pytest.approx(brentq(total, 95, 107), rel=5e-4)
    assert np.isnan(exposure(held({("C", 100.0): 5.0}))["gamma_flip"].iloc[0])


def test_rows_of_another_size_or_without_interest_count_for_nothing():
    table = held({("C", 100.0): 500.0})
    assert exposure(table.assign(open_interest=np.nan)).isna().all(axis=None)
    assert exposure(table.assign(flags="adjusted")).isna().all(axis=None)


@pytest.mark.slow
def test_each_snapshot_stands_for_itself():
    one, two = held({("C", 100.0): 500.0}), held({("C", 105.0): 100.0})
    later = two.assign(as_of=two["as_of"] + pd.Timedelta("1min"))
    both = exposure(pd.concat([one, later], ignore_index=True))
    pd.testing.assert_frame_equal(both.iloc[:1], exposure(one))
    assert both["gamma_peak_strike"].tolist() == [100.0, 105.0]
    assert (both.index[0] - DAY.tz_localize("UTC")).days == 0
