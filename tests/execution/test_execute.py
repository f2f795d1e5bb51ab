"""Execution against a trader who walks the bars one by one, and against numbers worked by hand."""

import numpy as np
import pandas as pd
import pytest

from sigma_core.calendars import calendar
from sigma_core.domain.policy import Brackets, Policy
from sigma_core.engine.decide import Cuts, fixed
from sigma_core.engine.execute import execute
from tests.execution.conftest import seeds

SAME = {
    "signal_bar": "signal", "entry_bar": "entry", "exit_bar": "exit", "reason": "reason",
    "exit_at": "where", "gap": "gap", "ambiguous": "ambiguous", "settled": "settled",
}  # fmt: skip
CLOSE = {
    "fill": "fill", "entry_px": "paid", "stop": "stop", "target": "target",
    "exit_price_raw": "price", "exit_px": "got", "conf": "conf", "size": "size", "ret": "ret",
}  # fmt: skip


def run(case, cuts, *, position_size=0.05):
    return execute(case.tape, case.book, cuts, case.plan, case.policy, position_size=position_size)


def random_cuts(seed, case):
    """A cut a fold and, on half of the intraday cases, some hours."""
    rng = np.random.default_rng(seed + 1000)
    values = rng.choice([0.45, 0.5, 0.55, 0.62, 0.75], len(case.book.blocks))
    hours = (11, 14, 16) if case.cadence == "hourly" and rng.random() < 0.5 else ()
    return Cuts(values=values, how=("given",) * len(values), hours=hours)


@seeds(48, quick=12)
def test_every_trade_and_every_mark_is_what_the_slow_trader_finds(case_of, trader, seed):
    case = case_of(seed)
    cuts = random_cuts(seed, case)
    done = run(case, cuts)
    slow = trader(case, cuts.values, hours=cuts.hours)
    expected = pd.DataFrame(slow.trades)
    assert len(done.trades) == len(slow.trades)
    assert {name: done.counts[name] for name in slow.refused} == slow.refused
    np.testing.assert_allclose(done.equity, slow.equity, rtol=1e-11)
    if not slow.trades:  # a strict min_rr may refuse them all
        return
    assert (done.trades["side"] == "long").tolist() == (expected["side"] > 0).tolist()
    for ours, theirs in SAME.items():
        assert done.trades[ours].tolist() == expected[theirs].tolist(), ours
    for ours, theirs in CLOSE.items():
        np.testing.assert_allclose(
            done.trades[ours], expected[theirs].astype(float), rtol=1e-12, atol=1e-14, err_msg=ours
        )


@pytest.mark.slow
def test_the_random_cases_hold_every_way_to_end_and_every_refusal(case_of):
    ends, counts = set(), dict[str, int]()
    for seed in range(48):
        case = case_of(seed)
        done = run(case, random_cuts(seed, case))
        gap = done.trades["gap"].map({True: "gap", False: ""})
        ends |= set(done.trades["reason"] + gap)
        ends |= {"ambiguous"} if done.trades["ambiguous"].any() else set()
        for name, count in done.counts.items():
            counts[name] = counts.get(name, 0) + count
    assert ends == {
        "stop", "target", "time", "session_end", "end", "stopgap", "targetgap", "ambiguous",
    }  # fmt: skip
    assert {name for name, count in counts.items() if not count} == set()
    assert counts["taken"] > 1500


@pytest.mark.parametrize("seed", range(8))
def test_the_counts_add_up_to_the_signals(case_of, seed):
    case = case_of(seed)
    counts = dict(run(case, random_cuts(seed, case)).counts)
    assert counts.pop("signals") == sum(counts.values()) > 0


@pytest.mark.parametrize("seed", range(4))
def test_the_account_is_the_same_trades_at_the_position_size(case_of, seed):
    case = case_of(seed)
    done = run(case, fixed(0.55, 5), position_size=0.05)
    gains = 0.05 * done.trades["size"] * done.trades["ret"]
    assert done.account[-1] == pytest.approx(np.prod(1 + gains), rel=1e-12)
    assert run(case, fixed(0.55, 5), position_size=1.0).account == pytest.approx(done.equity)


@pytest.mark.parametrize("seed", range(8))
def test_stamps_say_when_the_bars_of_a_trade_closed(case_of, seed):
    case = case_of(seed)
    trades = run(case, fixed(0.55, 5)).trades
    for stamp, bar in (
        ("signal_ts", "signal_bar"),
        ("entry_ts", "entry_bar"),
        ("exit_ts", "exit_bar"),
    ):
        assert trades[stamp].tolist() == case.bars["ts"].iloc[trades[bar]].tolist()
    assert (trades["bars"] == trades["exit_bar"] - trades["entry_bar"] + 1).all()
    assert (trades["entry_at"] == "open").all()


