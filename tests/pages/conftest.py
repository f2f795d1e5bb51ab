"""A browserless dashboard over a lake of its own, empty or with a toy market that was tried."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
from plotly.graph_objects import Figure as Checked
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from app import session
from app.components import plotly_template
from app.components.figure import Figure, Ready
from sigma_core import jobs
from sigma_core.domain.job import Job
from sigma_core.lab import Lab
from sigma_core.lake import Lake
from sigma_core.verbs._kept import print_of
from sigma_core.verbs.backtest import BacktestAsk, backtest
from sigma_core.verbs.build import BuildMatrix, build
from sigma_core.verbs.sweep_run import SweepRun, sweep_run
from tests.job.conftest import MODEL, market, pack

ROOT = Path(__file__).resolve().parents[2]
OpenPage = Callable[..., AppTest]
Started = list[tuple[str, dict[str, Any]]]
GATE = {"momentum_gate": True, "momentum_min": 0.01, "momentum_column": "log_ret_5"}
ANSWERS: dict[str, Any] = {}
"""What the verbs answered when the lake of these tests was made."""
KNOWN: set[frozenset[str]] = set()
"""The charts that Plotly has checked, each by the names of its fields."""


@pytest.fixture(scope="session", autouse=True)
def _packages_are_not_read() -> Iterator[None]:
    """Streamlit reads what each installed package says of itself whenever a page is opened.

    None of ours brings a component.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", list)
        yield


@pytest.fixture(scope="session", autouse=True)
def _plotly_checks_charts() -> Iterator[None]:
    """A chart with a field or a value that Plotly does not know fails the test that draws it.

    The dashboard sends its charts unchecked. Those of the same fields are checked once.
    """
    finish = plotly_template.finished

    def checked(figure: Figure) -> Ready:
        made = finish(figure)
        drawn = made.to_dict()
        if (named := frozenset(fields_of(drawn))) not in KNOWN:
            Checked(drawn)
            KNOWN.add(named)
        return made

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plotly_template, "finished", checked)
        yield


def fields_of(value: Any, name: str = "") -> Iterator[str]:
    """The path of each field of a chart."""
    yield name
    inner = value if isinstance(value, dict) else {}
    rows = value if isinstance(value, list) and value and isinstance(value[0], dict) else ()
    for field, each in (*inner.items(), *(("", row) for row in rows)):
        yield from fields_of(each, f"{name}.{field}")


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lab:
    """The lab that the dashboard of this test looks at: an empty lake, packs that may be edited."""
    copytree(ROOT / "packs", tmp_path / "packs")
    monkeypatch.setenv("SIGMA_LAKE", str(tmp_path / "lake"))
    monkeypatch.setenv("SIGMA_PACKS", str(tmp_path / "packs"))
    monkeypatch.delenv("SIGMA_FILES", raising=False)
    session.lab.cache_clear()
    return session.lab()


@pytest.fixture
def open_page(lab: Lab) -> OpenPage:
    """Open a page by its file name: `open_page("4_leaderboard", model="x")`."""

    def go(name: str, **params: str) -> AppTest:
        at = AppTest.from_file(str(ROOT / "app" / "main.py"), default_timeout=120)
        for key, value in params.items():
            at.query_params[key] = value
        return at.switch_page(f"../pages/{name}.py").run()

    return go


@pytest.fixture
def look_at(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], Lab]:
    """`look_at(home)`: the dashboard's lab is that of the folder, in place of the empty one."""

    def go(home: Path) -> Lab:
        for name in ("lake", "packs", "files"):
            if (home / name).exists():
                monkeypatch.setenv(f"SIGMA_{name.upper()}", str(home / name))
        session.lab.cache_clear()
        return session.lab()

    return go


@contextmanager
def unchanged(home: Path) -> Iterator[Path]:
    """A folder that tests only read, and share, so that what one has read is kept for the next."""
    before = print_of([home])
    yield home
    assert print_of([home]) - before == set(), "a test that writes needs a copy of its own"
    assert before - print_of([home]) == set(), "and so does one that takes away"


@pytest.fixture(scope="session")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
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
    with unchanged(home):
        yield home


@pytest.fixture
def toys(look_at: Callable[[Path], Lab], asked: Path, tmp_path: Path) -> Lab:
    """The dashboard's lab, a copy of that folder in place of the empty one."""
    return look_at(copytree(asked, tmp_path / "toys"))


@pytest.fixture
def seen(look_at: Callable[[Path], Lab], asked: Path) -> Lab:
    """The dashboard's lab is that folder itself: only to be looked at."""
    return look_at(asked)


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Started:
    """What the page has started; nothing runs."""
    seen: Started = []

    def submit(lake: Lake, verb: str, ask: Mapping[str, Any]) -> Job:
        seen.append((verb, dict(ask)))
        return Job(job_id="x", verb=verb, ask=dict(ask), made_at=session.lab().now())

    monkeypatch.setattr(jobs, "submit", submit)
    return seen
