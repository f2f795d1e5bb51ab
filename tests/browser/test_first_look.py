"""What a visitor meets first: every page, on a screen and on a phone, and the demo by clicking."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from app.nav import menu

Wait = Callable[[Page], None]
SIZES = {"screen": (1280, 900), "phone": (400, 800)}


@pytest.mark.parametrize("size", SIZES)
def test_no_page_scrolls_sideways(server: Any, watched: Page, settled: Wait, size: str) -> None:
    width, height = SIZES[size]
    watched.set_viewport_size({"width": width, "height": height})

    for entry in menu():
        name = entry.file.stem.partition("_")[2]
        watched.goto(f"{server.url}/{'' if name == 'overview' else name}")
        settled(watched)
        expect(watched.locator("h1")).to_have_text(entry.title)
        main = watched.locator("[data-testid=stMain]")
        assert main.evaluate("each => each.scrollWidth <= each.clientWidth")


def test_the_demo_runs_by_clicking(server: Any, watched: Page, settled: Wait) -> None:
    """From an empty lake to a trained model; a reload in between loses nothing."""
    watched.goto(server.url)
    settled(watched)
    watched.get_by_role("button", name="Run the demo pipeline").click()
    expect(watched.get_by_role("button", name="Stop")).to_be_visible(timeout=30_000)
    watched.reload()

    expect(watched.get_by_role("button", name="Stop")).to_be_visible(timeout=30_000)
    expect(watched.get_by_role("button", name="Stop")).to_have_count(0, timeout=180_000)
    expect(watched.get_by_role("heading", name="What to do next")).to_be_visible(timeout=30_000)
    settled(watched)
    assert [run["model_id"] for run in server.ask("training_runs")] == ["ixic_eq_swing_daily"]
    watched.get_by_role("link", name="Leaderboard").first.click()
    expect(watched.get_by_role("heading", name="Reward and risk")).to_be_visible(timeout=30_000)
    settled(watched)


def test_the_server_complains_of_nothing(server: Any, watched: Page, settled: Wait) -> None:
    """A setting that Streamlit does not know is a warning in its log."""
    watched.goto(server.url)
    settled(watched)

    assert "not a valid config option" not in server.log
    assert "Traceback" not in server.log