def test_an_ambiguous_bar_is_booked_at_the_stop_and_bounded_by_the_target(case_of):
    found = [run(case_of(seed), fixed(0.5, 5)).trades for seed in range(12)]
    trades = pd.concat([t[t["ambiguous"]] for t in found])
    assert len(trades)
    assert (trades["reason"] == "stop").all()
    assert (trades["ret"] == trades["ret_worst"]).all()
    assert (trades["ret_best"] > trades["ret"]).all()


def test_a_trade_that_is_not_ambiguous_has_no_bounds_but_its_return(case_of):
    trades = run(case_of(1), fixed(0.5, 5)).trades
    sure = trades[~trades["ambiguous"]]
    assert len(sure)
    assert (sure["ret_best"] == sure["ret"]).all()
    assert (sure["ret_worst"] == sure["ret"]).all()


# --- worked by hand -------------------------------------------------------------------------------


def prices(rows):
    """Daily bars from (open, high, low, close)."""
    days = calendar("XNYS").sessions().query("session >= '2020-01-02'").head(len(rows))
    bars = pd.DataFrame(rows, columns=["open", "high", "low", "close"], dtype=float)
    return bars.assign(session=days["session"].to_numpy(), ts=days["close"].to_numpy(), volume=1.0)


FLAT = (100, 101, 99, 100)
"""A bar with a true range of 2."""


def by_hand(case_of, rows, *, side=1, slippage=0.0, fee=0.0, label_bars=3, size_by_conf=False, **b):
    """A case of which only the third bar signals, confidence 0.8."""
    up = np.full(len(rows), 0.5)
    up[2] = 0.8 if side > 0 else 0.2
    return case_of(
        0,
        bars=prices(rows),
        policy=Policy(
            slippage_bps=slippage,
            fee_bps=fee,
            size_by_conf=size_by_conf,
            brackets=Brackets(atr_period=2, **b),
        ),
        proba=np.c_[1 - up, 0 * up, up],
        fold=np.r_[-1, np.zeros(len(rows) - 1)].astype("int16"),
        offset=0,
        label_bars=label_bars,
    )


def test_a_long_trade_that_meets_its_target_inside_a_bar(case_of):
    # ATR 2, fill 100: stop 97, target 106; slippage 1 %, fee 0.5 % a side
    rows = [FLAT, FLAT, FLAT, (100, 102, 98, 101), (101, 107, 100, 103), FLAT]
    case = by_hand(case_of, rows, slippage=100, fee=50, min_rr=0.0)
    done = run(case, fixed(0.6))
    (trade,) = done.trades.to_dict("records")
    assert (trade["stop"], trade["target"], trade["reason"]) == (97.0, 106.0, "target")
    assert trade["entry_px"] == pytest.approx(101.0)
    assert trade["exit_px"] == pytest.approx(104.94)
    assert trade["ret"] == pytest.approx(104.94 / 101 - 1 - 0.01)
    # marks: 1 · (1 + 101/101 - 1 - 0.005) at the entry bar's close, then the net return
    assert done.equity == pytest.approx([1, 1, 0.995, 1 + trade["ret"], 1 + trade["ret"]])
    assert done.held.tolist() == [False, False, True, True, False]


def test_a_short_trade_that_gaps_over_its_stop(case_of):
    rows = [FLAT, FLAT, FLAT, (100, 102, 98, 99), (110, 111, 109, 110), FLAT]
    (trade,) = run(by_hand(case_of, rows, side=-1), fixed(0.6)).trades.to_dict("records")
    assert (trade["stop"], trade["target"]) == (103.0, 94.0)
    assert (trade["reason"], trade["gap"], trade["exit_at"]) == ("stop", True, "open")
    assert trade["ret"] == pytest.approx(-0.10)


def test_a_level_that_is_touched_is_met(case_of):
    rows = [FLAT, FLAT, FLAT, (100, 106, 98, 101), FLAT, FLAT]
    (trade,) = run(by_hand(case_of, rows), fixed(0.6)).trades.to_dict("records")
    assert (trade["reason"], trade["exit_price_raw"]) == ("target", 106.0)


def test_both_levels_in_one_bar_is_the_stop(case_of):
    rows = [FLAT, FLAT, FLAT, (100, 107, 96, 101), FLAT, FLAT]
    (trade,) = run(by_hand(case_of, rows), fixed(0.6)).trades.to_dict("records")
    assert (trade["reason"], trade["ambiguous"], trade["ret"]) == (
        "stop",
        True,
        pytest.approx(-0.03),
    )
    assert trade["ret_best"] == pytest.approx(0.06)


def test_reward_over_risk_after_costs_decides_whether_to_trade(case_of):
    # c = 2 · 0.005 · 100 = 1: (6 - 1) / (3 + 1) = 1.25
    rows = [FLAT] * 6
    assert len(run(by_hand(case_of, rows, slippage=50, min_rr=1.25), fixed(0.6)).trades) == 1
    refused = run(by_hand(case_of, rows, slippage=50, min_rr=1.26), fixed(0.6))
    assert (len(refused.trades), refused.counts["poor_rr"]) == (0, 1)


