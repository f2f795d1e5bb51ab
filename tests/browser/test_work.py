"""The work of a day by clicking only, from an empty lake to a model that looks for signals.

Long work is of the lake, not of a tab: reloads, second visitors, restarts, killed workers.
"""

import os
from collections.abc import Callable
from signal import SIGCONT, SIGKILL
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.conftest import LONG, stop

MODEL = "ixic_eq_swing_daily"
HELD = "spx_eq_swing_daily_vix"
"""Another, of which nothing is kept: its sweep has enough to do to be held in the middle."""


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


def test_a_sweep_is_seen_from_everywhere(
    server: Any, watched: Page, visitor: Callable[..., Page], open_page: Callable[..., Page]
) -> None:
    """Reloaded, in a second tab, by a second visitor; who stops it, stops it for all."""
    open_page(watched, server, "sweeps", f"?model={HELD}")
    watched.get_by_role("button", name="Run sweep").click()
    expect(stop(watched)).to_be_visible()
    worker = server.hold()  # it lasts as long as it is looked at
    watched.reload()
    tab = watched.context.new_page()
    tab.goto(watched.url)
    other = visitor()
    other.goto(watched.url)

    for page in (watched, tab, other):
        expect(stop(page)).to_be_visible()
    stop(other).click()
    os.kill(worker, SIGCONT)
    for page in (watched, tab, other):
        expect(stop(page)).to_have_count(0)
    assert server.ask("jobs")[0]["state"] == "cancelled"


def test_work_outlives_the_server_but_not_its_worker(
    server: Any, tab: Page, open_page: Callable[..., Page]
) -> None:
    """After a restart the sweep is still under way; then its worker is killed, and is lost."""
    open_page(tab, server, "sweeps", f"?model={HELD}")
    tab.get_by_role("button", name="Run sweep").click()
    expect(stop(tab)).to_be_visible()
    worker = server.hold()
    server.stop()
    server.start()

    assert server.ask("jobs")[0]["state"] == "running"
    open_page(tab, server, "sweeps", f"?model={HELD}")
    expect(stop(tab)).to_be_visible()

    os.kill(worker, SIGKILL)
    expect(tab.get_by_text("Its process is gone. Start it again.")).to_be_visible()
    tab.get_by_text("Log", exact=True).click()
    expect(tab.get_by_test_id("stCode")).to_be_visible()
    assert server.ask("jobs")[0]["state"] == "lost"
    assert "Traceback" not in server.log


def press(page: Page, name: str) -> None:
    """Click a button, once it can be."""
    page.get_by_role("button", name=name, exact=False).first.click()


def tick(page: Page, row: int) -> None:
    """Tick a row of the first table: it is a canvas, so by place."""
    page.get_by_test_id("stDataFrame").first.click(position={"x": 16, "y": 17 + 34 * row})
