"""The work of a day by clicking only, from an empty lake to a model that looks for signals."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Locator, Page, expect

MODEL = "ixic_eq_swing_daily"
LONG = 120_000
"""Milliseconds until a job is done."""


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
    assert [run["model_id"] for run in server.ask("training_runs")] == [MODEL]
    watched.get_by_role("link", name="Leaderboard").first.click()
    expect(watched.get_by_role("heading", name="Reward and risk")).to_be_visible()
    settled(watched)


def test_each_step_by_hand(
    server: Any,
    watched: Page,
    open_page: Callable[..., Page],
    settled: Callable[[Page], None],
    turn_to: Callable[[Page, str], None],
) -> None:
    """Build, sweep, put into the cart, train with a reason, look for signals."""
    open_page(watched, server, "composer", f"?model={MODEL}")
    press(watched, "Build matrix")
    expect(watched.get_by_role("heading", name="Quality")).to_be_visible(timeout=LONG)

    turn_to(watched, "Sweeps")
    press(watched, "Run sweep")
    expect(watched.get_by_role("heading", name="Trials")).to_be_visible(timeout=LONG)

    turn_to(watched, "Leaderboard")
    tick(watched, 1)
    press(watched, "Add 1 to cart")
    expect(watched.get_by_role("button", name="Cart 1")).to_be_visible()

    press(watched, "Cart 1")
    watched.get_by_role("link", name="Train these").click()
    watched.get_by_label("Reason to train it all the same").fill("to watch it live")
    watched.keyboard.press("Enter")
    press(watched, "Train 1")
    expect(watched.get_by_role("heading", name="Trained")).to_be_visible(timeout=LONG)
    assert [run["facts"]["reason"] for run in server.ask("training_runs")] == ["to watch it live"]

    turn_to(watched, "Signals")
    press(watched, "Refresh now")
    expect(watched.get_by_role("heading", name="Last look")).to_be_visible()
    settled(watched)
    assert {found["model_id"] for found in server.ask("signals")} <= {MODEL}
    assert "Traceback" not in server.log


def stop(page: Page) -> Locator:
    """The button that stops a job; the head has one of the same name while a page is drawn."""
    return page.get_by_test_id("stBaseButton-tertiary").filter(has_text="Stop")


def press(page: Page, name: str) -> None:
    """Click a button, once it can be."""
    page.get_by_role("button", name=name, exact=False).first.click()


def tick(page: Page, row: int) -> None:
    """Tick a row of the first table: it is a canvas, so by place."""
    page.get_by_test_id("stDataFrame").first.click(position={"x": 16, "y": 17 + 34 * row})
