"""Implied volatility: against Jäckel's, back to the price, and missing where there is none."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sigma_core.options.black import black, greeks
from sigma_core.options.implied import early_exercise_bound, early_exercise_matters, implied

# QuantLib 1.44, FdBlackScholesVanillaEngine (400 × 800): what an American option is worth over its
# European twin; side, spot, strike, days, sigma, rate, dividend, premium
AMERICAN = [
    (-1, 100, 100, 365, 0.20, 0.05, 0.00, 0.515389),
    (-1, 100, 120, 182, 0.30, 0.06, 0.02, 0.874847),
    (1, 100, 90, 365, 0.20, 0.02, 0.08, 1.730138),
    (-1, 36, 40, 365, 0.20, 0.06, 0.00, 0.641267),
]


def test_lets_be_rational(lets_be_rational):
    t = lets_be_rational
    made = implied(t["side"], t["price"], t["forward"], t["strike"], t["years"])
    assert made.sigma == pytest.approx(t["sigma"].to_numpy(), rel=1e-9)


def test_quantlib_prices_back_to_their_volatility(quantlib):
    q = quantlib[quantlib["vega"] > 1e-6]
    years, price = q["days"] / 365, q["price"]
    discount = np.exp(-q["rate"] * years)
    forward = q["spot"] * np.exp((q["rate"] - q["dividend"]) * years)
    made = implied(q["side"], price, forward, q["strike"], years, discount)
    assert len(q) > 120
    assert made.sigma == pytest.approx(q["sigma"].to_numpy(), abs=1e-6)


@settings(deadline=None)  # the first call compiles
@given(
    side=st.sampled_from((1.0, -1.0)),
    log_money=st.floats(-3, 3),
    years=st.floats(1 / 365 / 24, 10),
    sigma=st.floats(0.005, 6),
    discount=st.floats(0.4, 1.05),
)
def test_there_and_back(side, log_money, years, sigma, discount):
    forward, strike = 100.0, 100 * np.exp(log_money)
    price = black(side, forward, strike, years, sigma, discount)
    made = implied(side, price, forward, strike, years, discount)
    if made.code:  # nothing to invert: all of it is intrinsic, or all that it can ever be worth
        assert np.isnan(made.sigma)
        assert greeks(side, forward, strike, years, sigma).vega < 1e-9
        return
    again = black(side, forward, strike, years, made.sigma, discount)
    assert again == pytest.approx(price, abs=1e-11)
    if greeks(side, forward, strike, years, sigma).vega > 1e-6:
        assert made.sigma == pytest.approx(sigma, abs=1e-6)


@settings(deadline=None)  # the first call compiles
@given(st.floats(-4, 0), st.floats(-60, -1))
def test_tiny_prices_far_out_still_invert(x, exponent):
    forward, strike, price = np.exp(x), 1.0, 10.0**exponent
    made = implied(1, price, forward, strike, 1.0)
    assert (made.code == 0) == (price < forward)
    if made.code == 0:
        assert black(1, forward, strike, 1.0, made.sigma) == pytest.approx(price, rel=1e-6)


@pytest.mark.parametrize(
    ("price", "years", "why"),
    [
        (9.99, 1, "below_intrinsic"),
        (10.0, 1, "below_intrinsic"),
        (100.0, 1, "above_bound"),
        (np.nan, 1, "no_price"),
        (-1.0, 1, "no_price"),
        (12.0, 0, "expired"),
        (12.0, -0.1, "expired"),
        (10 + 2e-15, 1, "no_time_value"),
    ],
)
def test_what_has_none_is_missing_with_its_reason(price, years, why):
    made = implied(1, price, 100, 90, years)
    assert np.isnan(made.sigma)
    assert made.counts() == {why: 1}


def test_shapes_broadcast():
    assert implied(1, np.full((2, 3), 5.0), 100, 100, [0.5, 1, 2]).sigma.shape == (2, 3)


@pytest.mark.parametrize("case", AMERICAN)
def test_the_bound_is_above_what_early_exercise_adds(case):
    side, spot, strike, days, sigma, rate, dividend, premium = case
    about = (side, spot, strike, days / 365)
    assert early_exercise_bound(*about, rate, dividend) > premium
    assert early_exercise_matters(*about, sigma, rate, dividend)


def test_calls_without_dividends_and_puts_without_interest_are_as_european():
    assert early_exercise_bound([1, -1], 100, 100, 1, [0.05, 0.0], [0.0, 0.03]).tolist() == [0, 0]
    assert not early_exercise_matters(1, 100, 100, 1, 0.25, 0.05, 0.0)
