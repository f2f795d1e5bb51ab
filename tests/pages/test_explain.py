"""The panel Explain this run: on the Backtest step, and for one ticked row of the leaderboard."""

from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import copytree

import pytest
from streamlit.testing.v1 import AppTest

from sigma_core.domain.results import Backtest
from sigma_core.lab import Lab
from sigma_core.lake import Lake
from sigma_core.verbs.backtest import BacktestAsk, backtest
from sigma_core.verbs.cost_stress import CostStress, cost_stress
from sigma_core.verbs.explain import Explain, explain
from sigma_core.verbs.leaderboard import Leaderboard, leaderboard
from tests.job.conftest import MODEL, market, pack
from tests.pages.conftest import OpenPage, unchanged

PANEL = "Explain this run"
ANSWERS: dict[str, Backtest] = {}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A toy market and two backtests on it."""
    home = tmp_path_factory.mktemp("explained")
    (home / "files").mkdir()
    market(1500).to_csv(home / "files" / "TOY_daily.csv", index=False)
    lab = Lab(packs=pack(home / "packs"), lake=Lake(home / "lake"), files=home / "files")
    for value in ("0.55", "0.50"):
        ANSWERS[value] = backtest(lab, BacktestAsk(model_id=MODEL, thresholds=value, splits=3))
    with unchanged(home):
        yield home


@pytest.fixture
def toys(look_at: Callable[[Path], Lab], home: Path) -> Lab:
    """The dashboard's lab is that folder itself: only to be looked at."""
    return look_at(home)


def words(at: AppTest) -> str:
    """All text of a page, and its tables."""
    text = [each.value for each in (*at.markdown, *at.caption, *at.info)]
    return "\n".join([*text, *(table.value.to_string() for table in at.table)])


def test_the_backtest_step_explains_the_run_it_shows(toys: Lab, open_page: OpenPage) -> None:
    at = open_page("2_composer", model=MODEL, step="Backtest")
    found = explain(toys, Explain(run_id=ANSWERS["0.50"].run_id))
    assert not at.exception
    assert PANEL in [each.value for each in at.subheader]
    shown = words(at)
    assert found.words in shown
    for each in found.findings:
        assert each.title in shown
        if each.met is False:
            assert each.try_ in shown
    for advice in found.advice:
        assert advice.try_ in shown


def test_the_costs_are_drawn_and_written(toys: Lab, open_page: OpenPage) -> None:
    at = open_page("2_composer", model=MODEL, step="Backtest")
    found = cost_stress(toys, CostStress(run_id=ANSWERS["0.50"].run_id))
    [table] = [each.value for each in at.table if "Costs a side" in each.value.columns]
    assert table["Costs a side"].tolist() == [
        "0×, 0 bps", "1×, 1 bps", "2×, 2 bps", "3×, 3 bps", "1 bar late, 1 bps",
    ]  # fmt: skip
    assert table["Trades"].str.startswith(str(found.scenarios[1].metrics.trades)).iloc[1]
    assert found.break_even.words in words(at)


@pytest.mark.slow
def test_one_ticked_row_is_explained_and_two_are_not(toys: Lab, open_page: OpenPage) -> None:
    entries = leaderboard(toys, Leaderboard())
    for chosen, panels in ((entries[1:], 1), (entries, 0)):
        at = open_page("5_signals")  # come back to, as the table itself remembers its ticks
        at.session_state["leaderboard_ticked"] = {entry.trial_id for entry in chosen}
        at.switch_page("../pages/4_leaderboard.py").run()
        assert [each.value for each in at.subheader].count(PANEL) == panels
        said = explain(toys, Explain(run_id=entries[1].run_id)).words
        assert (said in words(at)) == bool(panels)


@pytest.mark.slow
def test_a_run_whose_model_was_changed_says_so_and_shows_the_rest(
    look_at: Callable[[Path], Lab], home: Path, tmp_path: Path, open_page: OpenPage
) -> None:
    toys = look_at(copytree(home, tmp_path / "toys"))
    file = toys.packs / "toys" / "model_configs" / f"{MODEL}.yaml"
    file.write_text(file.read_text().replace("atr_mult_stop: 1.5", "atr_mult_stop: 1.0"))
    at = open_page("2_composer", model=MODEL, step="Backtest")
    assert not at.error
    assert "was changed since this backtest" in words(at)
    assert "Where it came from" in [each.value for each in at.subheader]
