"""Calibration, momentum gate, baseline, policy fields, checks: each control's effect and error."""

from collections.abc import Callable, Mapping
from pathlib import Path
from shutil import copytree
from typing import Any

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from app import session
from sigma_core import jobs
from sigma_core.domain.job import Job
from sigma_core.domain.results import Backtest, Entry
from sigma_core.errors import BadRequest
from sigma_core.lab import Lab
from sigma_core.lake import Lake
from sigma_core.packs import find_model
from sigma_core.parse import plain
from sigma_core.verbs.backtest import BacktestAsk, backtest
from sigma_core.verbs.build import BuildMatrix, build
from sigma_core.verbs.leaderboard import Leaderboard, leaderboard
from sigma_core.verbs.sweep_run import SweepRun, sweep_run
from sigma_core.verbs.train import Train, train
from sigma_core.verbs.what_if import WhatIf, what_if
from tests.job.conftest import MODEL, market, pack

OpenPage = Callable[..., AppTest]
Started = list[tuple[str, dict[str, Any]]]
DEMO = "ixic_eq_swing_daily"
GATE = {"momentum_gate": True, "momentum_min": 0.01, "momentum_column": "log_ret_5"}
ANSWERS: dict[str, Any] = {}
"""What the verbs answered when the lake of these tests was made."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A toy market that was swept and backtested under a gate and a calibration."""
    home = tmp_path_factory.mktemp("asked")
    (home / "files").mkdir()
    market(3800).to_csv(home / "files" / "TOY_daily.csv", index=False)
    lab = Lab(packs=pack(home / "packs"), lake=Lake(home / "lake"), files=home / "files")
    how = {"model_id": MODEL, "calibration": "sigmoid", **GATE}
    grid = {"thresholds_variants": ("0.50", "0.52"), "tag": "gated"}
    build(lab, BuildMatrix(model_id=MODEL))
    ANSWERS["sweep"] = sweep_run(lab, session.ask(SweepRun, **how, **grid))
    ANSWERS["plain"] = backtest(lab, BacktestAsk(model_id=MODEL, thresholds="0.51"))
    ANSWERS["gated"] = backtest(lab, session.ask(BacktestAsk, **how, thresholds="0.50"))
    return home


@pytest.fixture
def toys(lab: Lab, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lab:
    """The dashboard's lab, a copy of that folder in place of the empty one."""
    copytree(home, tmp_path / "toys")
    for name in ("LAKE", "PACKS", "FILES"):
        monkeypatch.setenv(f"SIGMA_{name}", str(tmp_path / "toys" / name.lower()))
    session.lab.cache_clear()
    return session.lab()


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Started:
    """What the page has started; nothing runs."""
    seen: Started = []

    def submit(lake: Lake, verb: str, ask: Mapping[str, Any]) -> Job:
        seen.append((verb, dict(ask)))
        return Job(job_id="x", verb=verb, ask=dict(ask), made_at=session.lab().now())

    monkeypatch.setattr(jobs, "submit", submit)
    return seen


def table(at: AppTest, column: str) -> pd.DataFrame:
    """The small table on screen that has such a column."""
    return next(each.value for each in at.table if column in each.value.columns)


def captions(at: AppTest) -> str:
    return "\n".join(each.value for each in at.caption)


def gated_trials(lab: Lab) -> list[Entry]:
    """Trials under the sigmoid calibration and the gate, best first."""
    found = leaderboard(lab, Leaderboard(model_id=MODEL))
    return [entry for entry in found if entry.study.calibration == "sigmoid"]


# ---- what is asked for --------------------------------------------------------------------------

PAGES = {"sweep": ("3_sweeps", {}), "backtest": ("2_composer", {"step": "Backtest"})}


@pytest.mark.parametrize("which", PAGES)
def test_calibration_and_gate_reach_the_verb(
    toys: Lab, open_page: OpenPage, started: Started, which: str
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
    toys: Lab, open_page: OpenPage, started: Started, which: str
) -> None:
    page, where = PAGES[which]
    open_page(page, model=MODEL, **where).button(key=f"{which}_go").click().run()

    [(_, ask)] = started
    assert ask["calibration"] == "none"
    assert ask["momentum_gate"] is ask["momentum_min"] is ask["momentum_column"] is None


def test_the_gate_offers_the_models_own_columns(toys: Lab, open_page: OpenPage) -> None:
    at = open_page("3_sweeps", model=MODEL)
    at.toggle(key=f"sweep_{MODEL}_gate").set_value(True).run()
    column = at.selectbox(key=f"sweep_{MODEL}_column")

    assert column.options == ["rsi_14", "log_ret_5", "natr_14"]
    assert column.value == "log_ret_5"


def test_the_controls_say_what_they_do_and_need(toys: Lab, open_page: OpenPage) -> None:
    at = open_page("2_composer", model=MODEL, step="Backtest")

    assert "1,000" in at.segmented_control(key="backtest_calibration").proto.help
    assert "Longs only" in at.toggle(key=f"backtest_{MODEL}_gate").help


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
    toys: Lab, open_page: OpenPage
) -> None:
    at = open_page("3_sweeps", model=MODEL)
    trials = next(each.value for each in at.dataframe if "rule" in each.value.columns)

    assert set(trials["rule"]) == {"≥ 0.50, sigmoid", "≥ 0.52, sigmoid"}
    assert "log_ret_5 at least 0.01, kept back" in captions(at)
    assert not at.exception


