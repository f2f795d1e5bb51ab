"""Options of real chains: ten trades by hand on SPX, AAPL across its split, SPY's last day."""

from datetime import date

import pandas as pd
import pytest

from sigma_core.domain.policy import Options, Selection
from sigma_core.options.occ import read_symbols
from sigma_core.overlay.choice import assume
from sigma_core.overlay.prints import chain_of_prints, prints_of
from sigma_core.overlay.standing import clock_of
from sigma_core.tape import tape_of
from tests.options.chains import NYSE, real
from tests.options.overlays import account, clock, held

ONE = Options(selection=Selection(dte_target=14, spread_width=None))
WIDE = Options(selection=Selection(dte_target=30, spread_width=25.0, target_delta=0.5))


@pytest.fixture(scope="module")
def spx(shared_data):
    """The file's own rows of SPX, its chain looked through, and daily bars of its closes."""
    rows = pd.read_parquet(shared_data / "option_chains_eod.parquet")
    rows = rows[rows["symbol"] == "SPX"]
    closes = rows.groupby("date")["underlying"].median()
    at = clock(closes.to_numpy(), closes.to_numpy(), pd.DatetimeIndex(closes.index))
    return rows, real(shared_data, "SPX"), at


@pytest.mark.slow
def test_ten_trades_on_spx_by_hand(spx):
    rows, chain, at = spx
    plans = [(0, 1, 2), (0, 1, 4), (1, 2, 3), (1, 2, 4), (2, 3, 4)]
    asked = [
        {"side": side, "signal_bar": s, "entry_bar": e, "entry_at": "close", "fill": close[e],
         "exit_bar": x, "exit_at": "close", "exit_price_raw": close[x], "reason": "time"}
        for close in [at.tape.close] for s, e, x in plans for side in ("long", "short")
    ]  # fmt: skip
    days = sorted(rows["date"].unique())
    quotes = rows.set_index(["date", "root", "expiration", "right", "strike"])[["bid", "ask"]]
    for options in (ONE, WIDE):
        done, found = held(chain, asked, options, at=at)
        assert len(done.trades) == 10
        for number, (own, plan) in enumerate(zip(found, asked, strict=True)):
            trade = done.trades[done.trades["trade"] == number]
            buy, *sell = own.pick.legs
            assert len(sell) == (options is WIDE)
            assert {leg.right for leg in own.pick.legs} == {"C" if plan["side"] == "long" else "P"}

            def quote(leg, bar):
                key = (days[bar], leg.root, pd.Timestamp(leg.expiration), leg.right, leg.strike)
                return quotes.loc[key]

            e, x = plan["entry_bar"], plan["exit_bar"]
            paid = quote(buy, e)["ask"] - sum(quote(leg, e)["bid"] for leg in sell)
            got = quote(buy, x)["bid"] - sum(quote(leg, x)["ask"] for leg in sell)
            got, fee = max(got, 0.0), 0.65 * len(own.pick.legs)
            alone = type(done)(trade, done.marks[done.marks["trade"] == number], {})
            [row] = account(
                alone, options, bars=5, start=1e6, share=0.05, trades=10
            ).trades.to_dict("records")  # fmt: skip
            n = int(50_000 // (100 * paid + fee))
            assert row["contracts"] == n
            assert row["pnl"] == pytest.approx(n * (100 * (got - paid) - 2 * fee))


@pytest.mark.slow
def test_aapl_held_across_its_split_keeps_its_unit_and_says_so(shared_data):
    bars = pd.read_parquet(shared_data / "equity_1d_1998_2021.parquet")
    bars = bars[(bars["symbol"] == "AAPL") & bars["date"].between("2014-05-20", "2014-06-20")]
    adjusted = (bars["close"] * bars["price_factor"] * bars["split_factor"]).to_numpy()
    raw = bars["close"].to_numpy()
    days = pd.DatetimeIndex(bars["date"])
    at = clock(adjusted, adjusted, days)
    s, e, x = (days.get_loc(day) for day in ("2014-06-04", "2014-06-05", "2014-06-12"))
    chain = assume(real(shared_data, "AAPL"), 0.02)  # Lean's file has middles alone
    plan = {"side": "long", "signal_bar": s, "entry_bar": e, "entry_at": "close",
            "fill": adjusted[e], "exit_bar": x, "exit_at": "close", "exit_price_raw": adjusted[x],
            "reason": "time"}  # fmt: skip
    deep = Options(selection=Selection(dte_target=14, spread_width=None, target_delta=0.9))
    done, found = held(chain, [plan], deep, at=at)
    [row] = done.trades.to_dict("records")
    strike = found[0].pick.legs[0].strike
    assert strike > 500  # of before the split: 644.82 on that day
    assert row["notes"] == "split no_chain_at_exit"
    assert row["exit_source"] == "model"
    assert raw[x] == pytest.approx(92.26, abs=0.1)
    inside = 7 * raw[x] - strike  # what one share of before is worth after
    assert inside > 0
    assert row["exit_mid"] == pytest.approx(inside, rel=0.06)


@pytest.fixture(scope="module")
def spy(shared_data):
    """Hourly bars of two sessions of SPY, made of its minutes, and the prints of its options."""
    minutes = pd.read_parquet(shared_data / "spy_1m_2024_2025.parquet")
    options = pd.read_parquet(shared_data / "spy_0dte_option_1m_2024.parquet")
    days = NYSE.sessions(date(2024, 7, 2), date(2024, 7, 3))  # the second a half day
    edges = [
        (row.session, at)
        for row in days.itertuples()
        for at in pd.date_range(row.open.ceil("h"), row.close, freq="h")
    ]
    stamps = pd.DatetimeIndex([at for _, at in edges])
    inside = (minutes["ts"] >= days["open"].iloc[0]) & (minutes["ts"] < stamps[-1])
    own = minutes[inside].assign(bar=lambda t: stamps.searchsorted(t["ts"], side="right"))
    bars = own.groupby("bar").agg(
        open=("open", "first"), high=("high", "max"), low=("low", "min"), close=("close", "last")
    )
    bars = bars.assign(ts=stamps.as_unit("us"), session=[day for day, _ in edges])
    at = clock_of(tape_of(bars.reset_index(drop=True), NYSE, "hourly", horizon="0dte"))
    rows = options.assign(**read_symbols(options["occ"]), symbol=options["occ"].str[2:])
    rows = rows.assign(session=rows["expiration"], ts=rows["ts"] + pd.Timedelta("1min"))
    return options, prints_of(rows, "1m", at), at


@pytest.mark.slow
def test_the_same_day_options_of_spy_are_bought_and_sold_at_their_prints(spy):
    file, prints, at = spy
    tape = at.tape
    asked = [
        {"side": side, "signal_bar": k, "entry_bar": k + 1, "entry_at": "open",
         "fill": tape.open[k + 1], "exit_bar": k + 1, "exit_at": "close",
         "exit_price_raw": tape.close[k + 1], "reason": "time"}
        for k in range(len(tape) - 1)
        if tape.session[k] == tape.session[k + 1] for side in ("long", "short")
    ]  # fmt: skip
    spread = 0.02
    options = Options(selection=Selection(spread_width=None, target_delta=0.5))
    signals = [plan["signal_bar"] for plan in asked]
    chain = chain_of_prints(prints, at, signals, spread=spread)
    done, found = held(chain, asked, options, at=at, prints=prints, assumed=spread)
    assert len(done.trades) > 12
    price = file.set_index(["occ", "ts"])
    opened = 0
    for row in done.trades.to_dict("records"):
        leg = found[row["trade"]].pick.legs[0]
        assert leg.dte == 0
        begin = pd.Timestamp(at.begins[row["entry_bar"]], unit="us", tz="UTC")
        if row["entry_source"] == "bar":
            opened += 1
            first = price.loc[(f"O:{leg.symbol}", begin), "open"]
            assert row["paid"] == pytest.approx(first * (1 + spread / 2))
        end = pd.Timestamp(tape.ts[row["exit_bar"]], unit="us", tz="UTC")
        if row["exit_source"] == "bar":
            own = file[(file["occ"] == f"O:{leg.symbol}") & file["ts"].between(begin, end, "left")]
            assert row["got"] == pytest.approx(own["close"].iloc[-1] * (1 - spread / 2))
        if tape.last[row["exit_bar"]]:
            gain = tape.close[row["exit_bar"]] - leg.strike
            assert row["got"] == pytest.approx(max(gain if leg.right == "C" else -gain, 0.0))
            assert row["reason"] in ("exercised", "expired_worthless")
    assert opened > 10
