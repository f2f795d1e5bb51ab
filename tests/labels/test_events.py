"""headfake_reversal and pin_drift by hand: one row a session, and the side is known at once."""

from dataclasses import replace

import numpy as np
import pytest

from sigma_core.domain.model import LabelSpec
from sigma_core.domain.policy import Brackets, Policy
from sigma_core.errors import BadRequest
from sigma_core.labels import label_of

POLICY = Policy()
QUIET = 20
"""Sessions of 26 quarters from 2024-07-05, each from 97.5 to 102.5: ATR(14) is 5 once known."""
FLAT = (100.0, 102.5, 97.5, 100.0)
AT_1030, AT_1500, BARS = 3, 21, 26


def market(make, day):
    """Quiet sessions, then one of these closes; every bar opens where the last one closed."""
    opens = np.r_[100.0, day[:-1]]
    rows = [(o, max(o, c), min(o, c), c) for o, c in zip(opens, day, strict=True)]
    return make.quarters([FLAT] * BARS * QUIET + rows)


def path(at_1030, close):
    """Closes of a session that is at 100, from 10:30 at one price and from 16:00 at another."""
    return np.r_[[100.0] * AT_1030, [at_1030] * (BARS - AT_1030 - 1), close]


def headfake(tape):
    return label_of(LabelSpec(kind="headfake_reversal")).compute(tape, POLICY)


def pin(tape, strikes):
    bound = label_of(LabelSpec(kind="pin_drift", params={"strike": "pin"}))
    return bound.compute(replace(tape, columns={"pin": strikes}), POLICY)


@pytest.mark.parametrize(
    ("at_1030", "close", "answer", "side"),
    [
        # half an ATR is 2.5
        (102.5, 100.0, 1, -1),
        (102.5, 100.1, 0, -1),
        (105.0, 102.5, 1, -1),
        (105.0, 107.0, 0, -1),
        (97.5, 100.0, 1, 1),
        (97.5, 99.9, 0, 1),
        (102.4, 90.0, "not_event", 0),
        (97.6, 110.0, "not_event", 0),
    ],
)
def test_a_headfake_by_hand(make, at_1030, close, answer, side):
    found = headfake(market(make, path(at_1030, close)))
    row = QUIET * BARS + AT_1030
    assert found.side[row] == side
    if isinstance(answer, str):
        assert (found.y[row], found.cause[row]) == (-1, answer)
        return
    assert (found.y[row], found.cause[row]) == (answer, "")
    assert found.t1[row] == row + BARS - AT_1030 - 1
    assert found.y_ret[row] == pytest.approx(close / at_1030 - 1)


def test_a_headfake_is_one_row_a_session_and_its_atr_is_of_the_days_before(make):
    """The day itself is wild; its own range does not raise the bar for it."""
    found = headfake(market(make, np.r_[100, 150, 100, path(102.5, 100.0)[3:]]))
    row = QUIET * BARS + AT_1030
    assert found.y[row] == 1
    assert (found.cause == "other_time").sum() == (QUIET + 1) * (BARS - 1)
    assert found.cause[AT_1030 : 14 * BARS + AT_1030 + 1 : BARS].tolist() == ["no_level"] * 15
    assert found.cause[15 * BARS + AT_1030 : row : BARS].tolist() == ["not_event"] * (QUIET - 15)


def test_a_headfake_waits_for_the_close(make):
    """At 10:30 the side is there and the answer is not."""
    tape = market(make, path(102.5, 100.0)[: AT_1030 + 1])
    found = headfake(tape)
    assert (found.side[-1], found.y[-1], found.cause[-1]) == (-1, -1, "no_future")


