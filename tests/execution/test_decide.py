"""Confidence and cuts: chosen on what came before, by a trader who tries every threshold."""

import numpy as np
import pytest

from sigma_core.domain.policy import Brackets, Policy
from sigma_core.domain.trial import Rule
from sigma_core.engine.book import confidence
from sigma_core.engine.decide import book_of, cuts_of, final_cut
from sigma_core.engine.measure import session_returns
from sigma_core.engine.prospects import prospects_of
from sigma_core.errors import BadRequest
from tests.execution.conftest import seeds

CLASSES = ("DOWN", "FLAT", "UP")
VALUES = (0.5, 0.55, 0.6, 0.7)


def cuts(case, rule):
    prospects = prospects_of(case.tape, case.book, case.plan, case.policy)
    return cuts_of(rule, case.book, prospects)


def slow_choice(case, trader, values, fold, hours=()):
    """Trade the earlier folds afresh with every value, and forget the trade still open."""
    first = case.book.blocks[fold][0]
    session = case.tape.session[case.book.start : first]
    found = {}
    for value in values:
        slow = trader(case, [value] * 5, hours=hours, until=first)
        done = [t for t in slow.trades if t["reason"] != "end"]
        equity = np.array(slow.equity)
        if len(done) < len(slow.trades):  # as if the open one had never been
            equity[slow.trades[-1]["entry"] - case.book.start :] = equity[
                slow.trades[-1]["entry"] - case.book.start - 1
            ]
        r = session_returns(equity, session)
        if len(done) >= 10 and r.std(ddof=1) > 0:
            found[value] = r.mean() / r.std(ddof=1)
    if not found:
        return sorted(values)[len(values) // 2], "middle"
    best = max(found.values())
    return max(v for v, sharpe in found.items() if sharpe >= best - 1e-12), "chosen"


@seeds(12, quick=4)
def test_each_folds_threshold_is_the_best_of_the_earlier_folds(case_of, trader, seed):
    case = case_of(seed)
    hours = (11, 12, 15, 16) if case.cadence == "hourly" and seed % 8 < 4 else ()
    rule = Rule(kind="thr", value=",".join(map(str, VALUES)), allowed_hours=hours)
    found = cuts(case, rule)
    assert (found.values[0], found.how[0]) == (0.6, "middle")
    for fold in range(1, 5):
        expected = slow_choice(case, trader, VALUES, fold, hours)
        assert (found.values[fold], found.how[fold]) == expected


def test_the_random_cases_choose_more_than_one_value(case_of):
    rule = Rule(kind="thr", value=",".join(map(str, VALUES)))
    found = [cuts(case_of(seed), rule) for seed in range(24)]
    chosen = [v for c in found for v, how in zip(c.values, c.how, strict=True) if how == "chosen"]
    assert set(chosen) == set(VALUES)


def test_one_threshold_is_taken_as_it_is(case_of):
    found = cuts(case_of(0), Rule(kind="thr", value="0.62"))
    assert (found.values.tolist(), set(found.how)) == ([0.62] * 5, {"given"})


def test_the_middle_of_an_even_count_is_the_higher(case_of):
    # no threshold this high has ten trades
    found = cuts(case_of(0), Rule(kind="thr", value="0.999,0.9999,0.99999,0.999999"))
    assert (set(found.values), set(found.how)) == ({0.99999}, {"middle"})


def test_equal_sharpes_go_to_the_higher(case_of):
    # confidences never reach 0.5 + 1e-9 from below, so both values take the same trades
    found = cuts(case_of(2), Rule(kind="thr", value="0.4,0.45,0.499"))
    assert "chosen" in found.how
    assert all(
        v == 0.499 for v, how in zip(found.values, found.how, strict=True) if how == "chosen"
    )


@pytest.mark.parametrize("seed", range(8))
def test_top_pct_is_the_higher_quantile_of_earlier_confidences(case_of, seed):
    case = case_of(seed)
    hours = (11, 13, 16) if case.cadence == "hourly" else ()
    found = cuts(case, Rule(kind="top_pct", value="0.1", allowed_hours=hours))
    assert found.how == ("inner", "quantile", "quantile", "quantile", "quantile")
    for fold, cut in enumerate(found.values):
        seen = sorted(slow_scores(case, fold, hours))
        # of n sorted values the one at ceil((n - 1) * 0.9), counted from 0
        assert cut == seen[int(np.ceil(round((len(seen) - 1) * 0.9, 9)))]


def slow_scores(case, fold, hours):
    """Highest permitted confidence of every row before the fold, or of the inner rows."""
    rows = np.flatnonzero((case.fold >= 0) & (case.fold < fold))
    if fold == 0:
        before = np.flatnonzero(case.fold == -1)
        before = before[before < np.flatnonzero(case.fold == 0)[0]]
        rows = before[-len(before) // 5 :]
    for row in rows:
        down, _, up = case.proba[row]
        both = {"long": up / (up + down), "short": 1 - up / (up + down)}
        if not hours or case.tape.hour[case.offset + row] in hours:
            yield both.get(case.policy.sides, max(both.values()))


@seeds(12, quick=4)
@pytest.mark.parametrize("rule", [("thr", "0.5,0.55,0.6,0.7"), ("top_pct", "0.15")])
def test_nothing_from_a_folds_start_on_changes_its_cut(case_of, seed, rule):
    """Later predictions and later prices may be anything."""
    case, rule = case_of(seed), Rule(kind=rule[0], value=rule[1])
    before = cuts(case, rule)
    rng = np.random.default_rng(seed)
    for fold in range(5):
        first = case.book.blocks[fold][0]
        bars, proba = case.bars.copy(), case.proba.copy()
        later = rng.permutation(np.arange(first, len(bars)))
        for column in ("open", "high", "low", "close"):
            bars.loc[first:, column] = case.bars[column].to_numpy()[later] * 1.3
        proba[first - case.offset :] = rng.dirichlet([5, 1, 1], len(proba) - first + case.offset)
        after = cuts(case.but(bars=bars, proba=proba), rule)
        np.testing.assert_array_equal(after.values[: fold + 1], before.values[: fold + 1])
        assert after.how[: fold + 1] == before.how[: fold + 1]


@pytest.mark.parametrize("seed", range(8))
def test_the_final_cut_is_that_of_a_fold_after_the_last(case_of, trader, seed):
    case = case_of(seed)
    # the last fold, judged as if nothing came after the first four
    fewer = case.but(fold=np.where(case.fold == 4, -1, case.fold).astype("int16"))
    prospects = prospects_of(fewer.tape, fewer.book, fewer.plan, fewer.policy)
    for rule in (Rule(kind="thr", value="0.5,0.55,0.6,0.7"), Rule(kind="top_pct", value="0.2")):
        whole = cuts(case, rule)
        assert final_cut(rule, fewer.book, prospects) == (whole.values[4], whole.how[4])


def every_bar(case_of, *, label_bars, bars):
    """Ups at every bar, unbracketed trades of `label_bars`, and a first fold of so many bars."""
    case = case_of(0)
    rows = len(case.proba)
    fold = np.r_[np.full(30, -1), np.zeros(bars), np.ones(rows - 30 - bars)].astype("int16")
    return case.but(
        policy=Policy(brackets=Brackets(enabled=False)), label_bars=label_bars, fold=fold,
        proba=np.tile([0.1, 0.1, 0.8], (rows, 1)),
    )  # fmt: skip


@pytest.mark.parametrize(("bars", "how"), [(10, "middle"), (11, "chosen")])
def test_a_trade_that_closes_in_the_folds_first_bar_is_not_counted(case_of, bars, how):
    # a trade enters and leaves in the bar after its signal: one less than there are bars
    case = every_bar(case_of, label_bars=1, bars=bars)
    assert cuts(case, Rule(kind="thr", value="0.5,0.6,0.7")).how == ("middle", how)


@pytest.mark.parametrize(("bars", "how"), [(20, "middle"), (21, "chosen")])
def test_a_trade_still_open_at_the_end_is_not_counted_for_the_final_cut(case_of, bars, how):
    # each trade takes two bars; in 20 bars the tenth is still open at the last close
    case = every_bar(case_of, label_bars=2, bars=bars)
    case = case.but(fold=np.where(case.fold == 1, -1, case.fold).astype("int16"))
    prospects = prospects_of(case.tape, case.book, case.plan, case.policy)
    rule = Rule(kind="thr", value="0.5,0.6,0.7")
    assert final_cut(rule, case.book, prospects)[1] == how


@pytest.mark.parametrize("seed", range(4))
def test_a_replay_up_to_any_bar_counts_the_trades_closed_before_it(case_of, trader, seed):
    case = case_of(seed)
    prospects = prospects_of(case.tape, case.book, case.plan, case.policy)
    done = [t["exit"] for t in trader(case, [0.55] * 5).trades if t["reason"] != "end"]
    for until in range(case.book.start + 1, case.book.end + 2):
        tally = prospects.replay((), np.full((1, 5), 0.55), until=until)
        assert tally.trades[0] == sum(bar < until for bar in done)


def test_hours_without_any_bar_are_refused_for_top_pct(case_of):
    with pytest.raises(BadRequest, match=r"hours \[3\]") as refusal:
        cuts(case_of(1), Rule(kind="top_pct", value="0.1", allowed_hours=(3,)))
    assert "hours in which the market trades" in refusal.value.hint


def test_confidence_by_hand():
    proba = np.array([[0.2, 0.2, 0.6], [0.3, 0.4, 0.3], [0.0, 1.0, 0.0]])
    assert confidence(proba, CLASSES).tolist() == pytest.approx([0.75, 0.5, np.nan], nan_ok=True)


def book(case_of, proba, *, sides="both", classes=CLASSES, side=None, **policy):
    case = case_of(0)
    rows = len(proba)
    return book_of(
        proba, classes, np.zeros(rows), case.tape, Policy(sides=sides, **policy),
        offset=10, side=side,
    )  # fmt: skip


THREE = [[0.2, 0.2, 0.6], [0.3, 0.4, 0.3], [0.6, 0.2, 0.2], [np.nan] * 3]


def test_the_book_leans_to_the_permitted_side(case_of):
    def rows(sides):
        found = book(case_of, THREE, sides=sides)
        return found.side[10:14].tolist(), found.score[10:14].tolist()

    nan = float("nan")
    for sides, side, score in (
        ("both", [1, 0, -1, 0], [0.75, 0.5, 0.75, nan]),
        ("long", [1, 0, 0, 0], [0.75, 0.5, 0.25, nan]),
        ("short", [0, 0, -1, 0], [0.25, 0.5, 0.75, nan]),
    ):
        assert rows(sides)[0] == side
        assert rows(sides)[1] == pytest.approx(score, nan_ok=True)


def test_a_label_of_one_and_nought_goes_toward_its_own_side(case_of):
    found = book(case_of, [[0.3, 0.7], [0.3, 0.7], [0.6, 0.4]], classes=("0", "1"), side=[1, -1, 1])
    assert found.side[10:13].tolist() == [1, -1, 0]
    assert found.score[10:13].tolist() == pytest.approx([0.7, 0.7, 0.4])
    only = book(case_of, [[0.3, 0.7]] * 2, classes=("0", "1"), side=[1, -1], sides="long")
    assert only.side[10:12].tolist() == [1, 0]
    assert only.score[10:12].tolist() == pytest.approx([0.7, np.nan], nan_ok=True)


def test_size_is_capped_and_never_negative(case_of):
    found = book(case_of, THREE, sides="long", size_by_conf=True, conf_cap=0.4)
    assert found.size[10:14].tolist() == pytest.approx([0.4, 0.0, 0.0, 0.0])


def test_blocks_leave_no_bar_out_between_folds(case_of):
    case = case_of(0)
    fold = np.array([-1, 0, 0, -1, 1, 1, -1], dtype="int16")  # -1 within: not scorable
    found = book_of(np.full((7, 3), 1 / 3), CLASSES, fold, case.tape, Policy(), offset=10)
    assert found.blocks == ((11, 13), (14, 15))
    assert found.fold[10:17].tolist() == [-1, 0, 0, 0, 1, 1, -1]
    assert (found.start, found.end) == (11, 15)
    assert np.isnan(found.score[13])


@pytest.mark.parametrize("fold", [[-1, -1, -1], [1, 0, 0]])
def test_folds_that_do_not_follow_one_another_are_a_bug(case_of, fold):
    with pytest.raises(ValueError, match="fold"):
        book_of(np.ones((3, 3)), CLASSES, fold, case_of(0).tape, Policy(), offset=0)
