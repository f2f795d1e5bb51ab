"""Every figure of the metrics by hand, and every way it can be undefined."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from sigma_core.calendars import calendar
from sigma_core.domain.policy import Policy
from sigma_core.engine.deals import Deals
from sigma_core.engine.decide import book_of, fixed
from sigma_core.engine.execute import Execution, execute
from sigma_core.engine.measure import (
    cagr_of,
    drawdown,
    fold_rows,
    hold_of,
    hour_rows,
    measure,
    month_rows,
    scaled_drawdown,
    session_returns,
    sharpe_of,
)
from sigma_core.tape import tape_of

R = [0.02, -0.01, 0.0, 0.03, -0.02]
"""Session returns worked on below: mean 0.004, squares 0.0018, so sd = √((0.0018 - 5·0.004²)/4)."""


def trades(ret, size=1.0, **more):
    """As many trades as returns; what is not asked for does not matter."""
    n = len(ret)
    table = {"ret": ret, "size": size, "ambiguous": False, "settled": False, "fold": 0, "hour": 16}
    table |= more
    return pd.DataFrame({k: v if np.ndim(v) else [v] * n for k, v in table.items()})


def daily(closes, *, start="2020-01-30", first=1):
    """A tape of daily closes whose bars from `first` on are out of fold, in one fold."""
    days = calendar("XNYS").sessions().query("session >= @start").head(len(closes))
    bars = pd.DataFrame({"session": days["session"].to_numpy(), "ts": days["close"].to_numpy()})
    for price in ("open", "high", "low", "close"):
        bars[price] = np.asarray(closes, float)
    tape = tape_of(bars, calendar("XNYS"), "daily", horizon="swing")
    rows = len(closes) - first
    book = book_of(
        np.full((rows, 3), 1 / 3), ("DOWN", "FLAT", "UP"), np.zeros(rows), tape, Policy(),
        offset=first,
    )  # fmt: skip
    return tape, book


class Done(Execution):
    """An execution whose trades are given, whatever book they come from."""

    trades: pd.DataFrame = None  # type: ignore[assignment]
    best: np.ndarray = None  # type: ignore[assignment]


def done(curve, table, *, held=None, best=None, tape=None, book=None):
    curve = np.asarray(curve, float)
    flags = np.zeros(len(curve), bool) if held is None else np.asarray(held)
    nothing = {name: np.empty(0) for name in Deals.__dataclass_fields__}
    known = {name: table[name].to_numpy() for name in ("ret", "size", "ambiguous", "settled")}
    made = Done(
        tape=tape, book=book, cuts=None, policy=None, equity=curve, held=flags,
        account=1 + (curve - 1) / 10,
        deals=Deals(**nothing | known | {"bar": np.arange(len(table))}), counts={}, pending=None,
    )  # fmt: skip
    object.__setattr__(made, "trades", table)
    object.__setattr__(made, "best", curve if best is None else np.asarray(best, float))
    return made


def measured(returns=R, ret=(0.02, -0.01, 0.03, -0.02), size=1.0, held=None, best=None, **more):
    curve = np.cumprod(1 + np.array(returns, float))
    tape, book = daily(np.r_[1.0, curve])
    table = trades(list(ret), size, **more)
    return measure(done(curve, table, held=held, best=best, tape=tape, book=book), book, tape)


NO_BOTH = {"settled_share": "no bar held both levels"}


def test_figures_of_the_session_returns():
    m = measured()
    sd = np.sqrt((0.0018 - 5 * 0.004**2) / 4)
    assert m.sharpe == pytest.approx(0.004 / sd * np.sqrt(252), rel=1e-12)
    assert m.volatility == pytest.approx(sd * np.sqrt(252), rel=1e-12)
    # downside: √((0.0001 + 0.0004) / 5) = 0.01
    assert m.sortino == pytest.approx(0.4 * np.sqrt(252), rel=1e-12)
    assert m.es95 == pytest.approx(-0.02)
    assert m.return_ == pytest.approx(1.02 * 0.99 * 1.03 * 0.98 - 1, rel=1e-12)
    assert m.cagr == pytest.approx((1 + m.return_) ** (252 / 5) - 1, rel=1e-12)
    assert m.max_dd == pytest.approx(-0.02)
    assert m.calmar == pytest.approx(m.cagr / 0.02, rel=1e-12)
    assert (m.sessions, m.years, m.undefined) == (5, 5 / 252, NO_BOTH)


def test_figures_of_the_trades():
    m = measured(
        ret=(0.02, -0.01, 0.03, -0.02), size=[1.0, 0.5, 0.5, 1.0],
        ambiguous=[True, False, False, False], settled=[False, True, False, True],
        held=[True, True, False, True, True],
    )  # fmt: skip
    assert (m.trades, m.win_rate, m.ambiguous_share, m.exposure) == (4, 0.5, 0.25, 0.8)
    assert m.settled_share == pytest.approx(2 / 3)
    assert m.avg_trade == pytest.approx(0.005)
    assert m.profit_factor == pytest.approx((0.02 + 0.015) / (0.005 + 0.02))
    assert m.turnover == pytest.approx(2 * 3.0 / (5 / 252))


def test_an_ambiguous_trade_bounds_return_and_sharpe_by_the_curve_that_met_its_target():
    m = measured([0.01, -0.01], best=[1.01, 1.0504], ambiguous=[True, False, False, False])
    assert m.return_best == pytest.approx(0.0504)
    assert m.sharpe_best == pytest.approx(0.025 / (0.03 / np.sqrt(2)) * np.sqrt(252), rel=1e-9)
    sure = measured([0.01, 0.02], best=[9.0, 9.0])
    assert (sure.return_best, sure.sharpe_best) == (sure.return_, sure.sharpe)


def test_a_trade_without_a_gain_is_no_win():
    assert measured(ret=(0.0, 0.01)).win_rate == 0.5


def test_expected_shortfall_is_of_the_worst_twentieth_rounded_up():
    returns = np.arange(1, 41) / 1000
    assert measured(returns).es95 == pytest.approx((0.001 + 0.002) / 2)
    assert measured(returns[:-1]).es95 == pytest.approx((0.001 + 0.002) / 2)
    # 7 of 140
    assert measured(np.arange(1, 141) / 1e5).es95 == pytest.approx(4e-5)


def test_nothing_traded_is_undefined_with_reasons_and_not_nought():
    m = measured([0.0] * 4, ret=())
    assert m.undefined == {
        "sharpe": "no trade", "sortino": "no losing session", "calmar": "no drawdown",
        "win_rate": "no trade", "avg_trade": "no trade", "profit_factor": "no trade",
        "ambiguous_share": "no trade", "sharpe_best": "as the Sharpe ratio", **NO_BOTH,
    }  # fmt: skip
    assert all(getattr(m, name) is None for name in m.undefined)
    assert (m.return_, m.cagr, m.max_dd, m.volatility, m.turnover) == (0.0, 0.0, 0.0, 0.0, 0.0)


def test_no_loss_has_no_profit_factor_no_sortino_and_no_calmar():
    m = measured([0.01, 0.02], ret=(0.01, 0.02))
    assert m.undefined == {
        "profit_factor": "no losing trade", "sortino": "no losing session",
        "calmar": "no drawdown", **NO_BOTH,
    }  # fmt: skip


def test_one_session_has_no_spread():
    m = measured([-0.01], ret=(-0.01,))
    assert m.undefined == {
        "sharpe": "fewer than two sessions", "volatility": "fewer than two sessions",
        "sharpe_best": "as the Sharpe ratio", **NO_BOTH,
    }  # fmt: skip


def test_returns_that_do_not_vary_have_no_sharpe():
    assert measured([0.01, 0.01, 0.01], ret=(0.01,)).undefined["sharpe"] == "returns do not vary"


def test_a_growth_beyond_floats_is_undefined():
    m = measured([30.0], ret=(30.0,))
    assert (m.cagr, m.undefined["cagr"]) == (None, "too large to write down")
    assert cagr_of(0.21, 2.0) == pytest.approx(0.1)


def test_total_loss_is_a_return_of_minus_one_and_then_nothing():
    returns = session_returns(np.array([0.5, 0.0, 0.0]), np.array([1, 2, 3]))
    assert returns.tolist() == [-0.5, -1.0, 0.0]
    assert drawdown(np.array([0.5, 0.0, 0.0])) == -1.0
    assert cagr_of(-1.0, 0.1) == -1.0


def test_session_returns_are_from_last_bar_to_last_bar():
    curve, session = np.array([1.1, 1.21, 1.0, 1.5, 1.8]), np.array([7, 7, 9, 9, 9])
    assert session_returns(curve, session) == pytest.approx([0.21, 1.8 / 1.21 - 1])


def test_drawdown_is_marked_at_every_bar_and_from_the_first_capital():
    assert drawdown(np.array([0.9, 1.0, 1.2, 0.6, 1.3])) == pytest.approx(-0.5)
    assert drawdown(np.array([0.9, 0.95])) == pytest.approx(-0.1)
    assert drawdown(np.array([1.0, 1.1])) == 0.0


def test_the_scaled_drawdown_is_that_of_returns_at_ten_percent_volatility():
    curve = np.array([1.2, 0.9])  # returns 0.2, -0.25; at 40 % volatility a quarter of them
    assert scaled_drawdown(curve, 0.4) == pytest.approx(-0.0625)
    assert scaled_drawdown(curve, 0.05) == pytest.approx(-0.25)  # never scaled up
    assert scaled_drawdown(curve, 0.0) == pytest.approx(-0.25)
    m = measured()
    k = 0.10 / m.volatility
    assert k < 1
    assert m.max_dd_scaled == pytest.approx(-0.02 * k)


def test_the_account_is_measured_beside():
    m = measured()
    assert m.return_account == pytest.approx(m.return_ / 10)
    assert m.max_dd_account == pytest.approx(drawdown(1 + (np.cumprod(1 + np.array(R)) - 1) / 10))


def test_a_crypto_year_has_365_sessions():
    assert sharpe_of(np.array(R), 365) == pytest.approx(
        sharpe_of(np.array(R), 252) * (365 / 252) ** 0.5
    )


def test_buy_and_hold_is_close_over_previous_close():
    tape, book = daily([50.0, 55.0, 44.0, 66.0])
    hold, m = hold_of(tape, book)
    assert m == pytest.approx([0.1, -0.2, 0.5])
    assert (hold.return_, hold.max_dd) == (pytest.approx(0.32), pytest.approx(-0.2))
    assert hold.sharpe == pytest.approx(m.mean() / m.std(ddof=1) * np.sqrt(252))
    assert hold.cagr == pytest.approx(1.32 ** (252 / 3) - 1)


def test_months_compound_their_sessions_beside_buy_and_hold():
    # 2020-01-31, then 2020-02-03, -04
    tape, book = daily([100, 101, 102, 103.02])
    rows = month_rows(done([1.1, 1.2, 1.5], trades([])), book, tape)
    assert [(r["year"], r["month"]) for r in rows] == [(2020, 1), (2020, 2)]
    assert [r["return"] for r in rows] == pytest.approx([0.1, 1.5 / 1.1 - 1])
    assert [r["hold"] for r in rows] == pytest.approx([0.01, 0.02])


def test_hours_are_those_of_the_decision():
    table = trades([0.01, -0.02, 0.03], hour=[10, 15, 10])
    assert hour_rows(done([1.0], table)) == [
        {"hour": 10, "trades": 2, "win_rate": 1.0, "avg_trade": pytest.approx(0.02)},
        {"hour": 15, "trades": 1, "win_rate": 0.0, "avg_trade": pytest.approx(-0.02)},
    ]


def test_folds_begin_at_one_and_count_the_trades_they_opened():
    tape, book = daily([100, 110, 99, 99, 198])
    book = replace(book, blocks=((1, 2), (3, 4)))
    table = trades([0.2, -0.1], fold=[0, 0])
    first, second = fold_rows(done([1.2, 0.6, 0.6, 0.9], table), book, tape, np.array([0.5, 0.6]))
    assert (first["start"], first["end"]) == ("2020-01-31", "2020-02-03")
    assert (first["cut"], first["trades"], first["win_rate"]) == (0.5, 2, 0.5)
    assert (first["return"], first["max_dd"]) == (pytest.approx(-0.4), pytest.approx(-0.5))
    assert first["hold"] == pytest.approx(-0.01)
    assert (second["cut"], second["trades"], second["win_rate"]) == (0.6, 0, None)
    assert (second["return"], second["hold"]) == (pytest.approx(0.5), pytest.approx(1.0))


@pytest.mark.parametrize("seed", range(8))
def test_folds_and_months_compound_to_the_whole(case_of, seed):
    case = case_of(seed)
    cuts = fixed(0.55, 5)
    run = execute(case.tape, case.book, cuts, case.plan, case.policy, position_size=0.1)
    whole = measure(run, case.book, case.tape)
    hold, m = hold_of(case.tape, case.book)
    rows = fold_rows(run, case.book, case.tape, cuts.values), month_rows(run, case.book, case.tape)
    for parts in rows:
        for name, total in (("return", whole.return_), ("hold", hold.return_)):
            assert np.prod([1 + row[name] for row in parts]) - 1 == pytest.approx(total, abs=1e-12)
    assert sum(row["trades"] for row in rows[0]) == whole.trades
    assert sum(row["trades"] for row in hour_rows(run)) == whole.trades
    closes = case.bars.groupby("session")["close"].last().pct_change()
    first = case.bars["session"].iloc[case.book.start]
    last = case.bars["session"].iloc[case.book.end]
    assert m == pytest.approx(closes[(closes.index >= first) & (closes.index <= last)].to_numpy())
