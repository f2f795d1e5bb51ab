"""What visitors meet: every page, empty, then full, wide and narrow, light and dark; many at once.

One dashboard for all: the demo is run on it by clicking, and what follows looks at what it left.
"""

from collections.abc import Callable, Collection
from contextlib import ExitStack
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from app.nav import menu
from sigma_core.verbs.build import DEMO
from tests.browser.client import all_drawn, visit
from tests.browser.conftest import LONG, run_demo, stop

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
TO_BE_PRESSED = {"models", "composer", "composer?step=Backtest", "sweeps", "signals"}
"""Filled pages with a primary button that can be pressed as they are opened."""
FROM_THE_TOP = "document.body.tabIndex = -1, document.body.focus()"
"""Tab goes on to what stands first, as on a page that is opened by its address."""
IN_FOCUS = "document.activeElement.getAttribute('data-testid')"
VISITORS = 20
WALK = ("leaderboard", "sweeps", "composer", "models", "signals", "")
STOPS = 2
"""Pages of the walk that each sees; the twenty see all of them, six or seven of them each."""


@pytest.fixture(scope="module")
def filled(server: Any) -> Any:
    """The dashboard once the demo was run on it: by clicking, or else from the shell."""
    if not server.ask("training_runs"):
        run_demo(server.home / "lake")
    return server


def test_every_empty_page_fits_every_window(
    server: Any,
    watched: Page,
    open_page: Callable[..., Page],
    turn_to: Callable[[Page, str], None],
) -> None:
    """By the menu: scrolls not sideways, complains not, and asks no other host."""
    open_page(watched, server, "overview")
    every_page_fits(watched, turn_to, to_be_pressed={"overview"})
    quiet(server)


def test_the_demo_runs_by_clicking(
    server: Any, watched: Page, open_page: Callable[..., Page], settled: Callable[[Page], None]
) -> None:
    """From an empty lake to a trained model; a reload in between loses nothing."""
    open_page(watched, server, "overview")
    watched.get_by_role("button", name="Run the demo pipeline").click()
    expect(stop(watched)).to_be_visible()
    watched.reload()

    expect(stop(watched)).to_be_visible()
    expect(stop(watched)).to_have_count(0, timeout=LONG)
    expect(watched.get_by_role("heading", name="What to do next")).to_be_visible()
    settled(watched)
    assert [run["model_id"] for run in server.ask("training_runs")] == [DEMO]
    watched.get_by_role("link", name="Leaderboard").first.click()
    expect(watched.get_by_role("heading", name="Reward and risk")).to_be_visible()
    settled(watched)


def test_every_filled_page_fits_every_window(
    filled: Any,
    watched: Page,
    open_page: Callable[..., Page],
    turn_to: Callable[[Page, str], None],
) -> None:
    """The same of pages that have much to show, and of steps, opened by their address."""
    open_page(watched, filled, "overview")
    every_page_fits(watched, turn_to, to_be_pressed=TO_BE_PRESSED)
    for name, query in STEPS:
        watched.set_viewport_size(SIZES["wide"])
        open_page(watched, filled, name, query)
        fits(watched, name + query, to_be_pressed=TO_BE_PRESSED)
    quiet(filled)


def every_page_fits(
    page: Page, turn_to: Callable[[Page, str], None], *, to_be_pressed: Collection[str]
) -> None:
    """Every page of the menu, one after the other."""
    for name, title in PAGES.items():
        page.set_viewport_size(SIZES["wide"])
        turn_to(page, title)
        fits(page, name, to_be_pressed=to_be_pressed)


def fits(page: Page, view: str, *, to_be_pressed: Collection[str]) -> None:
    """A page as it stands has its title, its button in reach, and nothing wider than a window."""
    expect(page.locator("h1"), view).to_have_text(PAGES[view.partition("?")[0]])
    assert page.evaluate(WIDER) == [0, 0], view
    if view in to_be_pressed:
        expect(page.locator(PRIMARY), view).to_have_count(1)
        assert _tabs_reach_primary(page), view
    page.set_viewport_size(SIZES["narrow"])
    page.wait_for_function(f"({WIDER})().join() === '0,0'")


def quiet(server: Any) -> None:
    """Nothing that was opened has brought a server to its knees."""
    assert "not a valid config option" not in server.log
    assert "Traceback" not in server.log


@pytest.mark.parametrize("theme", GROUNDS)
def test_a_phone_in_either_theme(
    theme: str, filled: Any, watched: Page, open_page: Callable[..., Page]
) -> None:
    """Opened narrow: the ground follows the machine's setting, and a chart's marks follow it."""
    watched.set_viewport_size(SIZES["narrow"])
    watched.emulate_media(color_scheme=theme)
    open_page(watched, filled, "leaderboard")

    assert watched.evaluate(WIDER) == [0, 0]
    expect(watched.locator(".stApp")).to_have_css("background-color", GROUNDS[theme])
    mark = watched.locator(".js-plotly-plot .points path").first
    expect(mark).to_have_css("stroke", STRIPES[theme])


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
    filled: Any, watched: Page, visitor: Callable[..., Page], open_page: Callable[..., Page]
) -> None:
    """What one filters and ticks stands on that one's page only, and a reload keeps it."""
    one, other = (open_page(page, filled, "leaderboard") for page in (watched, visitor()))
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


def _tabs_reach_primary(page: Page) -> bool:
    """Whether Tab leads to the primary button before all that stands below it."""
    page.evaluate(FROM_THE_TOP)
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate(IN_FOCUS) == "stBaseButton-primary":
            return True
    return False
