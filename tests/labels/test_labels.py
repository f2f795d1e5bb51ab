"""Labels: laws over the registry, and answers worked by hand."""

from dataclasses import replace

import numpy as np
import pytest

from sigma_core.barriers import REASONS, plan
from sigma_core.domain.model import LabelSpec
from sigma_core.domain.policy import Brackets, Policy
from sigma_core.engine.uniqueness import uniqueness
from sigma_core.errors import BadRequest, UnknownName
from sigma_core.labels import LABELS, label_of

POLICY = Policy(brackets=Brackets(atr_period=5, atr_mult_stop=1.0, atr_mult_target=1.0, min_rr=0.0))
SPECS = [
    LabelSpec(kind="next_bar"),
    LabelSpec(kind="fwd_ret", params={"bars": 4}),
    LabelSpec(kind="fwd_ret", params={"sessions": 2}),
    LabelSpec(kind="fwd_ret_5d"),
    LabelSpec(kind="triple_barrier"),
    LabelSpec(kind="triple_barrier", params={"sessions": 2}),
    LabelSpec(kind="close_to_open"),
    LabelSpec(kind="headfake_reversal"),
    LabelSpec(kind="pin_drift", params={"strike": "pin"}),
]
OVERNIGHT = Policy(brackets=Brackets(enabled=False, entry_mode="session_close"))


TAPES = {
    "daily": ("daily", "swing", 300),
    "hourly": ("hourly", "swing", 700),
    "intraday": ("hourly", "intraday", 700),
    "15m": ("quarters", "swing", 2600),
    "0dte": ("quarters", "0dte", 2600),
}


def kinds(spec):
    """The tapes on which a label is asked: of its cadences, flat over night if it can be."""
    one = label_of(spec).label
    if one.cadences:
        return [kind for kind in TAPES if kind in one.cadences] + ["0dte"]
    return ["daily", "hourly"] + ["intraday"] * ("session_close" not in one.entry_modes)


@pytest.fixture(
    params=[(spec, kind) for spec in SPECS for kind in kinds(spec)],
    ids=lambda case: f"{case[0].kind}{dict(case[0].params)}-{case[1]}",
)
def case(request):
    return request.param


@pytest.fixture
def bound(case):
    return label_of(case[0])


@pytest.fixture
def policy(bound):
    """The policy a label is asked with: with the fills that it takes."""
    return OVERNIGHT if "session_close" in bound.label.entry_modes else POLICY


@pytest.fixture
def tape(case, make):
    kind, horizon, n = TAPES[case[1]]
    rows = make.wild(n, 5)
    if kind == "quarters":  # a wild first hour, or it would hardly ever be an event
        rows = make.wild(n, 5, np.where(np.arange(n) % 26 < 4, 0.02, 0.004), wick=0.002)
    made = getattr(make, kind)(rows, horizon=horizon)
    return replace(made, columns={"pin": np.round(made.close / 5) * 5})


def cut(make, tape, n):
    """The same tape as it stood when bar n - 1 had closed."""
    rows = np.column_stack([tape.open, tape.high, tape.low, tape.close])[:n]
    maker = {"daily": make.daily, "hourly": make.hourly, "15m": make.quarters}[tape.cadence]
    then = maker(rows, horizon="intraday" if tape.intraday else "swing")
    return replace(then, columns={name: values[:n] for name, values in tape.columns.items()})


def test_every_label_is_under_these_laws():
    assert {label.name for label in LABELS} == {label_of(spec).label.name for spec in SPECS}


