"""The overview: what it says of data, disk, models and runs, and where its links lead."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from shutil import copytree

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from app.components import overview
from sigma_core.domain.catalog import ModelRow
from sigma_core.domain.lakestate import Freshness, Standing
from sigma_core.fetch import bars_of
from sigma_core.lab import Lab
from sigma_core.lake import Lake
from sigma_core.schemas import RUNS
from sigma_core.verbs.disk import DiskAsk, disk
from sigma_core.verbs.freshness import FreshnessAsk, freshness
from sigma_core.verbs.models import Models, models
from sigma_core.verbs.standings import Standings, standings

MODEL = "ixic_eq_swing_daily"
KEYS = {"pack_id": "swingsigma", "model_id": MODEL}
OpenPage = Callable[..., AppTest]


def add_run(
    lab: Lab, kind: str, made_at: str, facts: str = '{"rows": 1000, "features": 24}'
) -> None:
    """One run in the history."""
    row = {"run_id": f"{kind}-{made_at[:10]}", "kind": kind, "made_at": pd.Timestamp(made_at)}
    table = pd.DataFrame([row | {"facts": facts}])
    lab.lake.write(RUNS, table, name=row["run_id"], **KEYS)


@pytest.fixture(scope="module")
def bought(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake in which one model was built: bars, and a run in the history."""
    lab = Lab(packs=Path(), lake=Lake(tmp_path_factory.mktemp("built")))
    bars_of(lab, "IXIC", "daily", provider="sample")
    add_run(lab, "build", "2024-05-01 14:00Z")
    return lab.lake.root


@pytest.fixture
def built(lab: Lab, bought: Path) -> Lab:
    """The lab of this test, with a copy of that lake."""
    copytree(bought, lab.lake.root, dirs_exist_ok=True)
    return lab


def cards(at: AppTest) -> dict[str, tuple[str, str]]:
    """The numbers at the top: value and what stands below it."""
    return {each.label: (each.value, each.delta) for each in at.metric}


def test_an_empty_lab_says_what_to_do(open_page: OpenPage) -> None:
    at = open_page("0_overview")

    assert "Nothing here yet" in at.subheader[0].value
    assert [button.label for button in at.button] == ["Run the demo pipeline"]
    assert not at.metric


def test_a_lab_without_packs_says_so(lab: Lab, open_page: OpenPage, tmp_path: object) -> None:
    lab.packs.rename(lab.packs.with_name("moved"))

    assert "There is no folder" in open_page("0_overview").error[0].value


def test_the_numbers_at_the_top(built: Lab, open_page: OpenPage) -> None:
    told = cards(open_page("0_overview"))

    assert told["Data"] == ("1 series", "0 stale")
    assert told["Models"] == (str(len(models(built, Models()))), "0 tried")
    assert told["Trials that pass"] == ("0", "of 0")
    assert told["New signals"][0] == "0"


def test_a_model_that_is_not_active_is_listed_and_says_so(built: Lab, open_page: OpenPage) -> None:
    file = built.packs / "swingsigma" / "model_configs" / f"{MODEL}.yaml"
    file.write_text(file.read_text() + "active: false\n")
    at = open_page("0_overview")
    table = next(t.value for t in at.dataframe if "next" in t.value.columns)

    assert table.set_index("model").loc[MODEL, "next"] == "not active"


def test_data_says_how_far_it_is_behind(built: Lab, open_page: OpenPage) -> None:
    at = open_page("0_overview")
    table = next(t.value for t in at.dataframe if "age" in t.value.columns)

    assert table["ticker"].tolist() == ["IXIC"]
    assert table["state"].tolist() == [["◐ ends"]]
    assert str(table["last"][0])[:10] == "2018-12-31"


def test_runs_are_newest_first(built: Lab, open_page: OpenPage) -> None:
    add_run(built, "sweep", "2024-05-02 14:00Z", '{"configs": 8, "budget": 50}')
    at = open_page("0_overview")
    table = next(t.value for t in at.dataframe if "says" in t.value.columns)

    assert table["kind"].tolist() == ["Sweep", "Build"]
    assert table["says"].tolist() == ["8 of 50 settings", "1,000 rows, 24 features"]


def test_a_damaged_file_is_said_and_not_drawn_around(built: Lab, open_page: OpenPage) -> None:
    file = next((built.lake.root / "runs").rglob("*.parquet"))
    file.write_bytes(file.read_bytes()[:-20])

    assert open_page("0_overview").error


