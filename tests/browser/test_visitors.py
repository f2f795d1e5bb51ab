"""Many at once: each has a cart and widgets of its own, and nobody meets an error."""

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.client import all_drawn, visit

VISITORS = 20
PAGES = ("leaderboard", "sweeps", "composer", "models", "signals", "")


def test_twenty_visitors_at_once(filled: Any) -> None:
    """Each walks through all pages at the same time as the others, with a cart that only it has."""
    before = filled.log
    with ExitStack() as open_ones:
        visitors = [
            open_ones.enter_context(visit(filled.url, "leaderboard", f"cart=trial{i}"))
            for i in range(VISITORS)
        ]
        for drawn in all_drawn(visitors):
            assert drawn.errors == []
            assert "Cart 1" in drawn.labels
        for step in range(len(PAGES)):
            for i, visitor in enumerate(visitors):
                visitor.turn_to(PAGES[(i + step) % len(PAGES)])
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
