"""Prices and greeks: against QuantLib and vollib, and by laws that hold for any numbers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sigma_core.errors import BadRequest
from sigma_core.options.black import Curve, black, greeks, side_of
from tests.options.chains import merton

GREEKS = ["delta", "gamma", "theta", "vega", "rho"]
PRICES = {
    "side": st.sampled_from((1.0, -1.0)),
    "spot": st.floats(10, 1000),
    "money": st.floats(0.5, 2),
    "years": st.floats(0.002, 5),
    "sigma": st.floats(0.03, 2),
    "rate": st.floats(-0.02, 0.1),
    "dividend": st.floats(0, 0.08),
}


def test_hull_and_the_two_libraries():
    # Hull, example 15.6; BSM(100, 100, 0.5, 0.05, 0.2, q 0.01) is the same in vollib and QuantLib
    assert merton([1, -1], 42, 40, 0.5, 0.2, 0.1) == pytest.approx([4.759422, 0.808599], abs=1e-6)
    assert merton(1, 100, 100, 0.5, 0.2, 0.05, 0.01) == pytest.approx(6.594025324130108, abs=1e-12)


def test_quantlib(quantlib):
    q = quantlib
    given = (
        q["side"],
        q["spot"],
        q["strike"],
        q["days"] / 365,
        q["sigma"],
        q["rate"],
        q["dividend"],
    )
    assert merton(*given) == pytest.approx(q["price"].to_numpy(), rel=1e-11, abs=1e-12)
    made = greeks(*given)
    for name in GREEKS:
        assert getattr(made, name) == pytest.approx(q[name].to_numpy(), rel=1e-9, abs=1e-12), name


@settings(deadline=None)  # the first call compiles
@given(**PRICES)
def test_put_call_parity(side, spot, money, years, sigma, rate, dividend):
    strike = spot * money
    call, put = merton([1, -1], spot, strike, years, sigma, rate, dividend)
    held = spot * np.exp(-dividend * years) - strike * np.exp(-rate * years)
    assert call - put == pytest.approx(held, abs=1e-10 * spot)


@settings(deadline=None)  # the first call compiles
@given(**PRICES)
def test_greeks_are_slopes(side, spot, money, years, sigma, rate, dividend):
    strike = spot * money

    def value(s=spot, t=years, v=sigma, r=rate):
        return merton(side, s, strike, t, v, r, dividend).item()

    def slope(name, at, step):
        return (value(**{name: at + step}) - value(**{name: at - step})) / (2 * step)

    made, near = (
        greeks(side, spot, strike, years, sigma, rate, dividend),
        {"abs": 2e-4, "rel": 2e-3},
    )
    assert made.delta == pytest.approx(slope("s", spot, spot * 1e-5), **near)
    assert made.vega * 100 == pytest.approx(slope("v", sigma, 1e-4), abs=1e-3 * spot, rel=2e-3)
    assert made.theta * 365 == pytest.approx(
        -slope("t", years, years * 1e-4), abs=1e-3 * spot, rel=2e-3
    )
    assert made.rho * 100 == pytest.approx(slope("r", rate, 1e-6), abs=1e-3 * spot, rel=2e-3)


def test_at_expiry_an_option_is_worth_what_exercising_it_brings():
    assert black([1, -1, 1], 100, [90, 90, 110], 0.0, 0.2).tolist() == [10.0, 0.0, 0.0]
    assert np.isnan(greeks(1, 100, 90, 0.0, 0.2).delta)


@pytest.mark.parametrize(
    "bad", [{"forward": -1}, {"sigma": np.nan}, {"strike": 0}, {"side": np.nan}]
)
def test_what_is_no_option_has_no_price(bad):
    usual = {"side": 1, "forward": 100, "strike": 100, "years": 1, "sigma": 0.2} | bad
    assert np.isnan(black(**usual))


def test_sides_are_calls_and_puts_alone():
    assert np.isnan(side_of(["X", None])).all()


def test_a_curve_is_straight_between_its_points():
    curve = Curve((1.0, 2.0), (0.02, 0.04))
    assert curve.rate([0.5, 1.5, 9]) == pytest.approx([0.02, 0.03, 0.04])
    assert curve.discount(2.0) == pytest.approx(np.exp(-0.08))


@pytest.mark.parametrize(("years", "rates"), [((), ()), ((1.0, 1.0), (0.1, 0.2)), ((1.0,), ())])
def test_points_that_make_no_curve_are_refused(years, rates):
    with pytest.raises(BadRequest, match="rate curve"):
        Curve(years, rates)
