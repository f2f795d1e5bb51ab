"""Long work is of the lake, not of a tab: reloads, second visitors, restarts, killed workers."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Locator, Page, expect

MODEL = "ixic_eq_swing_daily"


def test_a_sweep_is_seen_from_everywhere_and_outlives_the_server(
    server: Any, watched: Page, visitor: Callable[..., Page], open_page: Callable[..., Page]
) -> None:
    """Reloaded, from a second tab, by a second visitor, after a restart; then it is killed."""
    open_page(watched, server, "sweeps", f"?model={MODEL}")
    watched.get_by_role("button", name="Run sweep").click()
    expect(stop(watched)).to_be_visible()
    watched.reload()
    expect(stop(watched)).to_be_visible()

    tab = open_page(watched.context.new_page(), server, "sweeps", f"?model={MODEL}")
    expect(stop(tab)).to_be_visible()
    other = open_page(visitor(), server, "overview")
    assert stop(other).count() <= 1  # an empty lab's overview shows its jobs as well
    tab.close()

    server.stop()
    server.start()
    again = open_page(visitor(), server, "sweeps", f"?model={MODEL}")
    expect(stop(again)).to_be_visible()

    assert len(server.end_workers()) == 1
    expect(again.get_by_text("lost", exact=True)).to_be_visible()
    expect(again.get_by_text("Its process is gone. Start it again.")).to_be_visible()
    again.get_by_text("Log", exact=True).click()
    expect(again.get_by_test_id("stCode")).to_be_visible()
    assert [job["state"] for job in server.ask("jobs")] == ["lost"]


def stop(page: Page) -> Locator:
    """The button that stops a job; the head has one of the same name while a page is drawn."""
    return page.get_by_test_id("stBaseButton-tertiary").filter(has_text="Stop")
