"""Faults of chains: each is named and counted, and none leaves a zero that looks like data."""

import numpy as np
import pandas as pd
import pytest

from sigma_core.options.sanity import WORDS, fit, sane
from tests.options.chains import DAY, NYSE, raw, real


def clean() -> pd.DataFrame:
    """A chain in which there is nothing to find."""
    table = raw(expirations=("2024-05-17", "2024-06-21"), multiplier=100.0)
    return table.query("90 < strike < 110").reset_index(drop=True)


def changed(at, **values) -> pd.DataFrame:
    table = clean()
    for name, value in values.items():
        table.loc[at, name] = value
    return table


def counts(table: pd.DataFrame, day: pd.Timestamp = DAY) -> dict[str, int]:
    return {f.name: f.rows for f in sane(table, NYSE).findings[day]}


# of one row: whether it stays, and what of it is missing then
FAULTS = [
    ({"bid": 30.0, "ask": 20.0}, "crossed", True, ["bid", "ask", "mid"]),
    ({"bid": 0.0}, "no_bid", True, ["bid", "mid"]),
    ({"bid": np.nan}, "no_bid", True, ["bid", "mid"]),
    ({"ask": 0.0}, "no_ask", True, ["ask", "mid"]),
    ({"iv": -1.0}, "no_iv", True, ["iv", "delta"]),
    ({"iv": 0.0}, "no_iv", True, ["iv", "delta"]),
    ({"iv": 1e-7}, "no_iv", True, ["iv", "delta"]),
    ({"multiplier": 10.0}, "adjusted", True, []),
    ({"root": "XSP7"}, "adjusted", True, []),
    ({"expiration": pd.NaT}, "no_contract", False, []),
    ({"strike": 0.0}, "no_contract", False, []),
    ({"right": "X"}, "no_contract", False, []),
    ({"expiration": pd.Timestamp("2024-05-03")}, "expired", False, []),
]


@pytest.mark.parametrize(("values", "name", "stays", "missing"), FAULTS)
def test_a_fault_has_its_name_and_leaves_no_number(values, name, stays, missing):
    table = changed(20, **values)
    found = sane(table, NYSE)
    assert {f.name: f.rows for f in found.findings[DAY]}[name] == 1
    assert len(found.rows) == len(table) - (not stays)
    if stays:
        row = found.rows[found.rows["flags"] == name].iloc[0]
        assert row[missing].isna().all()
        assert not found.rows.loc[[row.name]].pipe(fit).item() or name == "no_iv"


def test_a_clean_chain_has_no_finding():
    assert counts(clean()) == {}


def test_a_contract_listed_twice():
    table = clean()
    same = pd.concat([table, table.iloc[[4]]], ignore_index=True)
    assert counts(same) == {"listed_twice": 1}
    assert len(sane(same, NYSE).rows) == len(table)
    other = pd.concat([table, table.iloc[[4]].assign(bid=1.0)], ignore_index=True)
    assert counts(other) == {"listed_twice": 2}
    assert len(sane(other, NYSE).rows) == len(table) - 1


def test_a_standard_expiry_that_is_skipped():
    later = raw(expirations=("2024-05-10", "2024-06-28"))
    assert counts(later)["missing_expiry"] == 2  # 17 May and 21 June
    assert "missing_expiry" not in counts(raw(expirations=("2024-05-06", "2024-05-10")))
    assert "missing_expiry" not in counts(raw())


def test_a_holiday_has_no_chain():
    good_friday = pd.Timestamp("2024-03-29")
    table = raw(session=good_friday)
    assert counts(table, good_friday) == {"not_a_session": len(table)}
    assert sane(table, NYSE).rows.empty


def test_a_chain_that_repeats_the_session_before_is_stale():
    table = raw(expirations=("2024-06-28",))
    morrow = DAY + pd.Timedelta(days=1)
    again = pd.concat([table, table.assign(session=morrow)], ignore_index=True)
    assert counts(again, morrow)["stale"] == len(table)
    assert "stale" not in counts(again)
    rows = sane(again, NYSE).rows
    assert not fit(rows[rows["session"] == morrow]).any()


def test_strikes_of_before_a_split():
    table = raw(expirations=("2024-06-28",), underlying=100 / 7)
    assert counts(table)["against_underlying"] == len(table)


def test_nothing_is_zero_for_what_is_missing():
    rows = sane(raw().drop(columns=["volume", "open_interest"]), NYSE).rows
    assert rows[["volume", "open_interest", "last"]].isna().all(axis=None)


def test_every_name_has_words():
    for finding in sane(changed(20, bid=0.0), NYSE).findings[DAY]:
        assert WORDS[finding.name] in finding.words


class TestReal:
    def test_apple_across_its_split(self, shared_data):
        rows = real(shared_data, "AAPL")
        day = rows[rows["session"] == "2014-06-10"]  # the first strikes of 7:1 beside the old ones
        old = day[day["strike"] > 300]
        assert len(old) > 2000
        assert old["flags"].str.contains("against_underlying").mean() > 0.95
        new = day[day["strike"].between(60, 140)]
        assert new["flags"].str.contains("against_underlying").mean() < 0.02

    def test_google_of_30_december_is_there_again_on_the_31st(self, shared_data):
        rows = real(shared_data, "GOOG")
        assert set(rows.loc[rows["flags"].str.contains("stale"), "session"]) == {
            pd.Timestamp("2015-12-31")
        }

    def test_no_source_volatility_below_a_basis_point_is_left(self, shared_data):
        for symbol in ("SPX", "AAPL", "GOOG", "SPY"):
            rows = real(shared_data, symbol)
            assert not (rows["iv"] <= 1e-4).any()
            assert not (rows[["bid", "ask", "mid"]] <= 0).any(axis=None)
