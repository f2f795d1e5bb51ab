"""The Sweeps screen: what each control asks for and shows, before and during a sweep."""

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

from streamlit.testing.v1 import AppTest

from sigma_core.domain.job import Job
from sigma_core.lab import Lab
from sigma_core.parse import plain
from sigma_core.processes import ticks_of
from tests.pages.conftest import OpenPage, Started

ROOT = Path(__file__).resolve().parents[2]
MODEL, HOURLY = "ixic_eq_swing_daily", "spy_eq_swing_hourly"
OTHER = "spx_eq_swing_daily_vix"
TRIED = {
    "kind": "thr",
    "value": "0.55",
    "allowed_hours": "",
    "sharpe": 0.5,
    "return": 0.25,
    "max_dd": -0.125,
    "trades": 40,
}


def put(lab: Lab, state: str, **told: Any) -> Job:
    """A sweep of the model in the list of jobs, held by this process if it runs."""
    mine = {"pid": os.getpid(), "ticks": ticks_of(os.getpid())} if state == "running" else {}
    ask = {"model_id": MODEL, "thresholds_variants": ["0.55", "0.60"], "splits": 3}
    known = {"verb": "sweep_run", "ask": ask, "made_at": lab.now(), **mine, **told}
    job = Job(job_id="sweep_run-29990101-000000-abcdef", state=state, **known)  # type: ignore[arg-type]
    lab.lake.save("jobs", job.job_id, plain(job))
    return job


def markdown(at: AppTest) -> str:
    return "\n".join(element.value for element in at.markdown)


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
    """Conservative allows 20 settings: 20 are ticked, then three more."""
    grid = lab.packs / "swingsigma" / "sweep_configs" / f"{MODEL}.yaml"
    rules = ", ".join(f'"0.5,0.6{i:02d}"' for i in range(20))
    grid.write_text(f"thresholds_variants: [{rules}]\ntop_pct_variants: []\n")
    at = open_page("3_sweeps", model=MODEL)
    at.segmented_control(key=f"sweep_risk_{MODEL}").set_value("conservative").run()
    assert not at.button(key="sweep_go").disabled
    for i in range(20, 23):
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