def test_an_answer_is_known_at_its_t1_and_not_before(bound, policy, tape, make):
    """Cut off after t1 the label is the same; nothing later is needed."""
    whole = bound.compute(tape, policy)
    known = np.flatnonzero(whole.y >= 0)
    if tape.intraday and bound.params.get("sessions"):
        assert len(known) == 0 or bound.label.name == "triple_barrier"  # cut short by the session
    else:
        assert len(known) > 20
    assert (whole.t1[known] > known).all()
    for t in known[:: max(1, len(known) // 12)]:
        needed = max(whole.t1[t], min(bound.end(tape, policy)[t], len(tape) - 1))
        then = bound.compute(cut(make, tape, int(needed) + 1), policy)
        assert then.y[t] == whole.y[t]
        assert then.t1[t] == whole.t1[t]
        assert then.y_ret[t] == pytest.approx(whole.y_ret[t], rel=1e-12)


def test_no_answer_is_given_before_its_time(bound, policy, tape, make):
    """As a tape grows, a label once given never changes, and the last bar never has one."""
    last = None
    for n in range(len(tape) - 10, len(tape)):
        now = bound.compute(cut(make, tape, n), policy)
        assert now.y[-1] == -1
        if last is not None:
            given = last.y >= 0
            assert (now.y[:-1][given] == last.y[given]).all()
        last = now


def test_a_side_is_known_at_its_own_bar(bound, policy, tape, make):
    """The side that 1 speaks of is read live, when nothing later is there."""
    whole = bound.compute(tape, policy).side
    assert (whole is None) == ("UP" in bound.classes)
    if whole is None:
        return
    assert {-1, 0, 1} == set(whole.tolist())
    for t in np.flatnonzero(whole)[::7]:
        assert bound.compute(cut(make, tape, int(t) + 1), policy).side[t] == whole[t]


def test_what_is_missing_says_why(bound, policy, tape):
    found = bound.compute(tape, policy)
    missing = found.y < 0
    assert (found.cause[missing] != "").all()
    assert (found.cause[~missing] == "").all()
    assert np.isnan(found.y_ret[missing]).all()
    assert (found.t1[missing] == -1).all()


def test_an_intraday_label_stays_in_its_session(bound, policy, tape):
    if not tape.intraday:
        return
    found = bound.compute(tape, policy)
    known = found.y >= 0
    assert (tape.session[found.t1[known]] == tape.session[known]).all()
    expected = "leaves_session" if not bound.label.cadences else "other_time"
    assert (found.cause[tape.last] == expected).all()


def test_next_bar_by_hand(make):
    """Bands of 100 basis points: 100 → 102 is UP, 100 → 99.5 FLAT, 100 → 98 DOWN."""
    rows = [(100, 100, 100, 100), (100, 102, 100, 102), (100, 100, 99.5, 99.5), (100, 100, 98, 98)]
    found = label_of(LabelSpec(kind="next_bar", params={"fixed_bp": 100})).compute(
        make.daily(rows), POLICY
    )
    assert found.y.tolist() == [2, 1, 0, -1]
    assert found.y_ret[:3] == pytest.approx([0.02, -0.005, -0.02])
    assert found.cause.tolist() == ["", "", "", "no_future"]


def test_the_band_is_that_of_sixty_returns(make):
    """k·σ·√h, σ the standard deviation (ddof 1) of the last 60 log returns up to the bar."""
    tape = make.daily(make.wild(120, 1))
    found = label_of(LabelSpec(kind="fwd_ret", params={"bars": 4, "k_sigma": 0.5})).compute(
        tape, POLICY
    )
    assert (found.cause[:60] == "no_band").all()
    for t in (60, 77, 100):
        returns = np.diff(np.log(tape.close[t - 60 : t + 1]))
        band = 0.5 * returns.std(ddof=1) * 2
        move = tape.close[t + 4] / tape.open[t + 1] - 1
        assert found.y[t] == (2 if move > band else 0 if move < -band else 1)


def test_on_hourly_bars_only_returns_within_a_session_count(make):
    tape = make.hourly(make.wild(200, 2))
    found = label_of(LabelSpec(kind="fwd_ret", params={"bars": 1})).compute(tape, POLICY)
    inside = [i for i in range(1, 200) if not tape.first[i]]
    log = np.log(tape.close)
    for t in (120, 150, 180):
        used = [log[i] - log[i - 1] for i in inside if i <= t][-60:]
        band = 0.3 * np.std(used, ddof=1)
        move = tape.close[t + 1] / tape.open[t + 1] - 1
        assert found.y[t] == (2 if move > band else 0 if move < -band else 1)


def test_a_missing_session_leaves_no_label(make):
    """3 July 2024 taken out: the bar of the 2nd would be filled on the 5th."""
    import pandas as pd

    from sigma_core.calendars import calendar
    from sigma_core.tape import tape_of

    days = calendar("XNYS").sessions(pd.Timestamp("2024-03-01").date()).iloc[:120]
    rows = pd.DataFrame(make.wild(120, 3), columns=["open", "high", "low", "close"])
    frame = rows.assign(ts=days["close"], session=days["session"])
    gone = frame[frame["session"] != pd.Timestamp("2024-07-03")].reset_index(drop=True)
    tape = tape_of(gone, calendar("XNYS"), "daily", horizon="swing")
    at = int(gone.index[gone["session"] == pd.Timestamp("2024-07-02")][0])
    for spec in (LabelSpec(kind="next_bar"), LabelSpec(kind="triple_barrier")):
        assert label_of(spec).compute(tape, POLICY).cause[at] == "missing_session"


def test_triple_barrier_is_what_the_brackets_would_do(make):
    tape = make.daily(make.wild(250, 9))
    bound = label_of(LabelSpec(kind="triple_barrier", params={"bars": 6}))
    found, ways = bound.compute(tape, POLICY), plan(tape, POLICY, bound.end(tape, POLICY))
    seen = set()
    for t in np.flatnonzero(found.y >= 0):
        hits = {
            side: way.exit[t] if REASONS[way.reason[t]] == "target" else None
            for side, way in (("UP", ways.long), ("DOWN", ways.short))
        }
        up, down = hits["UP"], hits["DOWN"]
        if up is not None and (down is None or up < down):
            expected, end, price = "UP", up, ways.long.price[t]
        elif down is not None and (up is None or down < up):
            expected, end, price = "DOWN", down, ways.short.price[t]
        else:
            end = max(ways.long.exit[t], ways.short.exit[t])
            expected, price = "FLAT", tape.close[end]
        assert (bound.classes[found.y[t]], found.t1[t]) == (expected, end)
        assert found.y_ret[t] == pytest.approx(price / tape.open[t + 1] - 1, rel=1e-12)
        seen.add(expected)
    assert seen == {"UP", "DOWN", "FLAT"}


def test_triple_barrier_needs_brackets(make):
    off = Policy(brackets=Brackets(enabled=False))
    with pytest.raises(BadRequest, match=r"brackets\.enabled: false"):
        label_of(LabelSpec(kind="triple_barrier")).compute(make.daily(make.wild(50, 1)), off)


@pytest.mark.parametrize(
    ("spec", "error", "says"),
    [
        (LabelSpec(kind="fwd_rett"), UnknownName, "fwd_rett"),
        (LabelSpec(kind="fwd_ret"), BadRequest, "no horizon"),
        (LabelSpec(kind="fwd_ret", params={"bars": 2, "sessions": 2}), BadRequest, "both bars and"),
        (LabelSpec(kind="fwd_ret", params={"bars": 0}), BadRequest, "bars of fwd_ret is 0"),
        (LabelSpec(kind="fwd_ret", params={"bars": 1.5}), BadRequest, "is 1.5"),
        (LabelSpec(kind="next_bar", params={"k_sgma": 0.3}), BadRequest, "k_sgma is not"),
        (LabelSpec(kind="next_bar", params={"k_sigma": -1}), BadRequest, "is -1"),
        (LabelSpec(kind="next_bar", params={"k_sigma": None}), BadRequest, "is None"),
        (LabelSpec(kind="next_bar", params={"k_sigma": 1, "fixed_bp": 9}), BadRequest, "both k_"),
    ],
)
def test_a_wrong_label_is_told(spec, error, says):
    with pytest.raises(error) as told:
        label_of(spec)
    assert says in str(told.value)
    assert told.value.hint


def test_uniqueness_of_the_book():
    """Spans 0–2, 2–3 and 4–5: 5/6, 3/4 and 1 (Lopez de Prado 2018, 4.5.3)."""
    found = uniqueness(np.array([-1, 1, 3]), np.array([2, 3, 5]))
    assert found == pytest.approx([5 / 6, 3 / 4, 1])


def test_the_next_draw_of_the_book():
    """Beside a second span drawn first they are 5/6, 1/2 and 1 of their own: 5, 3 and 6 of 14."""
    begins, ends = np.array([-1, 1, 3]), np.array([2, 3, 5])
    beside = [uniqueness(begins[[1, i]], ends[[1, i]])[-1] for i in range(3)]
    assert np.array(beside) / sum(beside) == pytest.approx([5 / 14, 3 / 14, 6 / 14])
