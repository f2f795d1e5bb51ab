"""Volume and open interest: by hand, and on every real chain by a loop that does it plainly."""

import numpy as np
import pandas as pd
import pytest

from sigma_core.options.facts import OF_ALL, facts
from sigma_core.options.positioning import counted, oi_change, positioning
from sigma_core.options.sanity import sane
from tests.options.chains import DAY, NYSE, chain, raw, real

MORROW = DAY + pd.Timedelta(days=1)
NONE = chain()[:0]
"""No former session."""
WEEK = ("2024-05-10", "2024-05-17")


def held(counts: dict[tuple[str, float], float], **changes):
    """The nearest expiry with that open interest, the next with none."""
    table = raw(expirations=WEEK, **changes)
    near = table["expiration"] == WEEK[0]
    keys = zip(near, table["right"], table["strike"], strict=True)
    oi = [counts.get((right, strike), 0.0) if this else 0.0 for this, right, strike in keys]
    return sane(table.assign(open_interest=oi), NYSE).rows


def test_max_pain_and_peak_by_hand():
    """Paid out at 95: 100·5 of calls at 90; at 100: 100·10 and 30·0; at 110: more of both."""
    rows = held({("C", 90.0): 100.0, ("P", 100.0): 150.0, ("C", 105.0): 60.0})
    row = positioning(rows, NONE).iloc[0]
    # 90: 150·10 = 1500; 92.5: 100·2.5 + 150·7.5 = 1375; 95: 500 + 750; 97.5: 750 + 375 = 1125;
    # 100: 1000; 102.5: 1250
    assert row["max_pain"] == 100.0
    assert row["oi_peak_strike"] == 100.0
    assert row["oi_concentration"] == pytest.approx((100**2 + 150**2 + 60**2) / 310**2)
    assert row["pcr_oi"] == pytest.approx(150 / 160)


def test_a_tie_goes_to_the_strike_nearest_the_underlying_then_the_lower():
    assert (
        positioning(held({("C", 90.0): 5.0, ("P", 102.5): 5.0}), NONE)["oi_peak_strike"].iloc[0]
        == 102.5
    )
    assert (
        positioning(held({("C", 97.5): 5.0, ("P", 102.5): 5.0}), NONE)["oi_peak_strike"].iloc[0]
        == 97.5
    )


def test_unknown_is_missing_and_never_none():
    empty = positioning(held({}), NONE).iloc[0]
    assert (
        empty[["oi_peak_strike", "oi_concentration", "max_pain", "pcr_oi", "oi_change"]]
        .isna()
        .all()
    )
    assert empty["pcr_volume"] == 1.0
    unknown = chain().assign(volume=np.nan, open_interest=np.nan)
    assert positioning(unknown, NONE).isna().all(axis=None)


def test_change_is_of_the_same_contracts():
    before = held({("C", 90.0): 100.0, ("P", 100.0): 50.0, ("C", 120.0): 20.0})
    now = held({("C", 90.0): 130.0, ("P", 100.0): 50.0, ("C", 105.0): 70.0}, session=MORROW)
    ended, listed = before["strike"] < 120, now["strike"] != 105
    formers = before[ended].assign(session=MORROW)
    assert oi_change(now[listed], formers).iloc[0] == pytest.approx(30 / 150)
    assert oi_change(now, NONE).empty


@pytest.mark.slow
def test_only_the_session_before_is_looked_back_at():
    two = pd.concat([held({("C", 90.0): 100.0}), held({("C", 90.0): 120.0}, session=MORROW)])
    assert facts(two, NYSE)["oi_change"].tolist() == pytest.approx([np.nan, 0.2], nan_ok=True)
    apart = pd.concat(
        [held({("C", 90.0): 100.0}), held({("C", 90.0): 9.0}, session=MORROW + pd.Timedelta("1D"))]
    )
    assert facts(apart, NYSE)["oi_change"].isna().all()


@pytest.mark.slow
def test_a_snapshot_that_lacks_an_expiry_tells_no_sums_over_all():
    whole = pd.concat([chain(expirations=WEEK), chain(session=MORROW, expirations=WEEK)])
    part = whole[(whole["session"] == DAY) | (whole["expiration"] == WEEK[0])]
    assert facts(whole, NYSE)[list(OF_ALL)].iloc[1].notna().sum() >= 5
    row = facts(part, NYSE).iloc[1]
    assert row[list(OF_ALL)].isna().all()
    assert row["oi_peak_strike"] > 0


def test_a_repeated_chain_tells_nothing():
    stale = chain().assign(flags="stale")
    row = facts(stale, NYSE).drop(columns=["ts", "session", "underlying"])
    assert row.isna().all(axis=None)


@pytest.mark.slow
@pytest.mark.parametrize("symbol", ["SPX", "AAPL", "GOOG"])
def test_real_chains_by_a_plain_loop(shared_data, symbol):
    rows = real(shared_data, symbol)
    rows = rows[rows["session"].isin(rows["session"].unique()[:6])]
    found = positioning(rows, NONE)
    seen = 0
    for moment, some in rows[counted(rows)].groupby("as_of"):
        row, live = found.loc[moment], some[some["settles_at"] > moment]
        near = live[live["settles_at"] == live["settles_at"].min()].dropna(subset=["open_interest"])
        pain, size, volume = {}, {}, {"C": 0.0, "P": 0.0}
        contracts = list(zip(near["right"], near["strike"], near["open_interest"], strict=True))
        for _, strike, oi in contracts:
            size[strike] = size.get(strike, 0.0) + oi
        for level in size:
            pain[level] = sum(
                oi * max(level - k if right == "C" else k - level, 0.0)
                for right, k, oi in contracts
            )
        for right, traded in zip(some["right"], some["volume"], strict=True):
            volume[right] += 0.0 if np.isnan(traded) else traded
        if volume["C"]:
            assert row["pcr_volume"] == pytest.approx(volume["P"] / volume["C"])
        if sum(size.values()):
            assert size[row["oi_peak_strike"]] == max(size.values())
            assert pain[row["max_pain"]] == pytest.approx(min(pain.values()))
            seen += 1
    assert seen >= 1
