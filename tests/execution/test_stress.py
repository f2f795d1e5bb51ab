"""Other costs and late fills, against the trader who walks the bars, and against sums by hand."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from sigma_core.barriers import plan
from sigma_core.calendars import calendar
from sigma_core.domain.policy import Brackets, Policy
from sigma_core.engine.deals import Deals
from sigma_core.engine.decide import fixed
from sigma_core.engine.execute import execute
from sigma_core.engine.stress import break_even, compounded, dearer, stressed
from sigma_core.providers import PROVIDERS
from tests.execution.conftest import seeds

SAME = {"signal_bar": "signal", "entry_bar": "entry", "exit_bar": "exit", "reason": "reason"}


class Slow:
    """Orders of a slow trader that reach the market one bar late; mixed into the trader."""

    def bar(self, i):
        while self.waiting and self.fill_of(self.waiting[0][0]) == i:
            self.open(i, *self.waiting.pop(0))
            if self.place:  # what was signalled while the order was under way
                self.refused["ignored_in_position"] += len(self.waiting)
                self.waiting = []
        if self.place:
            self.look_for_exit(i)
        self.equity.append(self.worth(i))
        if signal := self.signal(i):
            self.heard(i, signal)

    def heard(self, i, signal):
        if self.place:
            self.refused["ignored_in_position"] += 1
        elif self.fill_of(i) is None:
            self.refused["no_bar_left"] += 1
        else:
            self.waiting.append((i, *signal))

    def fill_of(self, i):
        """The bar after the one that would have filled a signal of bar i; None without one."""
        usual = next((j for j in range(i + 1, self.final + 1) if self.may_fill(j)), None)
        if usual is None or usual == self.final:
            return None
        leaves = any(self.ends_session(j) for j in range(i, usual + 1))
        return None if self.flat_at_night and leaves else usual + 1

    def time_is_up(self, i):
        if self.b.time_stop_minutes is None:
            return i >= self.place["signal"] + self.case.label_bars + 1
        return super().time_is_up(i)


@pytest.fixture(scope="module")
def late_trader(trader):
    """The trader who walks the bars, a bar late."""
    return type("Late", (Slow, trader), {})


def stress(case, cuts, policy, *, delay=0):
    n = len(case.tape)
    label_end = np.minimum(np.arange(n) + case.label_bars, n)
    return stressed(case.tape, case.book, cuts, policy, label_end, position_size=0.05, delay=delay)


def assert_same(done, slow):
    expected = pd.DataFrame(slow.trades)
    assert len(done.trades) == len(slow.trades)
    np.testing.assert_allclose(done.equity, slow.equity, rtol=1e-11)
    if slow.trades:
        for ours, theirs in SAME.items():
            assert done.trades[ours].tolist() == expected[theirs].tolist(), ours
        np.testing.assert_allclose(done.trades["ret"], expected["ret"], rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("seed", range(12))
def test_at_twice_the_cost_it_is_what_the_slow_trader_of_that_policy_does(case_of, trader, seed):
    case = case_of(seed)
    cuts = fixed(0.55, len(case.book.blocks))
    dear = dearer(case.policy, 2)
    assert dear.slippage_bps == 2 * case.policy.slippage_bps
    assert dear.fee_bps == 2 * case.policy.fee_bps
    assert_same(stress(case, cuts, dear), trader(case.but(policy=dear), cuts.values))


@seeds(24, quick=8)
def test_a_bar_late_it_is_what_a_slow_trader_with_slow_orders_does(case_of, late_trader, seed):
    case = case_of(seed)
    cuts = fixed(0.55, len(case.book.blocks))
    done, slow = stress(case, cuts, case.policy, delay=1), late_trader(case, cuts.values)
    assert_same(done, slow)
    refused = {name: done.counts[name] for name in slow.refused}
    assert sum(refused.values()) == sum(slow.refused.values())
    assert (refused["poor_rr"], refused["no_level"]) == tuple(
        slow.refused[name] for name in ("poor_rr", "no_level")
    )


def real_study(case_of):
    """Four years of the NASDAQ Composite, its own last returns as what a model says."""
    fetched = PROVIDERS["sample"].fn("IXIC", "daily", None, None)
    bars = fetched.bars[fetched.bars["session"] >= "2015-01-01"].iloc[:1000].reset_index(drop=True)
    step = np.log(bars["close"]).diff(3).fillna(0).to_numpy()
    up = 1 / (1 + np.exp(-25 * step))
    proba = np.column_stack([(1 - up) * 0.8, np.full(len(up), 0.2), up * 0.8])
    brackets = Brackets(atr_period=14, atr_mult_stop=1.5, atr_mult_target=2.4, min_rr=1.3)
    return case_of(
        0, bars=bars, cadence="daily", horizon="swing", calendar=calendar("XNYS"),
        policy=Policy(slippage_bps=5, fee_bps=1, brackets=brackets), proba=proba, offset=0,
        fold=np.repeat([-1, 0, 1, 2, 3], 200).astype("int16"), label_bars=5,
        momentum=np.zeros(len(bars)),
    )  # fmt: skip


def test_a_study_of_real_prices_at_twice_the_cost_and_late(case_of, trader, late_trader):
    case = real_study(case_of)
    cuts, dear = fixed(0.58, 4), dearer(case.policy, 2)
    own, twice = stress(case, cuts, case.policy), stress(case, cuts, dear)
    assert_same(twice, trader(case.but(policy=dear), cuts.values))
    assert_same(stress(case, cuts, case.policy, delay=1), late_trader(case, cuts.values))
    assert len(own.trades) > 60
    assert twice.counts["poor_rr"] > own.counts["poor_rr"]  # dearer trades drop out


def test_at_its_own_costs_and_in_time_it_is_the_run_itself(case_of):
    case = case_of(1)
    cuts = fixed(0.55, len(case.book.blocks))
    run = execute(case.tape, case.book, cuts, case.plan, case.policy, position_size=0.05)
    assert len(run.trades) > 20
    pd.testing.assert_frame_equal(stress(case, cuts, dearer(case.policy, 1)).trades, run.trades)


def test_a_fill_at_a_sessions_close_cannot_be_late(case_of):
    case = case_of(0)
    night = Policy(brackets=Brackets(enabled=False, entry_mode="session_close"))
    with pytest.raises(ValueError, match="cannot be late"):
        plan(case.tape, night, np.arange(len(case.tape)), delay=1)


def test_more_than_a_policy_may_cost_is_no_policy():
    assert dearer(Policy(slippage_bps=400), 3) is None
    assert dearer(Policy(slippage_bps=0, fee_bps=500), 2).fee_bps == 1000


def deals(*trades, size=1.0):
    """Trades of (side, fill, exit price before costs); nothing else of them is read."""
    side, fill, price = (np.array(column, dtype=float) for column in zip(*trades, strict=True))
    none = np.zeros(len(trades))
    rest = dict.fromkeys(Deals.__dataclass_fields__, none)
    known = {"side": side.astype("int64"), "fill": fill, "price": price}
    return Deals(**{**rest, **known, "size": np.full(len(trades), size)})


def test_break_even_by_hand():
    """A long from 100 to 103: 103·(1 - s) = 100·(1 + s) at s = 3/203, 147.783 bps."""
    found = break_even(deals((1, 100, 103)), Policy(slippage_bps=10))
    assert found.bps == pytest.approx(3 / 203 * 1e4, abs=2e-6)
    assert found.multiple == pytest.approx(3 / 203 * 1e3, abs=2e-6)
    assert "147.8 bps" in found.words


def test_break_even_of_fees_alone_by_hand():
    """A short from 100 to 98 earns 2 %: the fee of both sides eats it at 100 bps each."""
    found = break_even(deals((-1, 100, 98)), Policy(slippage_bps=0, fee_bps=4))
    assert (found.bps, found.multiple) == (pytest.approx(100, abs=2e-6), pytest.approx(25))


def test_break_even_without_a_cost_is_all_slippage_and_no_multiple():
    found = break_even(deals((1, 100, 103)), Policy(slippage_bps=0))
    assert (found.bps, found.multiple) == (pytest.approx(3 / 203 * 1e4, abs=2e-6), None)


@pytest.mark.parametrize(
    ("trades", "words"),
    [
        (deals((1, 100, 101), (1, 100, 98)), "before any cost"),
        (deals((1, 100, 500)), "still earn at 1,000 bps"),
        (deals((1, 100, 101)).take(np.array([], "int64")), "no trade"),
    ],
)
def test_where_there_is_no_break_even_it_says_why(trades, words):
    found = break_even(trades, Policy())
    assert (found.bps, found.multiple) == (None, None)
    assert words in found.words


def test_at_its_break_even_a_run_without_min_rr_returns_nothing(case_of):
    """There no trade drops out, so the replay at that cost is the same trades."""
    case = real_study(case_of)
    free = replace(case.policy, brackets=replace(case.policy.brackets, min_rr=0))
    cuts = fixed(0.58, 4)
    run = stress(case, cuts, free)
    found = break_even(run.deals, free)
    if found.bps is None:
        assert compounded(run.deals, slippage=0, fee=0) <= 0
        pytest.fail("the study must earn before costs")
    at = dearer(free, found.multiple)
    assert stress(case, cuts, at).equity[-1] == pytest.approx(1, abs=1e-6)
