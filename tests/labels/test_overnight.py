"""close_to_open and the trade it speaks of: in at a session's close, out at the next open."""

from dataclasses import replace

import numpy as np
import pytest

from sigma_core.barriers import REASONS, WHERE, WHY, entries, plan
from sigma_core.domain.model import LabelSpec
from sigma_core.domain.policy import Brackets, Policy
from sigma_core.labels import label_of

NIGHT = Policy(slippage_bps=0.0, brackets=Brackets(enabled=False, entry_mode="session_close"))


def label(**params):
    return label_of(LabelSpec(kind="close_to_open", params=params))


def test_on_daily_bars_the_following_close_to_the_open_after_it(make):
    """Closes 10, 20, 30, 40 and opens 11, 22, 31.5, 39: 20 → 31.5 is up, 30 → 39 up, then none."""
    rows = [(11, 11, 10, 10), (22, 22, 20, 20), (31.5, 32, 30, 30), (39, 40, 39, 40)]
    found = label(fixed_bp=100).compute(make.daily(rows), NIGHT)
    assert found.y.tolist() == [2, 2, -1, -1]
    assert found.y_ret[:2] == pytest.approx([31.5 / 20 - 1, 39 / 30 - 1])
    assert found.t1.tolist() == [2, 3, -1, -1]
    assert found.cause.tolist() == ["", "", "no_future", "no_future"]


@pytest.mark.parametrize(("opens", "answer"), [(101.1, 2), (100.9, 1), (99.1, 1), (98.9, 0)])
def test_a_band_of_one_percent(make, opens, answer):
    flat = (100, 100, 100, 100)
    rows = [flat, flat, (opens, max(opens, 100), min(opens, 100), 100)]
    assert label(fixed_bp=100).compute(make.daily(rows), NIGHT).y[0] == answer


def test_on_hourly_bars_the_sessions_own_close(make):
    """Seven bars a session; the last of them is too late for its own close."""
    rows = np.array([(100.0, 100, 100, 100)] * 21)
    rows[6, [1, 3]] = 110  # first session closes at 110
    rows[7] = (121, 121, 100, 100)  # and the second opens at 121
    found = label(fixed_bp=100).compute(make.hourly(rows, start="2024-07-08"), NIGHT)
    assert found.y[:7].tolist() == [2] * 6 + [-1]
    assert found.y_ret[:6] == pytest.approx([0.1] * 6)
    assert found.t1[:6].tolist() == [7] * 6
    assert found.cause[6] == "no_bar_left"
    assert found.cause[14:20].tolist() == ["no_future"] * 6
    assert found.cause[20] == "no_bar_left"


def test_the_band_is_that_of_sixty_nights(make):
    """k·σ, σ the standard deviation (ddof 1) of the last 60 ln(open / previous close)."""
    tape = make.daily(make.wild(120, 1))
    found = label(k_sigma=0.5).compute(tape, NIGHT)
    assert (found.cause[:60] == "no_band").all()
    for t in (60, 77, 100):
        nights = np.log(tape.open[t - 59 : t + 1] / tape.close[t - 60 : t])
        band, move = 0.5 * nights.std(ddof=1), tape.open[t + 2] / tape.close[t + 1] - 1
        assert found.y[t] == (2 if move > band else 0 if move < -band else 1)


def test_within_the_session_the_last_night_counts_from_its_first_bar_on(make):
    tape = make.hourly(make.wild(700, 2), start="2024-07-08")
    found = label().compute(tape, NIGHT)
    firsts = np.flatnonzero(tape.first)
    for t in (480, 486, 487, 500):
        known = [i for i in firsts[1:] if i <= t][-60:]
        band = 0.3 * np.std([np.log(tape.open[i] / tape.close[i - 1]) for i in known], ddof=1)
        if tape.last[t]:
            assert found.cause[t] == "no_bar_left"
            continue
        close = next(i for i in range(t, 700) if tape.last[i])
        move = tape.open[close + 1] / tape.close[close] - 1
        assert found.y[t] == (2 if move > band else 0 if move < -band else 1)


@pytest.mark.parametrize(("gone", "lost"), [("2024-07-03", ("2024-07-01", "2024-07-02"))])
def test_a_missing_session_leaves_no_label(make, gone, lost):
    """Without the 3rd of July there is no night after the 2nd, and no following close for it."""
    import pandas as pd

    from sigma_core.calendars import calendar
    from sigma_core.tape import tape_of

    days = calendar("XNYS").sessions(pd.Timestamp("2024-03-01").date()).iloc[:120]
    rows = pd.DataFrame(make.wild(120, 3), columns=["open", "high", "low", "close"])
    frame = rows.assign(ts=days["close"], session=days["session"])
    frame = frame[frame["session"] != pd.Timestamp(gone)].reset_index(drop=True)
    found = label().compute(tape_of(frame, calendar("XNYS"), "daily", horizon="swing"), NIGHT)
    causes = dict(zip(frame["session"].dt.strftime("%Y-%m-%d"), found.cause, strict=True))
    assert {day: causes[day] for day in lost} == dict.fromkeys(lost, "missing_session")
    assert causes["2024-06-28"] == causes["2024-07-05"] == ""


@pytest.mark.parametrize("maker", ["daily", "hourly"])
def test_the_trade_is_what_the_label_speaks_of(make, maker):
    """Same bars, same prices: the label's return is the trade's before costs."""
    tape = getattr(make, maker)(make.wild(300, 8))
    bound = label(fixed_bp=1)
    found, way = bound.compute(tape, NIGHT), plan(tape, NIGHT, bound.end(tape, NIGHT)).long
    known = found.y >= 0
    assert known.sum() > 200
    assert (way.price / way.fill - 1)[known] == pytest.approx(found.y_ret[known], rel=1e-12)
    assert (way.exit[known] == found.t1[known]).all()
    assert {REASONS[code] for code in way.reason[known]} == {"time"}
    assert {WHERE[code] for code in way.where[known]} == {"open"}
    # a row never fills at a price it contains
    assert (way.entry[known] > np.flatnonzero(known)).all()


def test_what_the_data_do_not_reach(make):
    """Of 4 sessions: the signals of the 3rd wait at its last close, those of the 4th for a fill."""
    tape = make.daily(make.wild(4, 1))
    way = plan(tape, NIGHT, label().end(tape, NIGHT)).short
    assert [WHY[code] for code in way.why] == ["ok", "ok", "ok", "no_bar_left"]
    assert way.exit[:3].tolist() == [2, 3, 3]
    assert [REASONS[code] for code in way.reason[:3]] == ["time", "time", "end"]
    assert way.price[2] == tape.close[3]


def test_a_session_that_is_not_over_has_no_close_yet(make):
    tape = make.hourly(make.wild(10, 1), start="2024-07-08")
    assert entries(tape, NIGHT).tolist() == [6] * 6 + [10] * 4
    assert entries(replace(tape, last=np.arange(10) >= 6), NIGHT)[9] == 10
