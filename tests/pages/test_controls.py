"""Calibration, momentum gate, baseline: what each control asks for, and where it is named."""

import re

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from app import session
from sigma_core.domain.job import Job
from sigma_core.domain.results import Backtest, Entry
from sigma_core.errors import BadRequest
from sigma_core.lab import Lab
from sigma_core.parse import plain
from sigma_core.verbs.backtest import BacktestAsk, backtest
from sigma_core.verbs.leaderboard import Leaderboard, leaderboard
from sigma_core.verbs.train import Train, train
from sigma_core.verbs.what_if import WhatIf, what_if
from tests.job.conftest import MODEL
from tests.pages.conftest import ANSWERS, GATE, OpenPage, Started


def table(at: AppTest, column: str) -> pd.DataFrame:
    """The small table on screen that has such a column."""
    return next(each.value for each in at.table if column in each.value.columns)


def captions(at: AppTest) -> str:
    return "\n".join(each.value for each in at.caption)


def gated_trials(lab: Lab) -> list[Entry]:
    """Trials under the sigmoid calibration and the gate, best first."""
    found = leaderboard(lab, Leaderboard(model_id=MODEL))
    return [entry for entry in found if entry.study.calibration == "sigmoid"]


SAID = "log_ret_5 ≥ 0.01"
"""GATE in words."""

# ---- what is asked for --------------------------------------------------------------------------

PAGES = {"sweep": ("3_sweeps", {}), "backtest": ("2_composer", {"step": "Backtest"})}


@pytest.mark.slow
@pytest.mark.parametrize("which", PAGES)
def test_calibration_and_gate_reach_the_verb(
    seen: Lab, open_page: OpenPage, started: Started, which: str
) -> None:
    page, where = PAGES[which]
    at = open_page(page, model=MODEL, **where)
    chosen = f"sweep_calibration_{MODEL}" if which == "sweep" else "backtest_calibration"
    at.segmented_control(key=chosen).set_value("isotonic")
    at.toggle(key=f"{which}_{MODEL}_gate").set_value(True).run()
    at.selectbox(key=f"{which}_{MODEL}_column").set_value("natr_14")
    at.number_input(key=f"{which}_{MODEL}_min").set_value(0.25).run()
    at.button(key=f"{which}_go").click().run()

    [(_, ask)] = started
    assert ask["calibration"] == "isotonic"
    told = [ask[name] for name in GATE]
    assert told == [True, 0.25, "natr_14"]


@pytest.mark.parametrize("which", PAGES)
def test_untouched_nothing_is_asked_of_the_gate(
    seen: Lab, open_page: OpenPage, started: Started, which: str
) -> None:
    page, where = PAGES[which]
    open_page(page, model=MODEL, **where).button(key=f"{which}_go").click().run()

    [(_, ask)] = started
    assert ask["calibration"] == "none"
    assert ask["momentum_gate"] is ask["momentum_min"] is ask["momentum_column"] is None


def test_the_gate_offers_the_models_own_columns(seen: Lab, open_page: OpenPage) -> None:
    at = open_page("3_sweeps", model=MODEL)
    at.toggle(key=f"sweep_{MODEL}_gate").set_value(True).run()
    column = at.selectbox(key=f"sweep_{MODEL}_column")

    assert column.options == ["rsi_14", "log_ret_5", "natr_14"]
    assert column.value == "log_ret_5"


def test_the_controls_say_what_they_do_and_need(seen: Lab, open_page: OpenPage) -> None:
    at = open_page("2_composer", model=MODEL, step="Backtest")

    assert "1,000" in at.segmented_control(key="backtest_calibration").proto.help
    assert "Longs only" in at.toggle(key=f"backtest_{MODEL}_gate").help


@pytest.mark.slow
def test_too_few_rows_are_refused_in_a_sentence(toys: Lab, open_page: OpenPage) -> None:
    ask = BacktestAsk(model_id=MODEL, thresholds="0.50", calibration="isotonic")
    with pytest.raises(BadRequest) as refused:
        backtest(toys, ask)
    job = Job(
        job_id="backtest-29990101-000000-abcdef",
        verb="backtest",
        ask=plain(ask),
        state="failed",
        error="bad_request",
        message=str(refused.value),
        hint=refused.value.hint,
        made_at=toys.now(),
        ended_at=toys.now(),
    )
    toys.lake.save("jobs", job.job_id, plain(job))
    at = open_page("2_composer", model=MODEL, step="Backtest")

    assert "calibration isotonic cannot be fitted" in at.error[0].value
    assert "1,000 are needed" in at.error[0].value


# ---- what it came to ----------------------------------------------------------------------------


def test_a_sweep_says_its_calibration_and_what_was_kept_back(
    seen: Lab, open_page: OpenPage
) -> None:
    at = open_page("3_sweeps", model=MODEL)
    trials = next(each.value for each in at.dataframe if "rule" in each.value.columns)

    assert set(trials["rule"]) == {f"≥ {cut}, sigmoid, {SAID}" for cut in ("0.50", "0.52")}
    assert f"{SAID}, kept back" in captions(at)
    assert not at.exception


