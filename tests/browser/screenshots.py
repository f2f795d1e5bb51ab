"""Pictures of every page, full and empty, wide and narrow, light and dark: `make screenshots`."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from app.nav import menu
from sigma_core.verbs.build import DEMO
from tests.browser.conftest import Server, run_demo, served

OUT = Path(__file__).resolve().parents[2] / "screenshots"
WIDTHS = {1280: 900, 400: 800}
STEPS = {"composer": ("Build", "Train", "Backtest", "Evidence")}
NAMES = [entry.file.stem.partition("_")[2] for entry in menu()]
VIEWS = [
    (name, f"?step={step}" if step else "") for name in NAMES for step in STEPS.get(name, ("",))
]

BESIDES = ("evidence", "cpcv", "noise_floor")
"""What the demo leaves out, so that the Evidence step and the noise band have something to show."""


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A dashboard over the demo's lake, and what was found on its sweep since."""
    home = tmp_path_factory.mktemp("filled")
    run_demo(home / "lake")
    env = {**os.environ, "SIGMA_LAKE": str(home / "lake"), "SIGMA_PACKS": str(OUT.parent / "packs")}
    for verb in BESIDES:
        command = [sys.executable, "-m", "sigma_core", verb, f"MODEL_ID={DEMO}", "--json"]
        subprocess.run(command, cwd=OUT.parent, env=env, check=True, capture_output=True)
    yield from served(home)


@pytest.fixture(scope="module")
def bare(server: Server) -> Server:
    """A dashboard over an empty lake: nobody here fills it."""
    return server


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("lake", ["filled", "bare"])
def test_take(
    lake: str,
    width: int,
    theme: str,
    request: pytest.FixtureRequest,
    visitor: Callable[..., Page],
    open_page: Callable[..., Page],
) -> None:
    server: Server = request.getfixturevalue(lake)
    look = {"viewport": {"width": width, "height": WIDTHS[width]}, "color_scheme": theme}
    page = visitor(**look)
    OUT.mkdir(exist_ok=True)

    for name, query in VIEWS:
        open_page(page, server, name, query)
        tall(page, width)
        step = query.partition("=")[2].lower()
        stem = "-".join(filter(None, [name, step, lake, str(width), theme]))
        page.screenshot(path=OUT / f"{stem}.png")


def tall(page: Page, width: int) -> None:
    """Make the window as tall as what is in it: the page scrolls in a box of its own."""
    page.set_viewport_size({"width": width, "height": WIDTHS[width]})
    inside = page.locator("[data-testid=stMain]").evaluate("each => each.scrollHeight")
    page.set_viewport_size({"width": width, "height": min(max(inside, WIDTHS[width]), 6000)})
    page.wait_for_selector("[data-test-script-state=notRunning]")
    page.wait_for_timeout(700)  # charts and tables are drawn anew, without a sign when they are
