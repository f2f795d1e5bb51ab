"""Laws of an account that holds options, over random trades: money is kept, nothing is foreseen."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sigma_core.domain.policy import Options, Selection
from sigma_core.options.sanity import sane
from sigma_core.overlay.account import account_of
from tests.options.chains import NYSE, raw
from tests.options.overlays import clock, held

DAYS = NYSE.sessions(pd.Timestamp("2024-05-06").date(), pd.Timestamp("2024-05-24").date())[
    "session"
].reset_index(drop=True)
WALK = 100 * np.exp(np.cumsum(np.random.default_rng(7).normal(0, 0.01, len(DAYS))))
EXPIRIES = ("2024-05-10", "2024-05-17", "2024-06-21")
GAPS = {3, 8}
"""Sessions whose chain is missing."""


@pytest.fixture(scope="module")
def market():
    """A clock of random closes and chains of most sessions, quotes scaled to each close."""
    parts = []
    for place, (day, close) in enumerate(zip(DAYS, WALK, strict=True)):
        if place not in GAPS:
            part = raw(day, EXPIRIES)
            part[["bid", "ask"]] *= close / 100  # strikes stay: skewed, and that may be
            parts.append(part.assign(underlying=close))
    at = clock(WALK, WALK * 1.002, pd.DatetimeIndex(DAYS))
    return sane(pd.concat(parts), NYSE).rows, at


@st.composite
def trades(draw):
    """Trades of the underlying one after another, of any side, length and way in and out."""
    rows, free = [], 0
    while free < len(DAYS) - 2 and len(rows) < 4:
        signal = draw(st.integers(free, len(DAYS) - 2))
        exit_ = draw(st.integers(signal + 1, len(DAYS) - 1))
        way = draw(st.sampled_from(["open", "inside", "close"]))
        level = WALK[exit_] * draw(st.floats(0.97, 1.03))
        price = {"open": WALK[exit_] * 1.002, "close": WALK[exit_]}.get(way, level)
        rows.append(
            {
                "side": draw(st.sampled_from(["long", "short"])), "signal_bar": signal,
                "entry_bar": signal + 1, "entry_at": "open", "fill": WALK[signal + 1] * 1.002,
                "exit_bar": exit_, "exit_at": way, "exit_price_raw": price, "reason": "time",
            }
        )  # fmt: skip
        free = exit_
    return rows


POLICIES = st.builds(
    Options,
    selection=st.builds(
        Selection,
        target_delta=st.floats(0.2, 0.8),
        dte_target=st.sampled_from([None, 5.0, 40.0]),
        spread_width=st.sampled_from([None, 5.0]),
    ),
    spread_share=st.floats(0, 1),
    premium_stop=st.sampled_from([None, 0.3]),
    premium_target=st.sampled_from([None, 0.3]),
)


@pytest.mark.slow
@settings(max_examples=6, deadline=None)
@given(rows=trades(), options=POLICIES)
def test_cash_and_position_are_the_equity_at_every_bar(market, rows, options):
    chain, at = market
    done, _ = held(chain, rows, options, at=at)
    money = account_of(done, np.ones(len(rows)), options, bars=len(DAYS), start=50_000.0, share=0.1)
    marks = {(m["trade"], m["bar"]): m["mid"] for m in done.marks.to_dict("records")}
    cash, held_now, curve = 50_000.0, None, []
    bought = money.trades.to_dict("records")
    for bar in range(len(DAYS)):  # slowly, from fills and marks alone
        for t in bought:
            if t["entry_bar"] == bar:
                unit = t["paid"] * t["multiplier"] + options.commission * t["legs"]
                cash, held_now = cash - t["contracts"] * unit, t
            if t["exit_bar"] == bar:
                fee = 0 if t["settled"] else options.commission * t["legs"]
                cash += t["contracts"] * (t["got"] * t["multiplier"] - fee)
                held_now = None
        position = 0.0
        if held_now:
            mid = marks[held_now["trade"], bar]
            position = held_now["contracts"] * held_now["multiplier"] * mid
        curve.append(cash + position)
        assert money.cash[bar] == pytest.approx(cash)
        assert money.position[bar] == pytest.approx(position)
    assert money.equity == pytest.approx(np.array(curve))
    assert money.equity[-1] == pytest.approx(50_000 + sum(t["pnl"] for t in bought))
    assert len(bought) + len(money.refused) == len(rows)
    for t in bought:
        assert t["cost"] <= 0.1 * money.cash[max(t["entry_bar"] - 1, 0)] + 1e-9
        assert t["paid"] >= t["entry_mid"] > 0
        assert t["exit_mid"] + 1e-9 >= t["got"] >= 0


@pytest.mark.slow
@settings(max_examples=3, deadline=None)
@given(rows=trades(), options=POLICIES, scale=st.sampled_from([0.5, 2.0]))
def test_chains_of_later_change_neither_contract_nor_entry(market, rows, options, scale):
    chain, at = market
    first = pd.Timestamp(at.tape.ts[rows[0]["signal_bar"]], unit="us", tz="UTC")
    other = chain.copy()
    other.loc[chain["as_of"] > first, ["bid", "ask", "mid"]] *= scale
    (before, found), (after, chosen) = (held(each, rows, options, at=at) for each in (chain, other))
    assert (chosen[0].pick, chosen[0].as_of) == (found[0].pick, found[0].as_of)
    for name in ("paid", "entry_mid", "entry_source"):
        told = [set(done.trades.query("trade == 0")[name]) for done in (before, after)]
        assert told[0] == told[1]


@pytest.mark.slow
def test_what_is_quoted_is_never_had_for_better(market):
    chain, at = market
    rows = [
        {"side": side, "signal_bar": k, "entry_bar": k + 1, "entry_at": "close",
         "fill": WALK[k + 1], "exit_bar": k + 3, "exit_at": "close", "exit_price_raw": WALK[k + 3],
         "reason": "time"}
        for k in range(len(DAYS) - 4) for side in ("long", "short")
    ]  # fmt: skip
    options = Options(selection=Selection(dte_target=20, spread_width=None))
    done, found = held(chain, rows, options, at=at)
    quote = chain.set_index(["session", "symbol"])
    seen = 0
    for t in done.trades.to_dict("records"):
        symbol = found[t["trade"]].pick.legs[0].symbol
        for bar, price, source, name in (
            (t["entry_bar"], t["paid"], t["entry_source"], "ask"),
            (t["exit_bar"], t["got"], t["exit_source"], "bid"),
        ):
            if source == "quote":
                seen += 1
                assert price == pytest.approx(quote.loc[(DAYS[bar], symbol), name])
    assert seen > 20
    assert {"quote", "model"} <= set(done.trades["entry_source"])  # two sessions have no chain
