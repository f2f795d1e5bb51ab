"""The Sweeps screen: what each control asks for and shows, before, during and after a sweep."""

import os
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from app import session
from sigma_core import jobs
from sigma_core.domain.job import Job
from sigma_core.lab import Lab
from sigma_core.lake import Lake
from sigma_core.packs import find_model
from sigma_core.parse import plain
from sigma_core.processes import ticks_of
from sigma_core.verbs._history import record
from sigma_core.verbs.sweep_run import SweepRun, sweep_run

ROOT = Path(__file__).resolve().parents[2]
MODEL, HOURLY = "ixic_eq_swing_daily", "spy_eq_swing_hourly"
OTHER = "spx_eq_swing_daily_vix"
OpenPage = Callable[..., AppTest]
Started = list[tuple[str, dict[str, Any]]]
GRIDS = {"first": ("0.52", "0.58"), "second": ("0.54",)}
"""Tag and thresholds of the sweeps that were run, in order."""
TRIED = {
    "kind": "thr",
    "value": "0.55",
    "allowed_hours": "",
    "sharpe": 0.5,
    "return": 0.25,
    "max_dd": -0.125,
    "trades": 40,
}


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake with two sweeps of one model."""
    home = tmp_path_factory.mktemp("sweeps")
    lab = Lab(packs=ROOT / "packs", lake=Lake(home))
    for tag, thresholds in GRIDS.items():
        grid = {"thresholds_variants": thresholds, "start": "2008-01-02", "splits": 3}
        sweep_run(lab, session.ask(SweepRun, model_id=MODEL, tag=tag, **grid))
    return home


@pytest.fixture
def swept(lab: Lab, ran: Path) -> Lab:
    """The lab of this test, with a copy of that lake."""
    copytree(ran, lab.lake.root, dirs_exist_ok=True)
    return lab


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Started:
    """What the page has started; nothing runs."""
    seen: Started = []

    def submit(lake: Lake, verb: str, ask: Mapping[str, Any]) -> Job:
        seen.append((verb, dict(ask)))
        return Job(job_id="x", verb=verb, ask=dict(ask), made_at=session.lab().now())

    monkeypatch.setattr(jobs, "submit", submit)
    return seen


def put(lab: Lab, state: str, **told: Any) -> Job:
    """A sweep of the model in the list of jobs, held by this process if it runs."""
    mine = {"pid": os.getpid(), "ticks": ticks_of(os.getpid())} if state == "running" else {}
    ask = {"model_id": MODEL, "thresholds_variants": ["0.55", "0.60"], "splits": 3}
    known = {"verb": "sweep_run", "ask": ask, "made_at": lab.now(), **mine, **told}
    job = Job(job_id="sweep_run-29990101-000000-abcdef", state=state, **known)  # type: ignore[arg-type]
    lab.lake.save("jobs", job.job_id, plain(job))
    return job


def sweep_id(lab: Lab, tag: str) -> str:
    return next(str(row["sweep_id"]) for row in lab.lake.trials() if row["tag"] == tag)


def markdown(at: AppTest) -> str:
    return "\n".join(element.value for element in at.markdown)


def figure(at: AppTest, label: str) -> str:
    return next(str(metric.value) for metric in at.metric if metric.label == label)


# ---- what is to be tried ------------------------------------------------------------------------


def test_without_a_sweep_the_page_says_what_one_is(lab: Lab, open_page: OpenPage) -> None:
    at = open_page("3_sweeps", model=MODEL)

    assert not at.exception
    assert "No sweep of this model yet" in at.subheader[0].value
    assert not at.slider


def test_hours_are_asked_for_where_bars_have_hours(lab: Lab, open_page: OpenPage) -> None:
    daily, hourly = (open_page("3_sweeps", model=name) for name in (MODEL, HOURLY))

    assert not any("Hours" in pills.label for pills in daily.pills)
    assert any("Hours" in pills.label for pills in hourly.pills)


def test_every_control_reaches_the_verb(lab: Lab, open_page: OpenPage, started: Started) -> None:
    at = open_page("3_sweeps", model=HOURLY)
    at.pills(key=f"sweep_thr_{HOURLY}").set_value(["0.52", "0.58"])
    at.pills(key=f"sweep_hours_{HOURLY}").set_value(["10", "13,14"])
    at.pills(key=f"sweep_top_{HOURLY}").set_value(["5%"])
    at.segmented_control(key=f"sweep_risk_{HOURLY}").set_value("aggressive")
    at.number_input(key="splits").set_value(7)
    at.number_input(key="embargo").set_value(0.02)
    at.text_input(key="sweep_tag").set_value("mine").run()
    assert "6 of" in at.get("progress")[0].proto.text
    at.button(key="sweep_go").click().run()

    [(verb, ask)] = started
    assert verb == "sweep_run"
    assert ask["thresholds_variants"] == ["0.52", "0.58"]
    assert ask["allowed_hours_variants"] == ["10", "13,14"]
    assert ask["top_pct_variants"] == [0.05]
    assert (ask["splits"], ask["embargo"], ask["tag"]) == (7, 0.02, "mine")
    assert ask["risk_profile"] == "aggressive"


def test_a_set_of_ones_own_is_ticked_and_asked_for(
    lab: Lab, open_page: OpenPage, started: Started
) -> None:
    at = open_page("3_sweeps", model=MODEL)
    at.pills(key=f"sweep_thr_{MODEL}").set_value([])
    at.pills(key=f"sweep_top_{MODEL}").set_value([]).run()
    at.text_input(key=f"sweep_thr_{MODEL}_typed").set_value("0.51, 0.57").run()
    assert at.pills(key=f"sweep_thr_{MODEL}").value == ["0.51,0.57"]
    at.button(key="sweep_go").click().run()

    assert [ask["thresholds_variants"] for _, ask in started] == [["0.51,0.57"]]


def test_nothing_ticked_cannot_be_run(lab: Lab, open_page: OpenPage) -> None:
    at = open_page("3_sweeps", model=MODEL)
    at.pills(key=f"sweep_thr_{MODEL}").set_value([])
    at.pills(key=f"sweep_top_{MODEL}").set_value([]).run()

    assert at.button(key="sweep_go").disabled


def test_over_budget_it_says_by_how_much(lab: Lab, open_page: OpenPage) -> None:
    """Conservative allows 20 settings; 9 + 14 = 23 are ticked."""
    at = open_page("3_sweeps", model=MODEL)
    at.segmented_control(key=f"sweep_risk_{MODEL}").set_value("conservative").run()
    at.pills(key=f"sweep_top_{MODEL}").set_value([]).run()
    at.pills(key=f"sweep_thr_{MODEL}").set_value([]).run()
    for i in range(23):
        at.text_input(key=f"sweep_thr_{MODEL}_typed").set_value(f"0.5,0.6{i:02d}").run()

    assert at.button(key="sweep_go").disabled
    assert "3 too many" in markdown(at)


# ---- while it runs, and if it is stopped ---------------------------------------------------------


def test_rows_are_shown_as_they_come(lab: Lab, open_page: OpenPage) -> None:
    put(lab, "running", done=8, total=13, so_far=(TRIED | {"value": "0.5", "sharpe": 0.1}, TRIED))
    at = open_page("3_sweeps", model=MODEL)

    assert not at.exception
    rows = at.dataframe[0].value
    assert rows["rule"].tolist() == ["≥ 0.55", "≥ 0.50"]
    assert rows["sharpe"].tolist() == [0.5, 0.1]
    assert rows.loc[0, ["return", "max_dd", "trades"]].tolist() == [25.0, -12.5, 40]


def test_a_rule_whose_sharpe_is_undefined_comes_last(lab: Lab, open_page: OpenPage) -> None:
    put(lab, "running", so_far=(TRIED | {"value": "0.9", "sharpe": None, "trades": 0}, TRIED))
    at = open_page("3_sweeps", model=MODEL)

    assert at.dataframe[0].value["rule"].tolist() == ["≥ 0.55", "≥ 0.90"]


def test_a_stopped_sweep_says_what_was_kept_and_runs_again(
    lab: Lab, open_page: OpenPage, started: Started
) -> None:
    job = put(lab, "cancelled", so_far=(TRIED,), ended_at=lab.now())
    at = open_page("3_sweeps", model=MODEL)
    assert "was stopped" in markdown(at)
    assert "1 setting was tried and shown, so it counts" in markdown(at)
    assert "fit is kept" in markdown(at)
    at.button(key=f"again_{job.job_id}").click().run()

    [(verb, ask)] = started
    assert verb == "sweep_run"
    assert {name: ask[name] for name in job.ask} == job.ask


def test_one_stopped_before_its_rules_does_not_promise_a_fit(lab: Lab, open_page: OpenPage) -> None:
    job = put(lab, "cancelled", ended_at=lab.now() - timedelta(minutes=3))
    at = open_page("3_sweeps", model=MODEL)

    assert "No setting was tried, so none counts" in markdown(at)
    assert "fit is kept" not in markdown(at)
    at.button(key=f"put_away_{job.job_id}").click().run()
    assert "was stopped" not in markdown(at)


def test_a_sweep_that_failed_says_why(lab: Lab, open_page: OpenPage) -> None:
    put(lab, "failed", error="quality", message="rsi_14 is empty.", hint="Leave it out.")

    assert "rsi\\_14 is empty." in open_page("3_sweeps", model=MODEL).error[0].value


# ---- its result ---------------------------------------------------------------------------------


def test_the_newest_sweep_is_shown_and_the_address_names_another(
    swept: Lab, open_page: OpenPage
) -> None:
    newest, named = open_page("3_sweeps"), open_page("3_sweeps", sweep=sweep_id(swept, "first"))

    assert newest.dataframe[0].value["rule"].tolist() == ["≥ 0.54"]
    assert sorted(named.dataframe[0].value["rule"]) == ["≥ 0.52", "≥ 0.58"]


def test_a_sweep_brings_its_model_where_the_address_names_none(
    lab: Lab, open_page: OpenPage
) -> None:
    """The list begins with another model; a sweep without trials says that it has none."""
    config = find_model(lab.packs, OTHER, "")
    record(lab, "sweep", "sweep-x", config, {"configs": 1, "budget": 50, "tag": "", "best": ""})
    at = open_page("3_sweeps", sweep="sweep-x")

    assert at.selectbox(key="model").value == OTHER
    assert "The sweep has no trial." in at.error[0].value


def test_a_sweep_that_is_picked_stands_in_the_address(swept: Lab, open_page: OpenPage) -> None:
    at = open_page("3_sweeps", model=MODEL)
    first = sweep_id(swept, "first")
    next(each for each in at.selectbox if "Result" in each.label).set_value(first).run()

    assert at.query_params["sweep"] in (first, [first])
    assert sorted(at.dataframe[0].value["rule"]) == ["≥ 0.52", "≥ 0.58"]


def test_an_address_that_names_no_sweep_shows_the_newest(swept: Lab, open_page: OpenPage) -> None:
    at = open_page("3_sweeps", model=MODEL, sweep="sweep-nothing")

    assert not at.exception
    assert at.dataframe[0].value["rule"].tolist() == ["≥ 0.54"]


def test_another_model_than_that_of_the_sweep_has_none(swept: Lab, open_page: OpenPage) -> None:
    at = open_page("3_sweeps", sweep=sweep_id(swept, "first"))
    at.selectbox(key="model").set_value(HOURLY).run()

    assert not at.exception
    assert "No sweep of this model yet" in at.subheader[0].value


def test_what_if_begins_at_the_best_and_shows_its_figures(swept: Lab, open_page: OpenPage) -> None:
    at = open_page("3_sweeps")
    shown = at.dataframe[0].value.iloc[0]

    assert at.slider[0].value == 0.54
    assert figure(at, "Trades") == f"{shown['trades']:,}"
    assert figure(at, "Sharpe").replace("\u2212", "-") == f"{shown['sharpe']:.2f}"
    assert any("counted" in each.value and "judged" in each.value for each in at.caption)


def test_a_look_counts_nothing_and_says_so(swept: Lab, open_page: OpenPage) -> None:
    before = len(swept.ledger.rows())
    at = open_page("3_sweeps")
    at.slider[0].set_value(0.9).run()

    assert any("A look: not counted, and cannot be trained" in each.value for each in at.caption)
    assert int(figure(at, "Trades")) < at.dataframe[0].value["trades"].iloc[0]
    assert len(swept.ledger.rows()) == before
    assert len(swept.lake.trials()) == before == 3


def test_what_was_found_by_looking_can_be_ticked_to_be_swept(
    swept: Lab, open_page: OpenPage, started: Started
) -> None:
    at = open_page("3_sweeps")
    at.slider[0].set_value(0.61).run()
    at.button(key="look_tick").click().run()
    assert "0.61" in at.pills(key=f"sweep_thr_{MODEL}").value
    at.button(key="sweep_go").click().run()

    assert "0.61" in started[0][1]["thresholds_variants"]


def test_a_share_is_looked_at_too(swept: Lab, open_page: OpenPage, started: Started) -> None:
    at = open_page("3_sweeps")
    kind = next(each for each in at.segmented_control if each.label == "Rule")
    kind.set_value("Top %").run()
    at.slider[0].set_value(7).run()
    assert not at.exception
    at.button(key="look_tick").click().run()
    at.button(key="sweep_go").click().run()

    assert 0.07 in started[0][1]["top_pct_variants"]


def test_a_model_that_was_changed_keeps_its_table_and_says_why_it_has_no_look(
    swept: Lab, open_page: OpenPage
) -> None:
    file = swept.packs / "swingsigma" / "model_configs" / f"{MODEL}.yaml"
    file.write_text(file.read_text().replace("seed: 7", "seed: 8"))
    at = open_page("3_sweeps")

    assert "was changed since this sweep" in at.error[0].value
    assert len(at.dataframe) == 1


def test_every_trial_stands_in_the_csv(swept: Lab, open_page: OpenPage) -> None:
    at = open_page("3_sweeps", sweep=sweep_id(swept, "first"))

    assert "CSV" in [each.proto.label for each in at.get("download_button")]
