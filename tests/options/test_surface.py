"""The surface: at the forward straight in the strike, at fixed days straight in total variance."""

import numpy as np
import pandas as pd
import pytest

from sigma_core.options.black import Curve, black, greeks, side_of
from sigma_core.options.facts import NO_INTEREST, facts
from sigma_core.options.marks import marked
from sigma_core.options.sanity import sane
from sigma_core.options.surface import TENORS, by_expiry, columns, surface
from tests.options.chains import DAY, NYSE, raw

SPOT = 101.0  # between the listed strikes of 100 and 102.5


def sloped(strike, level):
    """A straight smile: ten points less for a strike 50 dollars higher."""
    return level - 0.002 * (np.asarray(strike) - SPOT)


def quoted(levels: dict[str, float], slope: bool = True, **changes) -> pd.DataFrame:
    """A chain without interest or dividends, of one smile an expiry."""
    table = raw(expirations=tuple(levels))
    level = table["expiration"].map({pd.Timestamp(day): v for day, v in levels.items()})
    sigma = sloped(table["strike"], level) if slope else level
    years = (table["expiration"] - DAY).dt.days / 365
    mid = black(side_of(table["right"]), SPOT, table["strike"], years, sigma)
    table = table.assign(bid=mid * 0.999, ask=mid * 1.001, underlying=SPOT, **changes)
    return sane(table, NYSE).rows


def test_at_the_money_is_read_at_the_forward_between_two_strikes():
    (row,) = by_expiry(marked(quoted({"2024-06-21": 0.2}), NO_INTEREST)).itertuples()
    assert row.forward == pytest.approx(SPOT)
    assert row.atm == pytest.approx(0.2, abs=1e-9)  # 0.202 at 100 and 0.197 at 102.5
    assert row.strikes == 17


def test_deltas_are_read_where_they_are():
    from scipy.optimize import brentq  # half a second to import

    (row,) = by_expiry(marked(quoted({"2024-06-21": 0.2}), NO_INTEREST)).itertuples()
    years = 46 / 365
    for name, side, delta in (("put25", -1, -0.25), ("call25", 1, 0.25), ("put10", -1, -0.1)):

        def off(k, side=side, delta=delta):
            return float(greeks(side, SPOT, k, years, sloped(k, 0.2)).delta) - delta

        strike = brentq(off, 80, 125)
        assert getattr(row, name) == pytest.approx(float(sloped(strike, 0.2)), abs=5e-4), name


def test_days_between_expiries_are_straight_in_total_variance():
    table = surface(
        marked(quoted({"2024-05-17": 0.2, "2024-06-21": 0.3}, slope=False), NO_INTEREST)
    )
    # 11 and 46 days: 0.44 and 4.14; at 30, 0.44 + 3.7 · 19/35 = 2.448571; √(2.448571 / 30)
    assert table["atm_30"].iloc[0] == pytest.approx(0.285690, abs=1e-6)
    assert table["atm_0"].iloc[0] == pytest.approx(0.2)
    assert table[["atm_7", "atm_60", "atm_90"]].isna().all(axis=None)


def test_a_flat_smile_has_no_skew_and_no_wings():
    row = surface(marked(quoted({"2024-06-21": 0.25}, slope=False), NO_INTEREST)).iloc[0]
    nearest = row[[f"{point}_0" for point in ("atm", "put25", "call25", "put10", "call10")]]
    assert nearest.to_numpy(dtype=float) == pytest.approx(0.25, abs=1e-9)


def test_nothing_is_drawn_beyond_the_last_strike():
    few = quoted({"2024-06-21": 0.2}).query("strike > 95 and strike < 105")
    row = by_expiry(marked(few, NO_INTEREST)).iloc[0]
    assert row["atm"] == pytest.approx(0.2, abs=1e-9)
    assert row[["put10", "call10"]].isna().all()


@pytest.mark.slow
def test_quotes_that_are_wrong_are_no_part_of_a_smile():
    good, bad = quoted({"2024-06-21": 0.2}), quoted({"2024-06-21": 0.2})
    at = bad["strike"] == 100.0
    crossed = bad.assign(flags=bad["flags"].mask(at, "crossed"), mid=bad["mid"].mask(at))
    assert by_expiry(marked(good, NO_INTEREST))["strikes"].iloc[0] == 17
    row = by_expiry(marked(crossed, NO_INTEREST)).iloc[0]
    assert row["strikes"] == 16
    assert row["atm"] == pytest.approx(0.2, abs=1e-6)  # straight from 97.5 to 102.5


def test_next_to_the_forward_the_other_right_stands_in():
    chain = quoted({"2024-06-21": 0.2})
    gone = (chain["strike"] == 100.0) & (chain["right"] == "P")
    row = by_expiry(marked(chain.assign(mid=chain["mid"].mask(gone)), NO_INTEREST)).iloc[0]
    assert row["strikes"] == 17
    gone = (chain["strike"] == 90.0) & (chain["right"] == "P")
    row = by_expiry(marked(chain.assign(mid=chain["mid"].mask(gone)), NO_INTEREST)).iloc[0]
    assert row["strikes"] == 16


@pytest.mark.slow
def test_an_expiry_that_is_settled_is_no_part_of_it():
    only = raw(expirations=(str(DAY.date()),))
    assert by_expiry(marked(sane(only, NYSE).rows, Curve())).empty
    table = facts(sane(only, NYSE).rows, NYSE)
    assert len(table) == 1
    assert table[list(columns())].isna().all(axis=None)


def test_every_tenor_and_point_is_a_column():
    assert len(columns()) == 5 * len(TENORS)
    assert {"atm_0", "put25_30", "call10_180"} <= set(columns())
