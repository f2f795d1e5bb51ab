"""Many at once: each has a cart and widgets of its own, and nobody meets an error."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

VISITORS = 20
PAGES = ("leaderboard", "sweeps", "composer", "models", "signals")


def test_twenty_visitors_at_once(
    filled: Any, visitor: Callable[..., Page], settled: Callable[[Page], None]
) -> None:
    """All load at the same time; each puts something else into a cart that only it sees."""
    before = filled.log
    pages = [visitor(viewport={"width": 1280, "height": 800}) for _ in range(VISITORS)]
    for i, page in enumerate(pages):
        page.goto(f"{filled.url}/leaderboard?cart=trial{i}", wait_until="commit")
    for page in pages:
        settled(page)
        expect(page.get_by_role("button", name="Cart 1")).to_be_visible()

    for i, page in enumerate(pages):  # each goes elsewhere, none waits for the one before
        name = PAGES[i % len(PAGES)]
        link = page.get_by_test_id("stSidebarNav").get_by_role("link", name=name.capitalize())
        link.click(no_wait_after=True)
    for i, page in enumerate(pages):
        expect(page.locator("h1")).to_have_text(PAGES[i % len(PAGES)].capitalize())
        settled(page)
        assert page.get_by_test_id("stAlert").filter(has_text="error").count() == 0
        assert f"cart=trial{i}" in page.url + "&", page.url

    assert "Traceback" not in filled.log.removeprefix(before)


def test_two_visitors_share_no_widget(
    filled: Any, visitor: Callable[..., Page], open_page: Callable[..., Page]
) -> None:
    """What one filters and ticks stands on that one's page only."""
    one, other = (open_page(visitor(), filled, "leaderboard") for _ in range(2))
    one.get_by_test_id("stDataFrame").first.click(position={"x": 16, "y": 17 + 34})
    one.get_by_role("button", name="Add 1 to cart").click()
    expect(one.get_by_role("button", name="Cart 1")).to_be_visible()
    one.get_by_text("Pass only").click()
    expect(one.get_by_text("No trial fits these filters")).to_be_visible()

    other.reload()
    expect(other.get_by_role("button", name="Cart 0")).to_be_visible()
    expect(other.get_by_role("heading", name="Reward and risk")).to_be_visible()
    one.reload()
    expect(one.get_by_role("button", name="Cart 1")).to_be_visible()
    expect(one.get_by_text("No trial fits these filters")).to_be_visible()
