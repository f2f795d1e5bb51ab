"""The Sweeps screen: the result of a sweep, the look at other settings, and the address."""

from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import copytree

import pytest
from streamlit.testing.v1 import AppTest

from app import session
from sigma_core.lab import Lab
from sigma_core.lake import Lake
from sigma_core.packs import find_model
from sigma_core.verbs._history import record
from sigma_core.verbs.sweep_run import SweepRun, sweep_run
from tests.pages.conftest import OpenPage, Started, unchanged

ROOT = Path(__file__).resolve().parents[2]
MODEL, HOURLY = "ixic_eq_swing_daily", "spy_eq_swing_hourly"
OTHER = "spx_eq_swing_daily_vix"
GRIDS = {"first": ("0.52", "0.58"), "second": ("0.54",)}
"""Tag and thresholds of the sweeps that were run, in order."""


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The shipped packs, and a lake with two sweeps of one model."""
    home = tmp_path_factory.mktemp("sweeps")
    lab = Lab(packs=copytree(ROOT / "packs", home / "packs"), lake=Lake(home / "lake"))
    for tag, thresholds in GRIDS.items():
        grid = {"thresholds_variants": thresholds, "start": "2008-01-02", "splits": 3}
        sweep_run(lab, session.ask(SweepRun, model_id=MODEL, tag=tag, **grid))
    with unchanged(home):
        yield home


@pytest.fixture
def swept(lab: Lab, ran: Path) -> Lab:
    """The lab of this test, with a copy of that lake."""
    copytree(ran / "lake", lab.lake.root, dirs_exist_ok=True)
    return lab


@pytest.fixture
def seen(look_at: Callable[[Path], Lab], ran: Path) -> Lab:
    """The dashboard's lab is that folder itself: only to be looked at."""
    return look_at(ran)


def sweep_id(lab: Lab, tag: str) -> str:
    return next(str(row["sweep_id"]) for row in lab.lake.trials() if row["tag"] == tag)


def figure(at: AppTest, label: str) -> str:
    return next(str(metric.value) for metric in at.metric if metric.label == label)


# ---- its result ---------------------------------------------------------------------------------


def test_the_newest_sweep_is_shown_and_the_address_names_another(
    seen: Lab, open_page: OpenPage
) -> None:
    newest, named = open_page("3_sweeps"), open_page("3_sweeps", sweep=sweep_id(seen, "first"))

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


def test_a_sweep_that_is_picked_stands_in_the_address(seen: Lab, open_page: OpenPage) -> None:
    at = open_page("3_sweeps", model=MODEL)
    first = sweep_id(seen, "first")
    next(each for each in at.selectbox if "Result" in each.label).set_value(first).run()

    assert at.query_params["sweep"] in (first, [first])
    assert sorted(at.dataframe[0].value["rule"]) == ["≥ 0.52", "≥ 0.58"]


def test_an_address_that_names_no_sweep_shows_the_newest(seen: Lab, open_page: OpenPage) -> None:
    at = open_page("3_sweeps", model=MODEL, sweep="sweep-nothing")

    assert not at.exception
    assert at.dataframe[0].value["rule"].tolist() == ["≥ 0.54"]


def test_another_model_than_that_of_the_sweep_has_none(seen: Lab, open_page: OpenPage) -> None:
    at = open_page("3_sweeps", sweep=sweep_id(seen, "first"))
    at.selectbox(key="model").set_value(HOURLY).run()

    assert not at.exception
    assert "No sweep of this model yet" in at.subheader[0].value


def test_what_if_begins_at_the_best_and_shows_its_figures(seen: Lab, open_page: OpenPage) -> None:
    at = open_page("3_sweeps")
    shown = at.dataframe[0].value.iloc[0]

    assert at.slider[0].value == 0.54
    assert figure(at, "Trades") == f"{shown['trades']:,}"
    assert figure(at, "Sharpe").replace("\u2212", "-") == f"{shown['sharpe']:.2f}"
    assert any("counted" in each.value and "judged" in each.value for each in at.caption)


def test_a_look_is_no_try_and_is_told_among_the_looks(swept: Lab, open_page: OpenPage) -> None:
    before = len(swept.ledger.rows())
    at = open_page("3_sweeps")
    at.slider[0].set_value(0.9).run()

    assert any("A look: not counted, and cannot be trained" in each.value for each in at.caption)
    assert int(figure(at, "Trades")) < at.dataframe[0].value["trades"].iloc[0]
    assert any("1 look at this sweep so far" in each.value for each in at.caption)
    assert [row["kind"] for row in swept.ledger.rows()] == [*["trial"] * 3, "look"]
    assert len(swept.lake.trials()) == before == 3
    at.run()
    assert len(swept.ledger.rows()) == before + 1


@pytest.mark.slow
def test_what_was_found_by_looking_can_be_ticked_to_be_swept(
    swept: Lab, open_page: OpenPage, started: Started
) -> None:
    at = open_page("3_sweeps")
    at.slider[0].set_value(0.61).run()
    at.button(key="look_tick").click().run()
    assert "0.61" in at.pills(key=f"sweep_thr_{MODEL}").value
    at.button(key="sweep_go").click().run()

    assert "0.61" in started[0][1]["thresholds_variants"]


@pytest.mark.slow
def test_a_share_is_looked_at_too(swept: Lab, open_page: OpenPage, started: Started) -> None:
    at = open_page("3_sweeps")
    kind = next(each for each in at.segmented_control if each.label == "Rule")
    kind.set_value("Top %").run()
    at.slider[0].set_value(7).run()
    assert not at.exception
    at.button(key="look_tick").click().run()
    at.button(key="sweep_go").click().run()

    assert 0.07 in started[0][1]["top_pct_variants"]


@pytest.mark.slow
def test_a_model_that_was_changed_keeps_its_table_and_says_why_it_has_no_look(
    swept: Lab, open_page: OpenPage
) -> None:
    file = swept.packs / "swingsigma" / "model_configs" / f"{MODEL}.yaml"
    file.write_text(file.read_text().replace("seed: 7", "seed: 8"))
    at = open_page("3_sweeps")

    assert "was changed since this sweep" in at.error[0].value
    assert len(at.dataframe) == 1


def test_every_trial_stands_in_the_csv(seen: Lab, open_page: OpenPage) -> None:
    at = open_page("3_sweeps", sweep=sweep_id(seen, "first"))

    assert "CSV" in [each.proto.label for each in at.get("download_button")]
