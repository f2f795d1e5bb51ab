"""Long work is of the lake, not of a tab: reloads, second visitors, restarts, killed workers."""

import os
from collections.abc import Callable
from signal import SIGCONT, SIGKILL
from typing import Any

from playwright.sync_api import Locator, Page, expect

MODEL = "ixic_eq_swing_daily"


def test_a_sweep_is_seen_from_everywhere(
    server: Any, watched: Page, visitor: Callable[..., Page], open_page: Callable[..., Page]
) -> None:
    """Reloaded, in a second tab, by a second visitor; who stops it, stops it for all."""
    open_page(watched, server, "sweeps", f"?model={MODEL}")
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
    assert [job["state"] for job in server.ask("jobs")] == ["cancelled"]


def test_work_outlives_the_server_but_not_its_worker(
    server: Any, page: Page, open_page: Callable[..., Page]
) -> None:
    """After a restart the sweep is still under way; then its worker is killed, and is lost."""
    open_page(page, server, "sweeps", f"?model={MODEL}")
    page.get_by_role("button", name="Run sweep").click()
    expect(stop(page)).to_be_visible()
    worker = server.hold()
    server.stop()
    server.start()

    assert [job["state"] for job in server.ask("jobs")] == ["running"]
    open_page(page, server, "sweeps", f"?model={MODEL}")
    expect(stop(page)).to_be_visible()

    os.kill(worker, SIGKILL)
    expect(page.get_by_text("Its process is gone. Start it again.")).to_be_visible()
    page.get_by_text("Log", exact=True).click()
    expect(page.get_by_test_id("stCode")).to_be_visible()
    assert [job["state"] for job in server.ask("jobs")] == ["lost"]
    assert "Traceback" not in server.log


def stop(page: Page) -> Locator:
    """The button that stops a job; the head has one of the same name while a page is drawn."""
    return page.get_by_test_id("stBaseButton-tertiary").filter(has_text="Stop")
