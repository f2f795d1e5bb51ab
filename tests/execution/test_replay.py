"""The replay gives what execution and measurement give one rule at a time."""

import numpy as np
import pytest

from sigma_core.domain.policy import Brackets, Policy
from sigma_core.domain.trial import Rule
from sigma_core.engine import replay as replay_module
from sigma_core.engine.decide import cuts_of
from sigma_core.engine.execute import execute
from sigma_core.engine.measure import drawdown, session_returns
from sigma_core.engine.prospects import prospects_of
from sigma_core.engine.replay import replay
from tests.execution.conftest import seeds


def random_rules(seed, count, *, intraday):
    """Single thresholds, lists of them and top shares; intraday with and without hours."""
    rng = np.random.default_rng(seed)
    rules = []
    for _ in range(count):
        some = intraday and rng.random() < 0.5
        hours = tuple(rng.choice(np.arange(10, 17), 4, replace=False)) if some else ()
        values = rng.uniform(0.4, 0.9, int(rng.choice([1, 1, 3]))).round(3)
        kind = "top_pct" if rng.random() < 0.3 else "thr"
        value = str(values[0] / 2) if kind == "top_pct" else ",".join(map(str, values))
        rules.append(Rule(kind=kind, value=value, allowed_hours=hours))
    return rules


def one_by_one(case, rules):
    """Sharpe, return, drawdown and trades of each rule by the exact path."""
    prospects = prospects_of(case.tape, case.book, case.plan, case.policy)
    rows = []
    for rule in rules:
        cuts = cuts_of(rule, case.book, prospects)
        done = execute(case.tape, case.book, cuts, case.plan, case.policy, position_size=1.0)
        r = session_returns(done.equity, case.tape.session[done.book.start : done.book.end + 1])
        sharpe = r.mean() / r.std(ddof=1) if r.any() else np.nan
        rows.append((sharpe, done.equity[-1] - 1, drawdown(done.equity), len(done.trades)))
    return np.array(rows).T


def agree(case, rules):
    tally = replay(case.tape, case.book, case.plan, case.policy, rules)
    sharpe, total, max_dd, trades = one_by_one(case, rules)
    np.testing.assert_array_equal(tally.trades, trades)
    np.testing.assert_allclose(tally.sharpe, sharpe, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(tally.return_, total, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(tally.max_dd, max_dd, rtol=1e-12, atol=1e-12)
    return tally


@seeds(24, quick=8)
def test_random_rules_on_random_markets(case_of, seed):
    case = case_of(seed)
    agree(case, random_rules(seed, 20, intraday=case.cadence == "hourly"))


@pytest.mark.parametrize("seed", range(4))
def test_shorts_that_lose_everything(case_of, seed):
    # unprotected shorts held for long in a market that trebles every month or so
    case = case_of(4 * seed)
    rng = np.random.default_rng(seed)
    climb = np.exp(np.cumsum(rng.normal(0.02, 0.15, len(case.bars))))
    bars = case.bars.assign(**{p: case.bars[p] * climb for p in ("open", "high", "low", "close")})
    policy = Policy(sides="short", brackets=Brackets(enabled=False))
    tally = agree(
        case.but(bars=bars, policy=policy, label_bars=25), random_rules(seed, 12, intraday=False)
    )
    assert (tally.return_ == -1).any()
    assert (tally.max_dd == -1).any()


@pytest.mark.parametrize("seed", range(4))
def test_a_fall_within_one_trade_is_seen(case_of, seed):
    # long, unprotected, held long in a market that climbs: the deepest fall is from a trade's high
    case = case_of(4 * seed)
    climb = np.exp(0.01 * np.arange(len(case.bars)))
    bars = case.bars.assign(**{p: case.bars[p] * climb for p in ("open", "high", "low", "close")})
    policy = Policy(sides="long", brackets=Brackets(enabled=False))
    tally = agree(
        case.but(bars=bars, policy=policy, label_bars=50), random_rules(seed, 12, intraday=False)
    )
    assert (tally.max_dd < -0.01).any()


def test_no_trade_is_no_return_and_no_sharpe(case_of):
    tally = agree(case_of(0), [Rule(kind="thr", value="0.9999999")])
    assert (tally.trades[0], tally.return_[0], tally.max_dd[0]) == (0, 0.0, 0.0)
    assert np.isnan(tally.sharpe[0])


def test_the_number_of_threads_and_the_order_of_rules_change_no_bit(case_of, monkeypatch):
    case, rules = case_of(1), random_rules(5, 40, intraday=True)
    everything = (case.tape, case.book, case.plan, case.policy)
    many = replay(*everything, rules)
    monkeypatch.setattr(replay_module, "BATCH", 3)
    monkeypatch.setattr(replay_module.os, "cpu_count", lambda: 1)
    few = replay(*everything, rules[::-1])
    for name in ("sharpe", "return_", "max_dd", "trades"):
        np.testing.assert_array_equal(getattr(many, name), getattr(few, name)[::-1])


def test_no_rules_no_rows(case_of):
    case = case_of(0)
    assert len(replay(case.tape, case.book, case.plan, case.policy, []).trades) == 0
