"""What a visitor meets first: every page, full and empty, wide and narrow, light and dark."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from app.nav import menu

PAGES = {entry.file.stem.partition("_")[2]: entry.title for entry in menu()}
VIEWS = [
    *((name, "") for name in PAGES),
    *(("composer", f"?step={step}") for step in ("Train", "Backtest", "Evidence")),
]
"""Pages by the last word of their address, and the steps that are pages of their own."""
SIZES = {"wide": {"width": 1280, "height": 900}, "narrow": {"width": 400, "height": 800}}
GROUNDS = {"light": "rgb(252, 251, 248)", "dark": "rgb(16, 21, 28)"}
STRIPES = {"light": "rgb(194, 74, 34)", "dark": "rgb(255, 138, 92)"}
"""The colour of what failed, in a chart."""
WIDER = """() => [document.scrollingElement, document.querySelector('[data-testid=stMain]')]
    .map(each => each.scrollWidth - each.clientWidth)"""
PRIMARY = "button[data-testid=stBaseButton-primary]:not([disabled])"
IN_FOCUS = "document.activeElement.getAttribute('data-testid')"


@pytest.mark.parametrize("lake", ["filled", "bare"])
def test_every_page_fits_every_window(
    lake: str, request: pytest.FixtureRequest, watched: Page, open_page: Callable[..., Page]
) -> None:
    """No page scrolls sideways, complains, asks another host, or brings a server to its knees."""
    server: Any = request.getfixturevalue(lake)

    for name, query in VIEWS:
        watched.set_viewport_size(SIZES["wide"])
        open_page(watched, server, name, query)
        expect(watched.locator("h1")).to_have_text(PAGES[name])
        assert watched.evaluate(WIDER) == [0, 0], (name, query)
        watched.set_viewport_size(SIZES["narrow"])
        watched.wait_for_function(f"({WIDER})().join() === '0,0'")
    assert "not a valid config option" not in server.log
    assert "Traceback" not in server.log


@pytest.mark.parametrize("theme", GROUNDS)
def test_a_phone_in_either_theme(
    theme: str, filled: Any, visitor: Callable[..., Page], open_page: Callable[..., Page]
) -> None:
    """Opened narrow: the ground follows the machine's setting, and a chart's marks follow it."""
    page = visitor(viewport=SIZES["narrow"], color_scheme=theme)
    open_page(page, filled, "leaderboard")

    assert page.evaluate(WIDER) == [0, 0]
    expect(page.locator(".stApp")).to_have_css("background-color", GROUNDS[theme])
    mark = page.locator(".js-plotly-plot .points path").first
    expect(mark).to_have_css("stroke", STRIPES[theme])


def test_tab_reaches_the_primary_button(
    filled: Any, bare: Any, watched: Page, open_page: Callable[..., Page]
) -> None:
    """Of each page that has one which can be pressed, before all that stands below it."""
    reached = {}
    for server, name, query in [
        (bare, "overview", ""),
        (filled, "models", ""),
        (filled, "composer", ""),
        (filled, "composer", "?step=Backtest"),
        (filled, "sweeps", ""),
        (filled, "signals", ""),
    ]:
        open_page(watched, server, name, query)
        expect(watched.locator(PRIMARY)).to_have_count(1)
        reached[name + query] = _tabs_to_primary(watched)

    assert None not in reached.values(), reached


def _tabs_to_primary(page: Page) -> int | None:
    """How often Tab is pressed until the primary button has the focus; None if it never gets it."""
    for pressed in range(1, 60):
        page.keyboard.press("Tab")
        if page.evaluate(IN_FOCUS) == "stBaseButton-primary":
            return pressed
    return None
