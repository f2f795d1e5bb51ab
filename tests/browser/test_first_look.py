"""What a visitor meets first: every page, full and empty, on a screen and on a phone."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from app.nav import menu

SIZES = {"screen": {"width": 1280, "height": 900}, "phone": {"width": 400, "height": 800}}
THEMES = {"screen": "light", "phone": "dark"}
PAGES = {entry.file.stem.partition("_")[2]: entry.title for entry in menu()}
VIEWS = [(name, "") for name in PAGES] + [("composer", "?step=Train"), ("composer", "?step=Backtest")]
"""Pages by the last word of their address, and the steps that are pages of their own."""
GROUNDS = {"light": "rgb(252, 251, 248)", "dark": "rgb(16, 21, 28)"}


@pytest.mark.parametrize("lake", ["filled", "bare"])
@pytest.mark.parametrize("size", SIZES)
def test_every_page_fits_its_window(
    lake: str,
    size: str,
    request: pytest.FixtureRequest,
    visitor: Callable[..., Page],
    open_page: Callable[..., Page],
) -> None:
    """No page scrolls sideways, complains, or asks another host."""
    server: Any = request.getfixturevalue(lake)
    page = visitor(viewport=SIZES[size], color_scheme=THEMES[size])

    for name, query in VIEWS:
        open_page(page, server, name, query)
        expect(page.locator("h1")).to_have_text(PAGES[name])
        main = page.locator("[data-testid=stMain]")
        assert main.evaluate("each => each.scrollWidth <= each.clientWidth"), name
        assert page.evaluate("document.scrollingElement.scrollWidth <= innerWidth"), name


@pytest.mark.parametrize("theme", GROUNDS)
def test_the_theme_is_the_visitors(
    theme: str, filled: Any, visitor: Callable[..., Page], open_page: Callable[..., Page]
) -> None:
    """Ground and ink follow the machine's setting, and a chart's lines take their slots."""
    page = open_page(visitor(color_scheme=theme), filled, "leaderboard")

    style = "each => getComputedStyle(each)"
    assert page.locator(".stApp").evaluate(f"{style}.backgroundColor") == GROUNDS[theme]
    marks = page.locator(".js-plotly-plot").first
    expect(marks).to_be_visible()
    assert "rgb(0, 0, 0)" not in marks.locator(".scatterlayer path").first.evaluate(
        f"{style}.stroke"
    )


def test_a_chart_takes_the_other_theme_at_once(
    filled: Any, visitor: Callable[..., Page], open_page: Callable[..., Page]
) -> None:
    """A change of theme does not rerun a page, so a chart may not hold colours of its own."""
    page = open_page(visitor(color_scheme="light"), filled, "composer", "?step=Backtest")
    line = page.locator(".js-plotly-plot .scatterlayer .js-line").first
    expect(line).to_be_attached()
    stroke = "each => getComputedStyle(each).stroke"
    before = line.evaluate(stroke)

    page.emulate_media(color_scheme="dark")
    expect(page.locator(".stApp")).to_have_css("background-color", GROUNDS["dark"])

    page.wait_for_function(
        f"before => ({stroke})(document.querySelector('.js-plotly-plot .scatterlayer .js-line'))"
        " !== before",
        arg=before,
    )


def test_the_server_complains_of_nothing(filled: Any, watched: Page, open_page: Any) -> None:
    """A setting that Streamlit does not know is a warning in its log."""
    for name in PAGES:
        open_page(watched, filled, name)

    assert "not a valid config option" not in filled.log
    assert "Traceback" not in filled.log
