"""What visitors meet: every page, full and empty, wide and narrow, light and dark; many at once."""

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from app.nav import menu
from tests.browser.client import all_drawn, visit

PAGES = {entry.file.stem.partition("_")[2]: entry.title for entry in menu()}
STEPS = [("composer", f"?step={step}") for step in ("Train", "Backtest", "Evidence")]
"""Steps that are pages of their own."""
SIZES = {"wide": {"width": 1280, "height": 900}, "narrow": {"width": 400, "height": 800}}
GROUNDS = {"light": "rgb(252, 251, 248)", "dark": "rgb(16, 21, 28)"}
STRIPES = {"light": "rgb(194, 74, 34)", "dark": "rgb(255, 138, 92)"}
"""The colour of what failed, in a chart."""
WIDER = """() => [document.scrollingElement, document.querySelector('[data-testid=stMain]')]
    .map(each => each.scrollWidth - each.clientWidth)"""
PRIMARY = "button[data-testid=stBaseButton-primary]:not([disabled])"
IN_FOCUS = "document.activeElement.getAttribute('data-testid')"
VISITORS = 20
WALK = ("leaderboard", "sweeps", "composer", "models", "signals", "")
STOPS = 3
"""Pages of the walk that each sees; the twenty see all of them, ten of them each."""


def test_every_empty_page_fits_every_window(
    bare: Any,
    watched: Page,
    open_page: Callable[..., Page],
    turn_to: Callable[[Page, str], None],
) -> None:
    """By the menu: scrolls not sideways, complains not, and asks no other host."""
    every_page_fits(bare, watched, open_page, turn_to)


def test_every_filled_page_fits_every_window(
    filled: Any,
    watched: Page,
    open_page: Callable[..., Page],
    turn_to: Callable[[Page, str], None],
) -> None:
    """The same of pages that have much to show, and of steps, opened by their address."""
    every_page_fits(filled, watched, open_page, turn_to)
    for name, query in STEPS:
        watched.set_viewport_size(SIZES["wide"])
        open_page(watched, filled, name, query)
        fits(watched, PAGES[name], query)
    quiet(filled)


def every_page_fits(
    server: Any, page: Page, open_page: Callable[..., Page], turn_to: Callable[[Page, str], None]
) -> None:
    """Every page of the menu, one after the other."""
    open_page(page, server, "leaderboard")
    for title in PAGES.values():
        page.set_viewport_size(SIZES["wide"])
        turn_to(page, title)
        fits(page, title)
    quiet(server)


def fits(page: Page, title: str, query: str = "") -> None:
    """A page as it stands has its title, and nothing wider than either window."""
    expect(page.locator("h1")).to_have_text(title)
    assert page.evaluate(WIDER) == [0, 0], (title, query)
    page.set_viewport_size(SIZES["narrow"])
    page.wait_for_function(f"({WIDER})().join() === '0,0'")


def quiet(server: Any) -> None:
    """Nothing that was opened has brought a server to its knees."""
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


def test_twenty_visitors_at_once(filled: Any) -> None:
    """Each walks on at the same time as the others, with a cart that only it has."""
    before = filled.log
    with ExitStack() as open_ones:
        visitors = [
            open_ones.enter_context(visit(filled.url, "leaderboard", f"cart=trial{i}"))
            for i in range(VISITORS)
        ]
        for drawn in all_drawn(visitors):
            assert drawn.errors == []
            assert "Cart 1" in drawn.labels
        for step in range(STOPS):
            for i, visitor in enumerate(visitors):
                visitor.turn_to(WALK[(i + step) % len(WALK)])
            for i, drawn in enumerate(all_drawn(visitors)):
                assert drawn.errors == []
                assert drawn.query == f"cart=trial{i}"

    assert "Traceback" not in filled.log.removeprefix(before)


def test_two_visitors_share_no_widget(
    filled: Any, visitor: Callable[..., Page], open_page: Callable[..., Page]
) -> None:
    """What one filters and ticks stands on that one's page only, and a reload keeps it."""
    one, other = (open_page(visitor(), filled, "leaderboard") for _ in range(2))
    one.get_by_test_id("stDataFrame").first.click(position={"x": 16, "y": 17 + 34})
    one.get_by_role("button", name="Add 1 to cart").click()
    expect(one.get_by_role("button", name="Cart 1")).to_be_visible()
    one.get_by_text("Pass only").click()
    expect(one.get_by_text("No trial fits these filters")).to_be_visible()

    for page in (one, other):
        page.reload()
    expect(other.get_by_role("button", name="Cart 0")).to_be_visible()
    expect(other.get_by_role("heading", name="Reward and risk")).to_be_visible()
    expect(one.get_by_role("button", name="Cart 1")).to_be_visible()
    expect(one.get_by_text("No trial fits these filters")).to_be_visible()


def _tabs_to_primary(page: Page) -> int | None:
    """How often Tab is pressed until the primary button has the focus; None if it never gets it."""
    for pressed in range(1, 60):
        page.keyboard.press("Tab")
        if page.evaluate(IN_FOCUS) == "stBaseButton-primary":
            return pressed
    return None