def test_a_gated_sweep_can_be_looked_at(toys: Lab) -> None:
    found = what_if(toys, WhatIf(sweep_id=ANSWERS["sweep"].sweep_id, thresholds="0.50"))

    assert found.tried
    assert found.metrics.trades == ANSWERS["gated"].trades


def test_a_backtest_says_how_many_signals_were_kept_back(toys: Lab, open_page: OpenPage) -> None:
    counts = ANSWERS["gated"].counts
    at = open_page("2_composer", model=MODEL, step="Backtest")

    assert counts["momentum_gate"] > 0
    said = f"kept back {counts['momentum_gate']:,} of {counts['signals']:,} signals."
    assert said in captions(at)


@pytest.mark.parametrize("which", ["plain", "gated"])
def test_the_baseline_stands_beside_the_strategy(
    toys: Lab, open_page: OpenPage, which: str
) -> None:
    answer: Backtest = ANSWERS[which]
    at = open_page("2_composer", model=MODEL, step="Backtest")
    picker = next(each for each in at.selectbox if str(each.key).startswith("backtest_run"))
    picker.set_value(next(o for o in picker.options if f"{answer.trades} trades" in o)).run()
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


# ---- a policy's fields --------------------------------------------------------------------------


@pytest.fixture
def editor(lab: Lab, open_page: OpenPage) -> AppTest:
    """The form of the demo's policy, which becomes its own when it is saved."""
    at = open_page("1_models", show=DEMO)
    at.segmented_control(key="models_tab").set_value("Edit").run()
    return at.selectbox(key=f"edit_what_{DEMO}").set_value("Policy balanced").run()


def field(at: AppTest, kind: str, name: str) -> Any:
    return next(each for each in at.get(kind) if str(each.key).startswith(f"edit_{name}_balanced"))


def test_untouched_a_policy_cannot_be_saved(editor: AppTest) -> None:
    assert editor.button(key="edit_save").disabled


def test_a_policys_fields_are_saved(editor: AppTest, lab: Lab) -> None:
    field(editor, "toggle", "size").set_value(True)
    field(editor, "toggle", "gate").set_value(True)
    field(editor, "selectbox", "entry").set_value("next_session_open")
    field(editor, "selectbox", "mode").set_value("range").run()
    field(editor, "number_input", "cap").set_value(0.4)
    field(editor, "number_input", "min").set_value(0.1)
    field(editor, "number_input", "minutes").set_value(780).run()
    assert "`conf_cap`" in "".join(table(editor, "Field")["Field"])
    editor.button(key="edit_save").click().run()

    policy = find_model(lab.packs, DEMO).policy
    assert (policy.size_by_conf, policy.conf_cap) == (True, 0.4)
    assert (policy.momentum_gate, policy.momentum_min) == (True, 0.1)
    assert policy.momentum_column == "momentum_score_total"
    assert (policy.brackets.mode, policy.brackets.entry_mode) == ("range", "next_session_open")
    assert policy.brackets.time_stop_minutes == 780


def test_fields_that_contradict_each_other_are_refused(editor: AppTest) -> None:
    field(editor, "selectbox", "entry").set_value("session_close").run()
    assert "session_close is out at the next open" in editor.error[0].value.replace("\\", "")
    assert editor.button(key="edit_save").disabled

    field(editor, "toggle", "levels").set_value(False).run()
    assert "Choose label" in editor.error[0].value
    field(editor, "selectbox", "entry").set_value("next_bar_open").run()
    assert [each.value for each in editor.error] == []
    assert not editor.button(key="edit_save").disabled


def test_a_range_is_not_adjusted_to_the_regime(editor: AppTest) -> None:
    field(editor, "selectbox", "mode").set_value("range")
    field(editor, "toggle", "regime").set_value(True).run()

    assert "regime_adjust: true cannot be met" in editor.error[0].value.replace("\\", "")


# ---- checks of the lab --------------------------------------------------------------------------

CHECKS = {
    "health": "packs",
    "verify": "ledger",
    "check_backend": "learner logistic",
    "audit": "ledger",
}


@pytest.mark.parametrize(("key", "part"), CHECKS.items())
def test_each_check_fills_the_table_of_parts(
    toys: Lab, open_page: OpenPage, key: str, part: str
) -> None:
    at = open_page("0_overview")
    at.button(key=key).click().run(timeout=60)
    rows = table(at, "State")

    assert part in set(rows["Part"])
    assert all("fine" in state for state in rows["State"])
    assert not at.exception


def test_a_check_names_a_damaged_file_and_what_to_do(toys: Lab, open_page: OpenPage) -> None:
    at = open_page("0_overview")
    file = next((toys.lake.root / "equity").rglob("*.parquet"))
    file.write_bytes(file.read_bytes()[:-20])
    at.button(key="verify").click().run(timeout=60)
    first = table(at, "State").iloc[0]

    assert file.name in first["Part"].replace("\\", "")
    assert "failed" in first["State"]
    assert "**" in first.iloc[2]


def test_a_touched_ledger_fails_its_audit(toys: Lab, open_page: OpenPage) -> None:
    at = open_page("0_overview")
    chain = next(toys.ledger.folder.glob("*.jsonl"))
    chain.write_text(chain.read_text().replace("sharpe", "sharqe", 1))
    at.button(key="audit").click().run(timeout=60)
    rows = table(at, "State")

    assert "failed" in rows["State"].iloc[0]
    assert "Put the ledger folder back" in rows.iloc[0, 2]
