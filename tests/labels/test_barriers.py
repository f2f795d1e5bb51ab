"""A trade ends where the rules say, on every kind of bar, and where a slow reading of them says."""

from math import ceil

import numpy as np
import pytest

from sigma_core.barriers import REASONS, WHERE, WHY, plan
from sigma_core.domain.policy import Brackets, Policy

STILL = (100.0, 101.0, 99.0, 100.0)
"""A bar of true range 2: after three of them ATR(2) is 2."""


def policy(**brackets):
    return Policy(
        slippage_bps=0.0,
        brackets=Brackets(
            **{"atr_period": 2, "atr_mult_stop": 1.0, "atr_mult_target": 2.0} | brackets
        ),
    )


def traded(make, after, *, side=1, ahead=5, maker="daily", horizon="swing", **brackets):
    """What the trade signalled at the fourth bar of a still market does in the bars `after`."""
    tape = getattr(make, maker)([STILL] * 4 + list(after), horizon=horizon)
    n = len(tape)
    way = plan(tape, policy(**brackets), np.minimum(np.arange(n) + ahead, n)).of(side)
    if WHY[way.why[3]] != "ok":
        return WHY[way.why[3]]
    return (REASONS[way.reason[3]], WHERE[way.where[3]], int(way.exit[3]) - 3, way.price[3])


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        # entry at 100, stop 98, target 104
        ([(100, 101, 97, 99)], ("stop", "inside", 1, 98.0)),
        ([(100, 105, 99, 100)], ("target", "inside", 1, 104.0)),
        ([(100, 105, 97, 100)], ("stop", "inside", 1, 98.0)),
        ([STILL, (97, 99, 96, 98)], ("stop", "open", 2, 97.0)),
        ([STILL, (106, 107, 105, 106)], ("target", "open", 2, 106.0)),
        ([STILL, (98, 99, 97.5, 98)], ("stop", "open", 2, 98.0)),
        ([(100, 101, 98, 99)], ("stop", "inside", 1, 98.0)),
        ([(100, 104, 99, 103)], ("target", "inside", 1, 104.0)),
        ([STILL] * 6, ("time", "close", 5, 100.0)),
        ([STILL] * 3, ("end", "close", 3, 100.0)),
    ],
)
def test_a_long_trade_by_hand(make, after, expected):
    assert traded(make, after) == expected


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        # entry at 100, stop 102, target 96
        ([(100, 102, 99, 100)], ("stop", "inside", 1, 102.0)),
        ([(100, 101, 95, 100)], ("target", "inside", 1, 96.0)),
        ([(100, 103, 95, 100)], ("stop", "inside", 1, 102.0)),
        ([STILL, (103, 104, 102, 103)], ("stop", "open", 2, 103.0)),
        ([STILL, (95, 96, 94, 95)], ("target", "open", 2, 95.0)),
    ],
)
def test_a_short_trade_by_hand(make, after, expected):
    assert traded(make, after, side=-1) == expected


def test_levels_hang_on_the_fill_not_on_the_signal(make):
    """Filled at 110, the stop of one ATR lies at 108."""
    assert traded(make, [(110, 111, 107, 110)]) == ("stop", "inside", 1, 108.0)


def test_both_levels_in_one_bar_are_counted_ambiguous(make):
    tape = make.daily([STILL] * 4 + [(100, 105, 97, 100)])
    way = plan(tape, policy(), np.full(5, 5)).long
    assert way.ambiguous.tolist() == [
        False,
        False,
        True,
        True,
        False,
    ]  # ATR is known from the third
    assert not way.gap[3]


def test_a_time_stop_of_minutes_counts_whole_sessions_on_daily_bars(make):
    """391 minutes are two sessions, the entry session being the first."""
    assert traded(make, [STILL] * 5, time_stop_minutes=390)[:3] == ("time", "close", 1)
    assert traded(make, [STILL] * 5, time_stop_minutes=391)[:3] == ("time", "close", 2)


def test_a_time_stop_of_minutes_sums_session_minutes_on_hourly_bars(make):
    """1 July 2024: bars close at 10 (30 minutes), 11, … 16. A signal at 13 enters the bar to 14."""
    stop = {"maker": "hourly", "ahead": 50}
    assert traded(make, [STILL] * 9, time_stop_minutes=60, **stop)[2] == 1
    assert traded(make, [STILL] * 9, time_stop_minutes=61, **stop)[2] == 2
    assert traded(make, [STILL] * 9, time_stop_minutes=180, **stop)[2] == 3
    # the first bar of the next session has 30 minutes only
    assert traded(make, [STILL] * 9, time_stop_minutes=210, **stop)[2] == 4
    assert traded(make, [STILL] * 9, time_stop_minutes=211, **stop)[2] == 5


def test_an_intraday_trade_is_flat_at_the_sessions_last_close(make):
    """The signal at 13:00 enters to 14:00; 14, 15, 16: out at the third bar."""
    day = {"maker": "hourly", "horizon": "intraday", "ahead": 50}
    assert traded(make, [STILL] * 9, **day)[:3] == ("session_end", "close", 3)
    assert traded(make, [STILL] * 9, **day | {"ahead": 3})[:3] == ("time", "close", 3)