@pytest.mark.parametrize("gone", [0, BARS - 1])
def test_a_session_without_its_first_or_last_bar_has_no_headfake(make, gone):
    import pandas as pd

    from sigma_core.calendars import calendar
    from sigma_core.tape import tape_of

    tape = market(make, np.r_[path(102.5, 100.0), [100.0] * BARS])
    stamps = pd.to_datetime(tape.ts, unit="us", utc=True).as_unit("us")
    frame = pd.DataFrame({name: getattr(tape, name) for name in ("open", "high", "low", "close")})
    frame = frame.assign(ts=stamps, session=stamps.tz_localize(None).normalize())
    frame = frame.drop(index=QUIET * BARS + gone).reset_index(drop=True)
    row = QUIET * BARS + AT_1030 - (gone == 0)
    found = headfake(tape_of(frame, calendar("XNYS"), "15m", horizon="swing"))
    assert (found.y[row], found.cause[row]) == (-1, "missing_bar")


@pytest.mark.parametrize(
    ("at_1500", "close", "answer", "side"),
    [
        # the strike is 105, a fifth of an ATR is 1
        (103.0, 104.0, 1, 1),
        (103.0, 103.9, 0, 1),
        (103.0, 106.0, 1, 1),
        (103.0, 106.1, 0, 1),
        (107.0, 106.0, 1, -1),
        (107.0, 108.0, 0, -1),
        (105.0, 105.0, 0, 0),
    ],
)
def test_a_drift_to_the_strike_by_hand(make, at_1500, close, answer, side):
    day = np.r_[[100.0] * AT_1500, [at_1500] * 4, close]
    tape = market(make, day)
    found = pin(tape, np.full(len(tape), 105.0))
    row = QUIET * BARS + AT_1500
    assert (found.y[row], found.side[row], found.cause[row]) == (answer, side, "")
    assert found.y_ret[row] == pytest.approx(close / at_1500 - 1)
    assert (found.cause == "other_time").sum() == (QUIET + 1) * (BARS - 1)


def test_the_strike_is_the_one_known_before_the_session(make):
    """It moves from 105 to 90 with the session's first bar: that comes too late."""
    tape = market(make, np.r_[[100.0] * AT_1500, [103.0] * 4, 104.0])
    strikes = np.where(np.arange(len(tape)) < QUIET * BARS, 105.0, 90.0)
    assert pin(tape, strikes).side[QUIET * BARS + AT_1500] == 1
    missing = np.where(strikes == 105.0, np.nan, 90.0)
    assert pin(tape, missing).cause[QUIET * BARS + AT_1500] == "no_strike"


def test_a_half_day_is_over_before_three(make):
    """28 November 2024 is closed, the 29th a half day: it has no row, the days around it have."""
    tape = make.quarters([FLAT] * (20 * BARS + 14 + BARS), start="2024-10-31")
    found = pin(tape, np.full(len(tape), 105.0))
    days = tape.session[found.cause != "other_time"]
    assert tape.calendar.session_of(days).astype("datetime64[D]").astype(str)[-2:].tolist() == [
        "2024-11-27", "2024-12-02",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "policy", "cadence", "says"),
    [
        ("headfake_reversal", POLICY, "hourly", "headfake_reversal cannot be asked on hourly bars"),
        ("headfake_reversal", POLICY, "daily", "on daily bars"),
        ("pin_drift", POLICY, "daily", "pin_drift cannot be asked on daily bars"),
        ("close_to_open", POLICY, "daily", "close_to_open cannot be asked with"),
        ("fwd_ret_5d", "session_close", "daily", "fwd_ret cannot be asked with"),
        ("next_bar", "session_close", "daily", "next_bar cannot be asked with"),
        ("triple_barrier", "session_close", "daily", "triple_barrier cannot be asked with"),
        ("pin_drift", "next_session_open", "15m", "pin_drift cannot be asked with"),
    ],
)
def test_what_a_label_cannot_be_asked_with(kind, policy, cadence, says):
    if isinstance(policy, str):
        policy = Policy(brackets=Brackets(enabled=False, entry_mode=policy))
    with pytest.raises(BadRequest, match=says) as told:
        label_of(LabelSpec(kind=kind)).refuse(policy, cadence)
    assert told.value.hint


@pytest.mark.parametrize("strike", ["", 5, None])
def test_a_strike_is_the_name_of_a_column(strike):
    with pytest.raises(BadRequest, match=r"strike of pin_drift is"):
        label_of(LabelSpec(kind="pin_drift", params={"strike": strike}))
