"""Trades entered at a session's close: against a slow reading of the rules, and by hand."""

import numpy as np
import pytest

from sigma_core.domain.policy import Brackets, Policy
from sigma_core.domain.trial import Rule
from sigma_core.engine.decide import fixed
from sigma_core.engine.execute import execute
from sigma_core.engine.measure import drawdown
from sigma_core.engine.replay import replay

NIGHT = Brackets(enabled=False, entry_mode="session_close")


def overnight(case_of, seed):
    """A random case of daily or hourly bars, held over night."""
    case = case_of([0, 1, 3, 4, 5, 7][seed % 6] + 8 * (seed // 6))
    return case.but(policy=Policy(slippage_bps=3.0, fee_bps=2.0, brackets=NIGHT))


def slow(case, cut):
    """Trades (signal, entry, exit, price, reason), the curve and the bars held, bar by bar."""
    tape, book = case.tape, case.book
    n, last = len(tape), book.end
    trades, equity, held = [], [], set()
    capital, paid, signal, entered, side = 1.0, np.nan, None, None, 0
    for i in range(book.start, last + 1):
        closes = case.cadence == "daily" or i + 1 == n or tape.session[i + 1] != tape.session[i]
        if entered is not None:  # out at this bar's open
            held.add(i)
            out = tape.open[i] * (1 - side * 3e-4)
            capital *= 1 + side * (out / paid - 1) - 4e-4
            trades.append((signal, entered, i, tape.open[i], "time"))
            signal = entered = None
        worth = capital
        if signal is not None and closes:  # in at this bar's close
            entered, paid = i, tape.close[i] * (1 + side * 3e-4)
            worth = capital * (1 + side * (tape.close[i] / paid - 1) - 2e-4)
        late = case.cadence != "daily" and closes
        if signal is None and book.side[i] != 0 and book.score[i] >= cut and not late:
            signal, side = i, book.side[i]
        equity.append(worth)
    if entered is not None:  # closed at once, at the last close there is
        out = tape.close[last] * (1 - side * 3e-4)
        equity[-1] = capital * (1 + side * (out / paid - 1) - 4e-4)
        trades.append((signal, entered, last, tape.close[last], "end"))
    return trades, equity, sorted(held)


@pytest.mark.parametrize("seed", range(18))
@pytest.mark.parametrize("cut", [0.5, 0.62])
def test_every_trade_and_every_mark_is_as_read_slowly(case_of, seed, cut):
    case = overnight(case_of, seed)
    done = execute(
        case.tape, case.book, fixed(cut, len(case.book.blocks)), case.plan, case.policy,
        position_size=1.0,
    )  # fmt: skip
    trades, equity, held = slow(case, cut)
    names = ["signal_bar", "entry_bar", "exit_bar", "exit_price_raw", "reason"]
    assert len(trades) > 5
    assert [tuple(row) for row in done.trades[names].to_numpy()] == trades
    np.testing.assert_allclose(done.equity, equity, rtol=1e-12)
    assert (np.flatnonzero(done.held) + case.book.start).tolist() == held
    assert set(done.trades["entry_at"]) == {"close"}
    assert (done.trades["bars"] == (done.trades["reason"] == "time")).all()
    counts = dict(done.counts)
    assert counts.pop("signals") == sum(counts.values())
    found = replay(case.tape, case.book, case.plan, case.policy, [Rule(kind="thr", value=str(cut))])
    assert found.trades.tolist() == [len(trades)]
    assert found.return_[0] == pytest.approx(equity[-1] - 1, rel=1e-12)
    assert found.max_dd[0] == pytest.approx(drawdown(np.array(equity)), rel=1e-12)


def test_one_night_by_hand(case_of):
    """Closes 100, 200, 210 and an open of 220: in at 200 short, out at 220, 10 % lost."""
    import pandas as pd

    base = case_of(0)
    days = base.calendar.sessions(base.bars["session"].iloc[0].date()).iloc[:4]
    close = np.array([100.0, 200, 210, 215])
    opens = np.array([100.0, 150, 220, 211])
    bars = pd.DataFrame({"ts": days["close"], "session": days["session"], "open": opens})
    bars = bars.assign(close=close, high=np.maximum(opens, close), low=np.minimum(opens, close))
    short, none = [0.9, 0.05, 0.05], [0.4, 0.2, 0.4]
    case = base.but(
        bars=bars, policy=Policy(slippage_bps=0.0, brackets=NIGHT), offset=0,
        proba=np.array([short, none, none, none]), fold=np.array([-1, 0, 0, 0], dtype="int16"),
    )  # fmt: skip
    case = case.but(fold=np.array([0, 0, 0, 0], dtype="int16"))
    done = execute(case.tape, case.book, fixed(0.6), case.plan, case.policy, position_size=1.0)
    trade = done.trades.iloc[0]
    assert (trade["entry_ts"], trade["exit_ts"]) == (bars["ts"][1], bars["ts"][2])
    assert (trade["entry_at"], trade["exit_at"], trade["reason"]) == ("close", "open", "time")
    assert trade["ret"] == pytest.approx(-0.1)
    assert done.equity == pytest.approx([1, 1, 0.9, 0.9])


@pytest.mark.parametrize(("kept", "waits"), [(3, 1), (6, 1), (7, None)])
def test_a_signal_waits_for_the_sessions_close(case_of, kept, waits):
    """Of an hourly session, signals from the second bar on: the first of them waits."""
    base = case_of(1)
    start = int(np.flatnonzero(base.tape.first)[10])
    bars = base.bars.iloc[: start + kept].reset_index(drop=True)
    proba = np.tile([0.2, 0.2, 0.6], (len(bars), 1))
    proba[: start + 1] = [0.4, 0.2, 0.4]
    fold = np.where(np.arange(len(bars)) < start - 7, -1, 0).astype("int16")
    policy = Policy(brackets=NIGHT)
    case = base.but(bars=bars, policy=policy, proba=proba, fold=fold, offset=0)
    done = execute(case.tape, case.book, fixed(0.6), case.plan, policy, position_size=1.0)
    assert done.pending == (None if waits is None else start + waits)
    assert done.trades["reason"].tolist() == ([] if waits else ["end"])