def test_the_last_bar_of_a_session_has_no_bar_left_intraday(make):
    tape = make.hourly([STILL] * 16, horizon="intraday")
    why = plan(tape, policy(), np.full(16, 16)).long.why
    assert [WHY[code] for code in why[[5, 6, 7, 13, 15]]] == [
        "ok", "no_bar_left", "ok", "no_bar_left", "no_bar_left",
    ]  # fmt: skip


def test_too_little_reward_is_no_trade(make):
    """Reward 4, risk 2, costs there and back 2·1 %·100 = 2: (4 − 2)/(2 + 2) = 0.5."""
    tape = make.daily([STILL] * 6)
    costly = Policy(slippage_bps=60.0, fee_bps=40.0, brackets=policy().brackets)
    why = plan(tape, costly, np.full(6, 6)).long.why
    assert WHY[why[3]] == "poor_rr"
    allowed = Policy(slippage_bps=60.0, fee_bps=40.0, brackets=policy(min_rr=0.5).brackets)
    assert WHY[plan(tape, allowed, np.full(6, 6)).long.why[3]] == "ok"


def test_no_level_without_an_atr_or_a_range(make):
    tape = make.daily([STILL] * 6)
    assert [WHY[c] for c in plan(tape, policy(), np.full(6, 6)).long.why[:3]] == [
        "no_level", "no_level", "ok",
    ]  # fmt: skip
    flat = make.daily([(100.0,) * 4] * 6)
    assert WHY[plan(flat, policy(), np.full(6, 6)).long.why[3]] == "no_level"


def test_brackets_off_leave_time_alone(make):
    after = [(100, 200, 1, 100)] * 3
    assert traded(make, after, enabled=False, ahead=2) == ("time", "close", 2, 100.0)


def slow(tape, brackets, costs, label_end, side, t):  # noqa: C901, PLR0911, PLR0912  one rule a line
    """The same trade, read line by line from the rules."""
    n, s = len(tape), costs
    e = t + 1
    same_day = e < n and tape.session[e] == tape.session[t]
    if e >= n or (tape.intraday and not same_day):
        return "no_bar_left"
    fill = tape.open[e]
    ranges = [
        max(tape.high[i], tape.close[i - 1]) - min(tape.low[i], tape.close[i - 1])
        for i in range(1, t + 1)
    ]
    p = brackets.atr_period
    if brackets.enabled:
        if len(ranges) < p:
            return "no_level"
        atr = sum(ranges[:p]) / p
        for x in ranges[p:]:
            atr = (atr * (p - 1) + x) / p
        stop = fill - side * brackets.atr_mult_stop * atr
        target = fill + side * brackets.atr_mult_target * atr
        if not atr > 0:
            return "no_level"
        c = 2 * s * fill
        if (abs(target - fill) - c) / (abs(fill - stop) + c) < brackets.min_rr:
            return "poor_rr"
    else:
        stop, target = (-np.inf, np.inf) if side > 0 else (np.inf, -np.inf)
    spent, first_day = 0.0, tape.session[e]
    for k in range(e, n):
        spent += tape.minutes[k]
        if side * (tape.open[k] - stop) <= 0:
            return "stop", k, tape.open[k]
        if side * (tape.open[k] - target) >= 0:
            return "target", k, tape.open[k]
        against, toward = (tape.low[k], tape.high[k]) if side > 0 else (tape.high[k], tape.low[k])
        if side * (against - stop) <= 0:
            return "stop", k, stop
        if side * (toward - target) >= 0:
            return "target", k, target
        minutes = brackets.time_stop_minutes
        if minutes is None:
            due = k == label_end[t]
        elif tape.cadence == "daily":
            due = tape.session[k] - first_day + 1 >= ceil(minutes / 390)
        else:
            due = spent >= minutes - 1e-9
        if due:
            return "time", k, tape.close[k]
        if tape.intraday and tape.last[k]:
            return "session_end", k, tape.close[k]
    return "end", n - 1, tape.close[n - 1]


@pytest.mark.parametrize("seed", range(12))
def test_every_trade_of_a_wild_market_is_as_read_slowly(make, seed):
    rng = np.random.default_rng(seed)
    maker = make.daily if seed % 3 == 0 else make.hourly
    horizon = "intraday" if seed % 3 == 2 else "swing"
    tape = maker(make.wild(160, seed), horizon=horizon)
    brackets = Brackets(
        enabled=seed != 4,
        atr_period=int(rng.integers(2, 15)),
        atr_mult_stop=float(rng.choice([0.5, 1.0, 2.0])),
        atr_mult_target=float(rng.choice([0.5, 1.5, 3.0])),
        time_stop_minutes=[None, 30, 390, 1000][seed % 4],
        min_rr=float(rng.choice([0.0, 0.8])),
    )
    rules = Policy(slippage_bps=3.0, fee_bps=1.0, brackets=brackets)
    label_end = np.minimum(np.arange(160) + int(rng.integers(1, 9)), 160)
    ways = plan(tape, rules, label_end)
    for side in (1, -1):
        way = ways.of(side)
        for t in range(160):
            expected = slow(tape, brackets, 4e-4, label_end, side, t)
            if isinstance(expected, str):
                assert WHY[way.why[t]] == expected, (t, side)
            else:
                got = (REASONS[way.reason[t]], int(way.exit[t]), way.price[t])
                assert got[:2] == expected[:2], (t, side)
                assert got[2] == pytest.approx(expected[2], rel=1e-12)
