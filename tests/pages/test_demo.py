"""What the pages show of a lab in which the demo was run, and what their controls start."""

from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import copytree

import pytest

from app import session
from app.nav import PAGES
from sigma_core import jobs
from sigma_core.lab import Lab
from sigma_core.lake import Lake
from sigma_core.verbs.pipeline import Pipeline, pipeline
from tests.pages.conftest import OpenPage, Started, unchanged

ROOT = Path(__file__).resolve().parents[2]
MODEL = "ixic_eq_swing_daily"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The shipped packs, and a lake in which the demo was run, two rules for its whole grid."""
    home = tmp_path_factory.mktemp("demo")
    lab = Lab(packs=copytree(ROOT / "packs", home / "packs"), lake=Lake(home / "lake"))
    ask = {"thresholds": "0.52,0.56", "tag": "demo", "start": "2008-01-02"}
    with jobs.reporting(lab.lake, "pipeline", {"model_id": MODEL}) as progress:
        progress.result = pipeline(lab, session.ask(Pipeline, **ask), progress)
    with unchanged(home):
        yield home


@pytest.fixture
def demo(look_at: Callable[[Path], Lab], ran: Path) -> Lab:
    """The dashboard's lab is that folder itself: only to be looked at."""
    return look_at(ran)


@pytest.fixture
def own(look_at: Callable[[Path], Lab], ran: Path, tmp_path: Path) -> Lab:
    """It is a copy of that folder, for tests that write."""
    return look_at(copytree(ran, tmp_path / "demo"))


@pytest.mark.parametrize("name", sorted(file.stem for file in PAGES.glob("[0-9]*_*.py")))
def test_every_page_opens(name: str, own: Lab, open_page: OpenPage) -> None:
    """The Sweeps page enters a look."""
    at = open_page(name)

    assert not at.exception
    assert not at.error


def test_the_overview_tells_each_model_by_its_best_trial(demo: Lab, open_page: OpenPage) -> None:
    rows = open_page("0_overview").dataframe[0].value.set_index("model")

    assert rows["verdict"][MODEL] in (["✕ FAIL"], ["◐ UNPROVEN"], ["✓ PASS"])
    assert rows["next"]["spx_eq_swing_daily_vix"] == "Run a sweep"


def test_the_demo_is_one_click(lab: Lab, open_page: OpenPage, started: Started) -> None:
    at = open_page("0_overview")
    at.button[0].click().run()

    assert [(verb, ask["model_id"]) for verb, ask in started] == [("pipeline", MODEL)]


def test_the_leaderboard_says_what_was_filtered_away(demo: Lab, open_page: OpenPage) -> None:
    at = open_page("4_leaderboard", tag="nothing has this tag")

    assert at.text_input(key="tag").value == "nothing has this tag"
    assert len(at.dataframe) == 0
    assert "No trial fits these filters" in at.subheader[0].value


def test_the_leaderboard_is_filtered_by_its_address(demo: Lab, open_page: OpenPage) -> None:
    every = open_page("4_leaderboard").dataframe[0].value
    top = open_page("4_leaderboard", rule="Top %")

    assert every["rule"].tolist() == ["≥ 0.52, 0.56"]
    assert len(top.dataframe) == 0


def test_the_cart_stands_in_the_address(demo: Lab, open_page: OpenPage) -> None:
    """A reload keeps it; another visitor has none."""
    at = open_page("4_leaderboard", cart="abc,def")

    assert at.session_state["cart"] == ("abc", "def")
    at.button(key="remove_abc").click().run()
    assert at.query_params["cart"] in ("def", ["def"])
    assert "cart" not in open_page("4_leaderboard").query_params


def test_training_what_is_not_pass_asks_for_a_reason(
    demo: Lab, open_page: OpenPage, started: Started
) -> None:
    [trial] = {row["trial_id"] for row in demo.lake.trials()}
    at = open_page("2_composer", step="Train", cart=trial)
    assert at.button(key="train_go").disabled

    at.text_input(key="train_reason").set_value("to watch it").run()
    at.button(key="train_go").click().run()

    [(verb, ask)] = started
    assert (verb, ask["override"], ask["reason"]) == ("train", True, "to watch it")
    assert ask["config"]["value"] == "0.52,0.56"


def test_the_backtest_shows_the_verdict_before_the_return(demo: Lab, open_page: OpenPage) -> None:
    at = open_page("2_composer", step="Backtest")

    checks = at.table[0].value
    assert checks["Check"].tolist()[:4] == [
        "Trades",
        "Sharpe, per year",
        "Drawdown at 10% volatility",
        "Return",
    ]
    assert at.metric[0].label == "Return"


def test_a_backtest_asks_for_what_is_typed(
    demo: Lab, open_page: OpenPage, started: Started
) -> None:
    at = open_page("2_composer", step="Backtest")
    at.number_input(key="backtest_splits").set_value(3)
    at.text_input(key=f"backtest_value_{MODEL}_False").set_value("0.6,0.7").run()
    at.button(key="backtest_go").click().run()

    assert [(verb, ask["thresholds"], ask["splits"]) for verb, ask in started] == [
        ("backtest", "0.6,0.7", 3)
    ]


def test_a_sweep_asks_for_what_is_ticked(lab: Lab, open_page: OpenPage, started: Started) -> None:
    at = open_page("3_sweeps", model=MODEL)
    at.pills(key=f"sweep_thr_{MODEL}").set_value(["0.55"])
    at.pills(key=f"sweep_top_{MODEL}").set_value(["10%", "20%"]).run()
    at.button(key="sweep_go").click().run()

    [(verb, ask)] = started
    assert (verb, ask["model_id"]) == ("sweep_run", MODEL)
    assert (ask["thresholds_variants"], ask["top_pct_variants"]) == (["0.55"], [0.1, 0.2])


def test_a_failed_job_says_why_until_it_is_closed(own: Lab, open_page: OpenPage) -> None:
    made = {
        "verb": "build",
        "ask": {"model_id": MODEL},
        "error": "quality",
        "hint": "Leave it out.",
    }
    job = jobs.Job(job_id="b-1", state="failed", message="x is empty.", made_at=own.now(), **made)
    own.lake.save("jobs", "b-1", jobs.plain(job))

    at = open_page("0_overview")
    assert "x is empty." in at.error[0].value
    at.button(key="close_b-1").click().run()
    assert not at.error
