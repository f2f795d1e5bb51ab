"""Bars that hold stop and target both, settled by finer ones: by hand, and on real SPY."""

import numpy as np
import pandas as pd
import pytest

from sigma_core.barriers import REASONS, plan
from sigma_core.calendars import calendar
from sigma_core.domain.policy import Brackets, Policy
from sigma_core.engine.decide import fixed
from sigma_core.engine.execute import execute
from sigma_core.fetch import bars_of
from sigma_core.lab import Lab
from sigma_core.lake import Lake
from sigma_core.tape import tape_of

XNYS = calendar("XNYS")
STILL = (100.0, 101.0, 99.0, 100.0)
"""A bar of true range 2: after three of them ATR(2) is 2."""
WIDE = (100.0, 105.0, 97.0, 100.0)
"""Entered at its open, 100: the stop at 98 and the target at 104 both lie in it."""
QUIET = (100.0, 100.5, 99.5, 100.0)
DOWN = (99.0, 99.5, 97.0, 98.5)
UP = (103.0, 105.0, 102.0, 103.0)
BOTH = (100.0, 105.0, 97.0, 100.0)


def frame(rows, ts, session):
    table = pd.DataFrame(np.array(rows, float), columns=["open", "high", "low", "close"])
    table["ts"] = pd.DatetimeIndex(ts).as_unit("us")
    table["session"] = pd.DatetimeIndex(session).as_unit("us")
    return table


def told(inside, *, side=1, drop=()):
    """How the trade signalled before the fifth day ends in it, its seven hours given."""
    days = XNYS.sessions(pd.Timestamp("2024-01-02").date()).head(5)
    last = days.iloc[-1]
    hours = pd.date_range(last["open"].ceil("h"), last["close"], freq="h")
    kept = [i for i in range(7) if i not in drop]
    finer = frame([inside[i] for i in kept], hours[kept], [last["session"]] * len(kept))
    coarse = frame([STILL] * 4 + [WIDE], days["close"], days["session"])
    tape = tape_of(coarse, XNYS, "daily", horizon="swing", finer={"hourly": finer})
    rules = Policy(
        slippage_bps=0.0,
        brackets=Brackets(atr_period=2, atr_mult_stop=1.0, atr_mult_target=2.0),
    )
    way = plan(tape, rules, np.full(5, 5)).of(side)
    return REASONS[way.reason[3]], way.price[3], bool(way.ambiguous[3]), bool(way.settled[3])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        ([QUIET, UP, QUIET, DOWN, QUIET, QUIET, QUIET], ("target", 104.0, False, True)),
        ([QUIET, DOWN, QUIET, UP, QUIET, QUIET, QUIET], ("stop", 98.0, False, True)),
        ([QUIET, BOTH, QUIET, DOWN, QUIET, UP, QUIET], ("stop", 98.0, True, False)),
        # opened beyond the target before it fell through the stop, and the other way round
        ([QUIET, (104.5, 105, 97, 98.5), *[QUIET] * 5], ("target", 104.0, False, True)),
        ([QUIET, (97.5, 105, 97, 104.5), *[QUIET] * 5], ("stop", 98.0, False, True)),
        # they do not reach the stop, so they are not what the day was made of
        ([QUIET, UP, *[QUIET] * 5], ("stop", 98.0, True, False)),
    ],
)
def test_a_day_is_settled_by_its_hours(inside, expected):
    assert told(inside) == expected


def test_a_short_trade_reads_them_the_other_way():
    """Stop 102, target 96: in a day from 97 to 105 the target is not met at all."""
    low = (97.0, 97.5, 95.0, 96.5)
    day = [QUIET, low, QUIET, UP, QUIET, QUIET, QUIET]
    assert told(day, side=-1) == ("stop", 102.0, False, False)


@pytest.mark.parametrize("missing", range(7))
def test_hours_that_do_not_fill_the_day_settle_nothing(missing):
    day = [QUIET, UP, QUIET, DOWN, QUIET, QUIET, QUIET]
    assert told(day, drop=[missing]) == ("stop", 98.0, True, False)


