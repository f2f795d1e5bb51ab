"""Faults that were seen on screen once, each stated as a fact about what is drawn."""

from datetime import date
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from app.components import bundle_charts, charts, evidence_charts, parallel_chart, trial_charts
from app.components.figure import Figure
from app.components.tables import room
from sigma_core.domain.calibration import CalibrationRow
from sigma_core.domain.details import FeatureShare
from sigma_core.domain.job import Job
from sigma_core.domain.trial import Rule
from sigma_core.lab import Lab
from sigma_core.parse import plain
from tests.pages.conftest import OpenPage

Drawn = list[Figure]


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> Drawn:
    """The figures that were put on the page."""
    seen: Drawn = []
    for module in (charts, bundle_charts, evidence_charts, parallel_chart, trial_charts):
        monkeypatch.setattr(module, "draw", lambda figure, **_: seen.append(figure))
    return seen


def test_ticks_of_small_growth_do_not_say_the_same_percent_twice(drawn: Drawn) -> None:
    flat = pd.Series([1.0, 1.004, 1.002], pd.date_range("2020-01-01", periods=3))
    charts.compare({"a": flat, "b": flat * 3 - 2}, key="small")
    [figure] = drawn
    assert figure.layout["yaxis"]["tickformat"] == "+.1%"  # 0 to 1.2 %: steps of 0.2 %
    assert figure.layout["yaxis2"]["tickformat"] == ".1%"  # down to 0.6 %


def test_a_month_that_lost_next_to_nothing_is_not_minus_nought(drawn: Drawn) -> None:
    charts.months([{"year": 2020, "month": 1, "return": -0.0004}], key="months")
    [figure] = drawn
    assert figure.data[0]["text"].iloc[0, 0] == "0.0"


def test_a_day_of_tries_is_told_by_days_not_by_hours(drawn: Drawn) -> None:
    evidence_charts.tries({"IXIC daily": [(date(2026, 11, 21), 13)]}, key="tries")
    [figure] = drawn
    assert figure.layout["xaxis"]["tickvals"] == [date(2026, 11, 20), date(2026, 11, 21)]


def test_long_names_leave_room_for_their_bars_and_are_still_told_apart(drawn: Drawn) -> None:
    names = [f"{'momentum_score_total_' * 2}{end}" for end in ("of_vix", "of_spx")]
    shares = [FeatureShare(name=n, importance=0.5, mean_abs=0.1, sign=None) for n in names]
    bundle_charts.importance(shares, "gain", key="importance")
    [figure] = drawn
    words = figure.layout["yaxis"]["ticktext"]
    assert [len(each) for each in words] == [25, 25]
    assert len(set(words)) == 2
    assert figure.data[0]["y"] == names


def test_a_column_is_as_wide_as_its_longest_word() -> None:
    assert room(["spy", "acme_e2_h7h_eq_swing_hourly_trend"], least=150) > 206
    assert room(["spy"], least=150) == 150
    assert room([], least=150) == 150


def put(lab: Lab, number: int, **more: Any) -> None:
    """A job in the list of jobs, the higher the newer."""
    name = f"build-2999010{number}-000000-abcdef"
    job = Job(job_id=name, made_at=lab.now(), ended_at=lab.now(), **more)
    lab.lake.save("jobs", name, plain(job))


def test_of_many_jobs_that_went_wrong_two_stand_open(lab: Lab, open_page: OpenPage) -> None:
    for number in range(1, 6):
        ask = {"model_id": f"model_{number}"}
        put(lab, number, verb="build", ask=ask, state="failed", error="bad", message="No.")
    at = open_page("0_overview")
    [folded] = [each for each in at.expander if "more" in each.label]
    assert folded.label == "3 more that went wrong"
    assert len(folded.error) == 3
    assert len(at.error) == 5


def test_an_answer_of_another_version_is_said_to_be_one(lab: Lab, open_page: OpenPage) -> None:
    ask = {"model_id": "ixic_eq_swing_daily"}
    put(lab, 1, verb="preview", ask=ask, state="done", result={"field_of_old": 1})
    at = open_page("2_composer", model="ixic_eq_swing_daily")
    assert not at.exception
    assert [each.value for each in at.info] == [
        "What was found last was kept by another version of the lab. Run it again to see it."
    ]
    assert not at.error


def test_seven_hours_are_told_apart_by_colour_and_stroke(drawn: Drawn) -> None:
    of: dict[str, Any] = {"of": "hour", "conf": (0.5, 0.6), "right": (0.5, 0.5)}
    rest = dict.fromkeys(CalibrationRow.__dataclass_fields__, 0)
    hours = [CalibrationRow(**rest | of | {"number": hour}) for hour in range(10, 17)]
    evidence_charts.trusted(hours, key="hours")
    lines = [(each["line"]["color"], each["line"].get("dash")) for each in drawn[0].data]
    assert len(set(lines)) == 8  # the diagonal too


def trials(*sharpes: float) -> Any:
    """Trials of one threshold at 10, 11, ... h, with these Sharpes."""
    return [
        SimpleNamespace(
            config=Rule(kind="thr", value="0.55", allowed_hours=str(hour)),
            metrics=SimpleNamespace(sharpe=sharpe, trades=9, max_dd=-0.1, return_=0.2),
        )
        for hour, sharpe in enumerate(sharpes, 10)
    ]


def test_a_cell_no_better_than_noise_stands_in_brackets(drawn: Drawn) -> None:
    trial_charts.by_rule(trials(0.4, 0.5, 0.6), limit=0.7, noise=(0.1, 0.5), key="map")
    assert drawn[0].data[1]["text"] == ["(0.40)", "(0.50)", "0.60"]
    [said] = drawn[0].layout["annotations"]
    assert said["text"] == "in brackets: no better than the noise floor, 0.50"

    trial_charts.by_rule(trials(0.4, 0.5, 0.6), limit=0.7, key="map")
    assert drawn[1].data[1]["text"] == ["0.40", "0.50", "0.60"]


def test_noise_is_a_band_on_the_axis_of_the_sharpe(drawn: Drawn) -> None:
    """From 0 to 2 on the axis: noise from 0.5 to 1 lies between a quarter and a half of it."""
    parallel_chart.parallel(trials(0.0, 2.0), noise=(0.5, 1.0), key="lines")
    [band] = [each for each in drawn[0].layout["shapes"] if each.get("type") == "rect"]
    assert (band["y0"], band["y1"]) == (0.25, 0.5)
    [axis] = [a for a in drawn[0].data[0]["dimensions"] if a["label"] == "Sharpe, per year"]
    assert axis["range"] == [0.0, 2.0]