def test_health_is_looked_at_when_asked(built: Lab, open_page: OpenPage) -> None:
    at = open_page("0_overview")
    assert not any("State" in t.value.columns and "Part" in t.value.columns for t in at.table)

    at.button(key="health").click().run(timeout=60)
    assert any("Part" in t.value.columns for t in at.table)


# ---- what stands behind it


def at_time(lab: Lab, moment: str) -> Lab:
    """The same lab at another time."""
    now = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    return Lab(packs=lab.packs, lake=lab.lake, now=lambda: now)


@pytest.mark.parametrize(
    ("now", "behind"),
    [
        ("2018-12-31 23:00", 0),
        ("2019-01-01 23:00", 0),  # New Year's Day: no session
        ("2019-01-02 20:59", 0),  # the session is open until 16:00 New York, 21:00 UTC
        ("2019-01-02 21:00", 1),
        ("2019-01-07 12:00", 3),  # the 2nd, 3rd and 4th; then a weekend
    ],
)
def test_age_counts_sessions_that_have_closed(built: Lab, now: str, behind: int) -> None:
    [row] = freshness(at_time(built, now), FreshnessAsk(ticker="ixic"))

    assert row.age == behind
    assert (str(row.first), str(row.last), row.bars) == ("1999-01-04", "2018-12-31", 5031)
    assert row.calendar == "XNYS"
    assert not row.stale  # its source has no more


def test_bars_that_a_killed_fetch_left_are_not_counted(built: Lab) -> None:
    for document in (built.lake.root / "manifests").glob("bars-*"):
        document.unlink()

    assert freshness(built, FreshnessAsk()) == []


def test_disk_counts_every_file(built: Lab) -> None:
    files = [file for file in built.lake.root.rglob("*") if file.is_file()]
    told = disk(built, DiskAsk())

    assert told.size == sum(file.stat().st_size for file in files)
    assert sum(part.files for part in told.parts) == len(files)
    bars = next(part for part in told.parts if part.name == "bars")
    assert bars.files == 20  # a file a year, 1999 to 2018


def test_standings_tell_the_last_build_and_the_last_run(built: Lab) -> None:
    add_run(built, "backtest", "2024-05-03 14:00Z")
    add_run(built, "sweep", "2024-05-02 14:00Z")
    [row] = standings(built, Standings())

    assert row.last_build == datetime(2024, 5, 1, 14, tzinfo=UTC)
    assert (row.last_run, row.last_kind) == (datetime(2024, 5, 3, 14, tzinfo=UTC), "backtest")
    assert (row.trials, row.passed, row.best) == (0, 0, None)


def test_standings_see_what_was_run_since(built: Lab) -> None:
    assert standings(built, Standings())[0].last_run is None
    add_run(built, "train", "2024-05-04 14:00Z")
    assert standings(built, Standings())[0].last_kind == "train"


def test_an_empty_lake_has_no_bars_and_no_bytes(tmp_path: object, lab: Lab) -> None:
    empty = Lab(packs=lab.packs, lake=Lake(lab.lake.root / "none"))

    assert freshness(empty, FreshnessAsk()) == []
    assert standings(empty, Standings()) == []
    assert disk(empty, DiskAsk()).parts == ()


def row(name: str, **more: object) -> ModelRow:
    """A model of the list."""
    return ModelRow(pack_id="p", model_id=name, ticker=name.upper(), active=True, **more)


def stand(name: str, trials: int, passed: int) -> Standing:
    """A model that was tried, without its best trial."""
    return Standing(
        pack_id="p",
        model_id=name,
        trials=trials,
        passed=passed,
        best=None,
        last_build=None,
        last_run=None,
        last_kind="",
    )


def stale(ticker: str) -> Freshness:
    """Bars that are behind."""
    return Freshness(
        provider="files",
        ticker=ticker,
        cadence="daily",
        calendar="XNYS",
        bars=10,
        first="2024-01-02",
        last="2024-01-16",
        last_ts="2024-01-16T21:00:00Z",
        age=3,
        stale=True,
        simulated=False,
        note="",
    )


def test_what_to_do_next_leads_to_what_it_names() -> None:
    listed = [row("a"), row("b"), row("c", problem="No learner is called 'x'.")]
    stands = overview.by_model([stand("a", 9, 2)])
    steps = list(overview.next_steps(listed, stands, [stale("A")], []))

    assert [(page, where) for page, _, _, where in steps[:4]] == [
        ("Models", {"show": "c"}),
        ("Leaderboard", {}),
        ("Composer", {"model": "a"}),
        ("Sweeps", {"model": "b"}),
    ]
    assert "the 2 that pass" in steps[1][1]
