"""Chains of simulated markets: of their own bars, without arbitrage, the same however asked for."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from sigma_core.options import arbitrage
from sigma_core.options.black import Curve
from sigma_core.options.marks import marked
from sigma_core.options.sanity import sane
from sigma_core.options.snapshots import standing
from sigma_core.providers import PROVIDERS
from sigma_core.providers._option_world import PREMIUM, world_of
from sigma_core.providers._path import expected_variance
from sigma_core.providers._simulated_options import _chains
from tests.options.chains import NYSE

TICKER = "ACME-Y1"
OPTIONS = PROVIDERS["simulated"].options
ZERO = Curve((1.0,), (0.0,))
THANKSGIVING = slice(date(2010, 11, 22), date(2010, 11, 30))


def chains(days: slice, ticker: str = TICKER) -> pd.DataFrame:
    return OPTIONS.fn(ticker, None, days.start, days.stop).rows


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    """Six sessions around a half day, the 26th."""
    return chains(THANKSGIVING)


@pytest.fixture(scope="module")
def close(rows) -> pd.DataFrame:
    """The chain at the close of 2010-11-24."""
    return standing(rows[rows["session"] == "2010-11-24"])


def test_the_underlying_is_the_close_of_the_markets_own_bar(rows):
    bars = PROVIDERS["simulated"].fn(TICKER, "hourly", None, None).bars.set_index("ts")["close"]
    seen = rows.drop_duplicates("as_of").set_index("as_of")["underlying"]
    assert len(seen) == 5 * 7 + 4  # a chain at 10:00 … 16:00, and at 10:00 … 13:00 of the half day
    pd.testing.assert_series_equal(seen, bars.loc[seen.index], check_names=False)


def test_at_the_hours_two_expiries_and_at_the_close_all(rows):
    count = rows.groupby("as_of")["expiration"].nunique()
    ends = set(NYSE.sessions(THANKSGIVING.start, THANKSGIVING.stop)["close"])
    assert set(count[~count.index.isin(ends)]) == {2}
    assert count[count.index.isin(ends)].min() > 12


def test_expiries_follow_the_exchange(close):
    kinds = close.drop_duplicates("expiration").set_index("expiration")["kind"]
    days = kinds.index.strftime("%m-%d").tolist()
    assert days[:6] == ["11-24", "11-26", "11-29", "11-30", "12-01", "12-02"]  # a week of dailies
    assert days[6:10] == ["12-03", "12-10", "12-17", "12-23"]  # the 24th was a holiday
    assert kinds["2010-12-17"] == "monthly"
    assert kinds["2010-12-31"] == "quarterly"
    assert {"2011-03-31", "2011-06-30", "2011-09-30"} <= set(kinds.index.strftime("%Y-%m-%d"))
    half = close[close["expiration"] == "2010-11-26"]["settles_at"]
    assert set(half) == {pd.Timestamp("2010-11-26 18:00", tz="UTC")}


def test_strikes_reach_around_the_price_and_follow_it(rows):
    assert (rows["strike"] % 0.5 == 0).all()
    assert (rows.loc[rows["expiration"] > "2010-12-31", "strike"] % 1 == 0).all()
    by = rows.groupby(["session", "as_of", "expiration"])
    assert (by["strike"].min() < by["underlying"].first()).all()
    assert (by["strike"].max() > by["underlying"].first()).all()
    first, last = (set(rows.loc[(rows["session"] == d) & (rows["expiration"] == "2010-12-17"),
                               "strike"]) for d in ("2010-11-22", "2010-11-30"))  # fmt: skip
    assert first <= last


def test_no_quote_can_be_earned_on(rows, monkeypatch):
    monkeypatch.setattr(arbitrage, "CENT", 1e-9)
    for moment in ("2010-11-26 16:00", "2010-11-26 18:00"):
        chain = standing(rows, pd.Timestamp(moment, tz="UTC"))
        found = arbitrage.arbitrage(marked(chain.assign(style="european"), ZERO))
        assert {law: len(report.rows) for law, report in found.items()} == {
            "parity": 0, "butterfly": 0, "calendar": 0,
        }  # fmt: skip
        assert found["parity"].tried > 5


def test_nor_would_it_be_on_values_without_ticks_and_spreads(monkeypatch):
    monkeypatch.setattr(arbitrage, "CENT", 1e-9)
    world = world_of(TICKER)
    of = world.listed(range(226, 227))
    end = world.starts[227] - 1
    spot = np.full(len(of.end), world.prices["close"][end])
    for rest in (0.0, 0.4, 1.0):
        worth = world.value(of, spot, np.full(len(spot), rest))
        made = pd.DataFrame(
            {"root": "ACME", "expiration": of.end, "right": np.where(of.side > 0, "C", "P"),
             "strike": of.strike, "bid": worth, "ask": worth, "mid": worth, "forward": spot,
             "discount": 1.0, "style": "european", "flags": "", "years": of.left + rest}
        )  # fmt: skip
        found = arbitrage.arbitrage(made)
        assert all(report.rows.empty for report in found.values())
        assert min(report.tried for report in found.values()) > 60


def test_our_own_volatilities_and_deltas_are_the_sources(close):
    table = marked(close, ZERO)
    liquid = table[table["delta"].abs().between(0.1, 0.9)]
    assert len(liquid) > 100
    assert (liquid["sigma"] - liquid["iv"]).abs().median() < 0.005
    assert (liquid["own_delta"] - liquid["delta"]).abs().max() < 0.02
    assert table.groupby("expiration")["forward"].first().to_numpy() == pytest.approx(
        close["underlying"].iloc[0], abs=0.05
    )


def test_at_the_money_stands_the_variance_expected_and_its_premium(close):
    world = world_of(TICKER)
    session = int(NYSE.ordinal(close["session"][:1])[0]) - world.listing.first
    state = world.hidden.states[[session]]
    next_two = expected_variance(world.what, state, 2)[0, 1:].sum()
    quoted = close[close["expiration"] == "2010-11-29"]
    years = (quoted["settles_at"] - quoted["as_of"]).dt.total_seconds() / (365 * 86_400)
    level = np.interp(quoted["underlying"].iloc[0], quoted["strike"], quoted["iv"]) ** 2 * years
    assert level.iloc[0] == pytest.approx((1 + PREMIUM) * next_two, rel=0.05)  # the smile is bent


def test_a_skew_below_and_little_above(close):
    quoted = close[close["expiration"] == "2010-12-17"]
    at = {d: quoted.iloc[(quoted["delta"] - d).abs().argmin()]["iv"] for d in (-0.25, 0.5, 0.25)}
    assert at[-0.25] - at[0.5] > 0.005
    assert at[-0.25] > at[0.25]


def test_quotes_stand_on_ticks_and_a_bid_of_nothing_is_missing(rows):
    assert not (rows[["bid", "ask"]] <= 0).any(axis=None)
    assert (rows["ask"] > rows["bid"].fillna(0)).all()
    for side in ("bid", "ask"):
        ticks = rows[side] / np.where(rows[side] < 3, 0.01, 0.05)
        assert (ticks.dropna() - ticks.dropna().round()).abs().max() < 1e-6
    assert rows["bid"].isna().sum() == rows["flags"].str.contains("no_bid").sum() > 0


def test_spreads_widen_with_vega_and_in_the_wings(close):
    quoted = close[close["bid"].notna() & (close["ask"] < 3)]
    spread, near = quoted["ask"] - quoted["bid"], quoted["delta"].abs().between(0.4, 0.6)
    by = spread[near].groupby(quoted["expiration"]).mean()
    assert by.iloc[-1] > 2 * by.iloc[1]
    share = spread / quoted["mid"]
    assert share[quoted["delta"].abs() < 0.1].median() > 3 * share[near].median()


def test_open_interest_is_of_the_morning_grows_and_likes_round_strikes(rows):
    key = ["expiration", "strike", "right"]
    by = rows.groupby(["session", *key])["open_interest"]
    assert (by.min() == by.max()).all()
    daily = rows[rows["expiration"] == "2010-11-30"].groupby("session")["open_interest"].sum()
    assert daily.is_monotonic_increasing
    assert (
        rows.loc[
            (rows["expiration"] == "2010-12-01") & (rows["session"] == "2010-11-23"),
            "open_interest",
        ].sum()
        == 0
    )  # fmt: skip  listed that morning
    held = rows[rows["expiration"] == "2010-12-17"].groupby("strike")["open_interest"].mean()
    ten = held.index % 10 == 0
    near = (held.index > 60) & (held.index < 80)  # the price was about 71
    assert held[ten & near].mean() > 1.5 * held[~ten & near].mean()


def test_volume_grows_through_the_session_most_near_the_money(rows):
    day = rows[rows["session"] == "2010-11-24"].sort_values("as_of")
    assert (day.groupby("symbol")["volume"].diff().dropna() >= 0).all()
    near = day[day["expiration"] <= "2010-11-26"]
    hourly = near.groupby("as_of")["volume"].sum().diff()  # from 11:00 to 16:00
    assert hourly.iloc[1] > hourly.iloc[3] < hourly.iloc[-1]
    last = standing(day)
    off = (last["strike"] / last["underlying"] - 1).abs()
    assert last[off < 0.02]["volume"].mean() > 10 * last[off > 0.1]["volume"].mean()


def test_a_session_is_the_same_alone_and_in_a_longer_market(rows):
    alone = slice(date(2010, 11, 24), date(2010, 11, 24))
    want = rows[rows["session"] == "2010-11-24"].reset_index(drop=True)
    pd.testing.assert_frame_equal(chains(alone), want)
    pd.testing.assert_frame_equal(chains(alone, "ACME-Y2"), want)
    assert not chains(alone, "ACME-Y1-S8")["bid"].equals(want["bid"])


def test_nothing_of_a_chain_is_of_a_later_moment(rows):
    moment = pd.Timestamp("2010-11-24 17:00", tz="UTC")
    world = world_of(TICKER)
    session = int(NYSE.ordinal([moment.tz_localize(None).normalize()])[0]) - world.listing.first
    known = world.closes_at <= moment.value // 1000
    other = replace(
        world,
        prices={name: np.where(known, v, 2 * v) for name, v in world.prices.items()},
        hidden=replace(world.hidden, states=_other_after(world.hidden.states, session)),
        listing=replace(world.listing, morning=_other_after(world.listing.morning, session)),
    )
    found = _chains(other, range(session, session + 1))
    want = rows[(rows["session"] == "2010-11-24") & (rows["as_of"] <= moment)]
    assert len(want) > 200
    pd.testing.assert_frame_equal(
        found[found["as_of"] <= moment][rows.columns], want.reset_index(drop=True)
    )


def _other_after(values, session):
    """Other numbers from the session after on."""
    changed = values.copy()
    changed[session + 1 :] = 2 * values[session + 1 :] + 1
    return changed


def test_the_look_through_finds_what_the_source_says(rows):
    found = OPTIONS.fn(TICKER, None, THANKSGIVING.start, THANKSGIVING.stop)
    looked = sane(rows.drop(columns=["flags", "symbol"]), NYSE)
    pd.testing.assert_frame_equal(looked.rows[rows.columns], rows, check_like=True)
    assert looked.findings == dict(found.findings)


def test_it_says_that_it_is_simulated():
    about = OPTIONS.fn(TICKER, None, date(2010, 11, 24), date(2010, 11, 24)).about
    assert about["simulated"]
    assert about["layout"].startswith("SIMULATED")