@pytest.mark.slow
def test_rows_that_differ_by_what_was_asked_can_be_told_apart(
    toys: Lab, open_page: OpenPage
) -> None:
    bare = backtest(toys, BacktestAsk(model_id=MODEL, thresholds="0.50")).entry
    gated = gated_trials(toys)
    at = open_page("5_signals")
    same = next(entry for entry in gated if entry.config == bare.config)
    at.session_state["leaderboard_ticked"] = {bare.trial_id, same.trial_id}
    at.switch_page("../pages/4_leaderboard.py").run()

    rules = at.dataframe[0].value["rule"].tolist()
    assert {"≥ 0.50", f"≥ 0.50, sigmoid, {SAID}"} <= set(rules)
    beside = table(at, "").set_index("")
    assert set(beside.loc["Momentum gate"]) == {"none", SAID}
    assert set(beside.loc["Calibration"]) == {"none", "sigmoid"}


def test_the_list_of_backtests_names_what_was_asked(seen: Lab, open_page: OpenPage) -> None:
    at = open_page("2_composer", model=MODEL, step="Backtest")
    picker = next(each for each in at.selectbox if str(each.key).startswith("backtest_run"))

    plain_one, gated_one = ANSWERS["plain"].trades, ANSWERS["gated"].trades
    words = {each.split(": ", 1)[1] for each in picker.options}
    status = {each: ANSWERS[each].entry.judged_status for each in ("plain", "gated")}
    assert words == {
        f"≥ 0.51, {status['plain']}, {plain_one:,} trades",
        f"≥ 0.50, sigmoid, {SAID}, {status['gated']}, {gated_one:,} trades",
    }


def test_what_is_missing_has_a_real_minus(seen: Lab, open_page: OpenPage) -> None:
    at = open_page("2_composer", model=MODEL, step="Backtest")
    missing = next(each.value for each in at.markdown if each.value.startswith("Missing"))

    assert "10 %" not in missing
    assert re.search(r"-\d", missing) is None


def test_a_gated_sweep_can_be_looked_at(toys: Lab) -> None:
    found = what_if(toys, WhatIf(sweep_id=ANSWERS["sweep"].sweep_id, thresholds="0.50"))

    assert found.tried
    assert found.metrics.trades == ANSWERS["gated"].trades


def test_a_backtest_says_how_many_signals_were_kept_back(seen: Lab, open_page: OpenPage) -> None:
    counts = ANSWERS["gated"].counts
    at = open_page("2_composer", model=MODEL, step="Backtest")

    assert counts["momentum_gate"] > 0
    said = f"kept back {counts['momentum_gate']:,} of {counts['signals']:,} signals."
    assert said in captions(at)


@pytest.mark.parametrize("which", ["plain", "gated"])
def test_the_baseline_stands_beside_the_strategy(
    seen: Lab, open_page: OpenPage, which: str
) -> None:
    answer: Backtest = ANSWERS[which]
    at = open_page("2_composer", model=MODEL, step="Backtest")
    picker = next(each for each in at.selectbox if str(each.key).startswith("backtest_run"))
    picker.set_value(next(o for o in picker.options if f"{answer.trades:,} trades" in o)).run()
    rows = table(at, "Logistic").set_index("")

    assert answer.baseline is not None
    baseline, hold = answer.baseline.metrics, answer.entry.hold
    assert rows.loc["Trades", "Logistic"] == f"{baseline.trades:,}"
    assert rows.loc["Sharpe", "Logistic"].replace("−", "-") == f"{baseline.sharpe:.2f}"
    assert rows.loc["Sharpe", "Buy and hold"].replace("−", "-") == f"{hold.sharpe:.2f}"
    assert rows.loc["Trades", "Strategy, xgboost"] == f"{answer.trades:,}"


# ---- training it --------------------------------------------------------------------------------


def to_train(open_page: OpenPage, trial_id: str) -> AppTest:
    at = open_page("2_composer", model=MODEL, step="Train", cart=trial_id)
    return at.text_input(key="train_reason").set_value("to watch it").run()


def test_a_trial_is_trained_as_it_was_tried(
    toys: Lab, open_page: OpenPage, started: Started
) -> None:
    trial = gated_trials(toys)[0]
    to_train(open_page, trial.trial_id).button(key="train_go").click().run()

    [(verb, ask)] = started
    assert verb == "train"
    assert {name: ask[name] for name in GATE} == GATE
    bundle = train(toys, session.ask(Train, **ask))
    assert bundle.lineage == trial.lineage
    at = open_page("2_composer", model=MODEL, step="Train")
    card = next(each.value for each in at.markdown if bundle.bundle_id in each.value)
    assert f"sigmoid, {SAID}" in card


def test_a_calibration_it_was_not_tried_with_is_refused(
    toys: Lab, open_page: OpenPage, started: Started
) -> None:
    at = to_train(open_page, gated_trials(toys)[0].trial_id)
    at.selectbox(key="train_calibration").set_value("none").run()
    at.button(key="train_go").click().run()

    [(_, ask)] = started
    assert ask["calibration"] == "none"
    with pytest.raises(BadRequest, match="has no trial of thr"):
        train(toys, session.ask(Train, **ask))