def test_without_a_true_range_there_is_no_level(case_of):
    still = (100, 100, 100, 100)
    done = run(by_hand(case_of, [still] * 6), fixed(0.6))
    assert (len(done.trades), done.counts["no_level"]) == (0, 1)


def test_size_by_confidence_is_twice_the_confidence_less_one(case_of):
    rows = [FLAT, FLAT, FLAT, (100, 106, 98, 101), FLAT, FLAT]
    done = run(by_hand(case_of, rows, size_by_conf=True), fixed(0.6))
    assert done.trades["size"].tolist() == pytest.approx([0.6])
    assert done.equity[-1] == pytest.approx(1 + 0.6 * 0.06)


def test_time_is_up_at_the_close_of_the_labels_end(case_of):
    rows = [FLAT, FLAT, FLAT, FLAT, (100, 101, 99, 100.5), FLAT]
    (trade,) = run(by_hand(case_of, rows, label_bars=2), fixed(0.6)).trades.to_dict("records")
    assert (trade["reason"], trade["exit_bar"], trade["ret"]) == ("time", 4, pytest.approx(0.005))


def test_a_mark_is_never_below_nothing(case_of):
    # a short without a stop, and a price that trebles and comes back
    rows = [FLAT, FLAT, FLAT, (100, 300, 99, 300), (300, 300, 90, 90), FLAT]
    done = run(by_hand(case_of, rows, side=-1, label_bars=2, enabled=False), fixed(0.6))
    assert done.equity == pytest.approx([1, 1, 0, 1.1, 1.1])


def test_a_trade_may_run_over_a_folds_end_and_keeps_its_opening_fold(case_of):
    rows = [FLAT] * 7
    case = by_hand(case_of, rows, label_bars=4)
    case = case.but(fold=np.array([-1, 0, 0, 0, 1, 1, 1], dtype="int16"))
    (trade,) = run(case, fixed(0.6, 2)).trades.to_dict("records")
    assert (trade["fold"], trade["entry_bar"], trade["exit_bar"]) == (0, 3, 6)


def test_the_last_trade_is_closed_at_the_last_close_out_of_fold(case_of):
    rows = [FLAT, FLAT, FLAT, FLAT, (100, 101, 99, 100.8), (100, 120, 99, 110), FLAT]
    case = by_hand(case_of, rows, label_bars=4)
    case = case.but(fold=case.fold[:5], proba=case.proba[:5])
    done = run(case, fixed(0.6))
    (trade,) = done.trades.to_dict("records")
    assert (trade["reason"], trade["exit_bar"], trade["ret"]) == ("end", 4, pytest.approx(0.008))
    assert len(done.equity) == 4


def test_a_signal_at_the_last_close_waits_for_a_bar_that_is_not_there(case_of):
    case = by_hand(case_of, [FLAT] * 3)
    done = run(case, fixed(0.6))
    assert (done.pending, done.counts["no_bar_left"], len(done.trades)) == (2, 1, 0)
    assert run(by_hand(case_of, [FLAT] * 4), fixed(0.6)).pending is None


def test_a_signal_while_a_trade_is_open_does_not_wait(case_of):
    case = by_hand(case_of, [FLAT] * 5, label_bars=9)
    proba = case.proba.copy()
    proba[4] = proba[2]
    done = run(case.but(proba=proba), fixed(0.6))
    assert (done.pending, done.trades["reason"].tolist()) == (None, ["end"])


def test_a_half_is_no_side_and_the_cut_itself_is_reached(case_of):
    rows = [FLAT] * 6
    case = by_hand(case_of, rows)
    assert run(case, fixed(0.8)).counts["signals"] == 1
    assert run(case, fixed(np.nextafter(0.8, 1))).counts["signals"] == 0
    assert run(case, fixed(0.1)).counts["signals"] == 1  # the other bars say 0.5


def test_the_momentum_gate_wants_momentum_on_the_side_of_the_trade(case_of):
    from sigma_core.engine.decide import book_of

    case = by_hand(case_of, [FLAT] * 6)
    policy = Policy(momentum_gate=True, momentum_min=0.2, brackets=case.policy.brackets)
    taken = {}
    for momentum in (0.2, 0.19, -0.5, np.nan):
        book = book_of(
            case.proba, ("DOWN", "FLAT", "UP"), case.fold, case.tape, policy,
            offset=0, momentum=np.full(6, momentum),
        )  # fmt: skip
        done = execute(case.tape, book, fixed(0.6), case.plan, policy, position_size=1.0)
        taken[momentum] = (len(done.trades), done.counts["momentum_gate"])
    assert list(taken.values()) == [(1, 0), (0, 1), (0, 1), (0, 1)]