def test_of_two_finer_cadences_the_finest_that_fills_the_bar_is_read():
    """Quarters of an hour fill the last hour and not the one before, which the 5 minutes do."""
    day = XNYS.sessions(pd.Timestamp("2024-01-02").date()).iloc[0]
    hours = pd.date_range(day["open"].ceil("h"), day["close"], freq="h")
    coarse = frame([STILL] * 7, hours, [day["session"]] * 7)
    fives = pd.date_range(day["open"], day["close"], freq="5min")[1:]
    quarters = pd.date_range(day["open"], day["close"], freq="15min")[1:]
    whole, some = (
        frame([QUIET] * len(ts), ts, [day["session"]] * len(ts)) for ts in (quarters, fives[:-1])
    )
    tape = tape_of(coarse, XNYS, "hourly", horizon="swing", finer={"5m": some, "15m": whole})
    assert np.diff(tape.fine.begin).tolist() == [6, 12, 12, 12, 12, 12, 4]


SPY_5M = """
columns: {ts: ts, open: open, high: high, low: low, close: close, volume: volume}
stamp: start
symbol: SPY
adjustment: split
"""
SPY_1M = SPY_5M.replace("symbol: SPY\n", "")


@pytest.fixture(scope="module")
def real(shared_data, tmp_path_factory):
    """Bars of SPY by cadence, from a year of 5 minutes and a year of minutes."""
    home = tmp_path_factory.mktemp("real")
    for name, yaml, source in (
        ("SPY_5m", SPY_5M, "equity_5m_2023_2025"),
        ("SPY_1m", SPY_1M, "spy_1m_2024_2025"),
    ):
        (home / f"{name}.parquet").symlink_to(shared_data / f"{source}.parquet")
        (home / f"{name}.yaml").write_text(yaml)
    lab = Lab(packs=home, lake=Lake(home / "lake"), files=home)
    asked = ("1m", "5m", "hourly", "daily")
    return {cadence: bars_of(lab, "SPY", cadence, provider="files").frame for cadence in asked}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("cadence", "fine", "seed"),
    [("hourly", ("1m", "5m"), 0), ("daily", ("5m",), 0), ("daily", ("1m", "5m"), 1)],
)
def test_real_bars_are_settled_as_the_slow_trader_settles_them(
    case_of, trader, real, cadence, fine, seed
):
    bars = real[cadence]
    fold = np.repeat(np.arange(6) - 1, -(-len(bars) // 6))[: len(bars)].astype("int16")
    rules = Policy(
        brackets=Brackets(
            atr_period=5, atr_mult_stop=0.3, atr_mult_target=0.35, min_rr=0.0,
            time_stop_minutes=None,
        )
    )  # fmt: skip
    rng = np.random.default_rng(seed)
    case = case_of(
        0, bars=bars, cadence=cadence, horizon="swing", policy=rules, offset=0, fold=fold,
        proba=rng.dirichlet([2, 1, 2], len(bars)), momentum=np.ones(len(bars)),
        finer={name: real[name] for name in fine},
    )  # fmt: skip
    cuts = fixed(0.5, len(case.book.blocks))
    done = execute(case.tape, case.book, cuts, case.plan, rules, position_size=0.05)
    slow = pd.DataFrame(trader(case, cuts.values).trades)
    for ours, theirs in (
        ("exit_bar", "exit"),
        ("reason",) * 2,
        ("settled",) * 2,
        ("ambiguous",) * 2,
    ):
        assert done.trades[ours].tolist() == slow[theirs].tolist(), ours
    np.testing.assert_allclose(done.trades["ret"], slow["ret"], rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(done.equity, trader(case, cuts.values).equity, rtol=1e-11)
    settled = done.trades[done.trades["settled"]]
    assert {"stop", "target"} <= set(settled["reason"])
    unsettled = case.but(finer={})
    before = execute(unsettled.tape, unsettled.book, cuts, unsettled.plan, rules, position_size=1.0)
    assert before.trades["ambiguous"].sum() > done.trades["ambiguous"].sum()
