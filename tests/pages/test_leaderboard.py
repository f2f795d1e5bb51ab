"""The leaderboard: each filter and its place in the address, comparing, the cart, training, CSV."""

import csv
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import copytree

import pytest
from streamlit.testing.v1 import AppTest

from app import session
from app.components import trials
from sigma_core.domain.results import Entry
from sigma_core.lab import Lab
from sigma_core.lake import Lake
from sigma_core.verbs.leaderboard import Leaderboard, leaderboard
from sigma_core.verbs.sweep_run import SweepRun, sweep_run
from tests.pages.conftest import OpenPage, Started, unchanged

ROOT = Path(__file__).resolve().parents[2]
MODEL = "ixic_eq_swing_daily"
PAGE = "4_leaderboard"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The shipped packs, and a lake with four trials: two thresholds, two shares."""
    folder = tmp_path_factory.mktemp("swept")
    made = Lab(packs=copytree(ROOT / "packs", folder / "packs"), lake=Lake(folder / "lake"))
    rules = {"thresholds_variants": ["0.52", "0.56"], "top_pct_variants": [0.1, 0.2]}
    sweep_run(made, session.ask(SweepRun, **rules, start="2010-01-04", splits=2, tag="one"))
    with unchanged(folder):
        yield folder


@pytest.fixture
def swept(look_at: Callable[[Path], Lab], home: Path) -> Lab:
    """The dashboard's lab is that folder itself: only to be looked at."""
    return look_at(home)


@pytest.fixture
def entries(swept: Lab) -> list[Entry]:
    """The four trials, ranked."""
    return leaderboard(swept, Leaderboard())


def test_a_kind_of_rule_is_looked_for_beyond_the_lines_that_are_shown(
    swept: Lab, entries: list[Entry]
) -> None:
    first_of: dict[str, str] = {}
    for entry in entries:
        first_of.setdefault(entry.config.kind, entry.trial_id)
    assert first_of.keys() == {"thr", "top_pct"}
    for kind, best in first_of.items():
        [found] = leaderboard(swept, Leaderboard(kind=kind, limit=1))
        assert found.trial_id == best


@pytest.mark.parametrize(
    ("given", "rules"),
    [
        ({}, 4),
        ({"model": MODEL}, 4),
        ({"model": "spx_eq_swing_daily_vix"}, 0),
        ({"pack": "swingsigma"}, 4),
        ({"risk": "Balanced"}, 4),
        ({"risk": "Conservative"}, 0),
        ({"rule": "Top %"}, 2),
        ({"rule": "Threshold"}, 2),
        ({"tag": "one"}, 4),
        ({"tag": "two"}, 0),
        ({"sweep": "none-such"}, 0),
        ({"from": "2010-06-01"}, 4),
        ({"from": "2016-06-01"}, 0),
        ({"to": "2018-12-31"}, 4),
        ({"to": "2012-01-01"}, 0),
        ({"pass": "true"}, 0),
        ({"tag": "one", "rule": "Top %"}, 2),
    ],
    ids=str,
)
def test_the_address_filters(
    given: dict[str, str], rules: int, swept: Lab, open_page: OpenPage
) -> None:
    at = open_page(PAGE, **given)

    assert not at.exception
    assert not at.error
    assert [len(table.value) for table in at.dataframe] == ([rules] if rules else [])


def test_turned_dates_are_an_error_in_words(swept: Lab, open_page: OpenPage) -> None:
    at = open_page(PAGE, **{"from": "2015-01-01", "to": "2012-01-01"})

    assert "From 2015-01-01 is after to 2012-01-01." in at.error[0].value
    assert not at.exception


def test_an_empty_lake_says_what_to_do(lab: Lab, open_page: OpenPage) -> None:
    at = open_page(PAGE)

    assert "Nothing was tried yet" in at.subheader[0].value


def test_two_ticked_rows_are_compared(entries: list[Entry], open_page: OpenPage) -> None:
    at = ticked(open_page, entries[:2])

    facts = at.table[0].value.set_index("")
    assert list(facts.columns) == ["No. 1", "No. 2"]
    assert list(facts.loc["Rule"]) == [
        trials.chips.rule(entries[0].config),
        trials.chips.rule(entries[1].config),
    ]
    assert "matrix" in at.caption[-1].value


@pytest.mark.parametrize("n", [0, 1])
def test_fewer_are_not_compared(n: int, entries: list[Entry], open_page: OpenPage) -> None:
    at = ticked(open_page, entries[:n])

    assert not any("No. 1" in table.value.columns for table in at.table)
    assert any("Tick two to five rows" in info.value for info in at.info)


def test_what_is_ticked_goes_into_the_cart(entries: list[Entry], open_page: OpenPage) -> None:
    at = ticked(open_page, entries[1:3])
    at.button(key="leaderboard_add").click().run()

    wanted = tuple(entry.trial_id for entry in entries[1:3])
    assert at.session_state["cart"] == wanted
    assert at.query_params["cart"] in (",".join(wanted), [",".join(wanted)])


def test_nothing_ticked_cannot_be_added(swept: Lab, open_page: OpenPage) -> None:
    assert open_page(PAGE).button(key="leaderboard_add").disabled


def test_what_is_not_pass_is_trained_with_a_reason(
    entries: list[Entry], open_page: OpenPage, started: Started
) -> None:
    at = ticked(open_page, entries[:2])
    assert at.button(key="leaderboard_train").disabled

    at.text_input(key="leaderboard_reason").set_value("to watch them").run()
    at.button(key="leaderboard_train").click().run()

    assert [verb for verb, _ in started] == ["train", "train"]
    for (_, ask), entry in zip(started, entries[:2], strict=True):
        assert (ask["override"], ask["reason"]) == (True, "to watch them")
        assert ask["config"]["kind"] == entry.config.kind
        assert ask["config"]["value"] == entry.config.value
        assert ask["splits"] == 2


def test_csv_has_a_line_for_each_trial(entries: list[Entry]) -> None:
    lines = list(csv.DictReader(io.StringIO(trials.csv(entries))))

    assert [line["trial_id"] for line in lines] == [entry.trial_id for entry in entries]
    assert {line["data"] for line in lines} == {"real"}
    assert [float(line["return"]) for line in lines] == [e.metrics.return_ for e in entries]
    assert {line["verdict"] for line in lines} == {e.gate.status for e in entries}


def ticked(open_page: OpenPage, entries: list[Entry]) -> AppTest:
    """The page with these rows ticked: come back to, as the table itself remembers them."""
    at = open_page("5_signals")
    at.session_state["leaderboard_ticked"] = {entry.trial_id for entry in entries}
    return at.switch_page(f"../pages/{PAGE}.py").run()
