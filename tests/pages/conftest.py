"""A browserless dashboard over a lake of its own."""

from collections.abc import Callable
from pathlib import Path
from shutil import copytree

import pytest
from streamlit.testing.v1 import AppTest

from app import session
from sigma_core.lab import Lab

ROOT = Path(__file__).resolve().parents[2]
OpenPage = Callable[..., AppTest]


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
        at = AppTest.from_file(str(ROOT / "app" / "main.py"), default_timeout=30)
        for key, value in params.items():
            at.query_params[key] = value
        return at.run().switch_page(f"../pages/{name}.py").run()

    return go
