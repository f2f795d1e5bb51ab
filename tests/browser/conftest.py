"""A real browser at a real server: Chromium of this machine, a free port, a lake of its own."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import copytree, which
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, expect

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = which("chromium") or which("chromium-browser") or which("google-chrome")
PATIENCE = 60.0
"""Seconds a server may take to be ready, and a page to stand still."""
SLOWLY = 60_000
"""Milliseconds until a page must show what was clicked for."""
LONG = 120_000
"""Milliseconds until a job is done."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here needs Chromium, and says so where there is none."""
    here = f"{Path(__file__).parent}{os.sep}"
    for item in items:
        if str(item.path).startswith(here):
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.slow)
            if CHROMIUM is None:
                item.add_marker(pytest.mark.skip(reason="no Chromium on this machine"))


@pytest.fixture(autouse=True)
def _patient() -> None:
    """A machine may be busy with other tests; no test here is about time."""
    expect.set_options(timeout=SLOWLY)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    flags = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": flags}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """Nothing moves: a browser without a graphics card spends half its work on what does."""
    return {**browser_context_args, "reduced_motion": "reduce"}


class Server:
    """The dashboard over one folder; it can be stopped and started again."""

    def __init__(self, home: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.home = home
        self._log = home / "server.log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> str:
        """What it has written so far."""
        return self._log.read_text()

    def start(self) -> None:
        """Start it and wait until it answers."""
        folders = {"SIGMA_LAKE": str(self.home / "lake"), "SIGMA_PACKS": str(self.home / "packs")}
        ours = {k: v for k, v in os.environ.items() if not k.startswith("SIGMA_")}
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "streamlit", "run", "app/server.py"),
                    *("--server.port", str(self.port)),
                ],
                cwd=ROOT,
                env=ours | folders | {"SIGMA_API_RATE": "0"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        until = time.monotonic() + PATIENCE
        while not self._ready():
            if self._process.poll() is not None or time.monotonic() > until:
                pytest.fail(f"the server did not start:\n{self.log}")
            time.sleep(0.2)

    def stop(self) -> None:
        """Stop it; jobs it has started go on."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(PATIENCE)

    def workers(self) -> list[int]:
        """Processes of the jobs that are running."""
        return [job["pid"] for job in self.ask("jobs") if job["state"] == "running"]

    def hold(self) -> int:
        """Let the one worker stand still, once it has begun and holds no lock; its process."""
        until = time.monotonic() + PATIENCE
        while not any(job["note"] for job in self.ask("jobs") if job["state"] == "running"):
            assert time.monotonic() < until, self.ask("jobs")
            time.sleep(0.1)
        [pid] = self.workers()
        os.kill(pid, signal.SIGSTOP)
        return int(pid)

    def ask(self, path: str) -> Any:
        """What `GET /api/<path>` answers."""
        reply = httpx.get(f"{self.url}/api/{path}", timeout=PATIENCE).raise_for_status()
        return reply.json()

    def _ready(self) -> bool:
        try:
            return bool(self.ask("packs"))
        except httpx.HTTPError:
            return False


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A dashboard over a lake that is empty when a file's first test begins, and all it has.

    To start one, and to open each page for the first time, is much of what a test would take.
    """
    yield from served(tmp_path_factory.mktemp("dashboard"))


def run_demo(lake: Path) -> None:
    """Run the demo's pipeline from the shell."""
    command = [sys.executable, "-m", "sigma_core", "pipeline", "--json"]
    env = {**os.environ, "SIGMA_LAKE": str(lake), "SIGMA_PACKS": str(ROOT / "packs")}
    subprocess.run(command, cwd=ROOT, env=env, check=True, capture_output=True)


def served(home: Path) -> Iterator[Server]:
    """A dashboard over a folder; what its jobs have left running ends with it."""
    copytree(ROOT / "packs", home / "packs")
    made = Server(home)
    made.start()
    yield made
    for pid in made.workers():
        os.kill(pid, signal.SIGKILL)
    made.stop()


class Watch:
    """What pages of a test said that they should not: complaints, and words to other hosts."""

    def __init__(self) -> None:
        self.complaints: list[str] = []
        self.strangers: list[str] = []

    def over(self, page: Page) -> Page:
        """Listen to a page from now on."""
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self._see(request.url))
        page.on("websocket", lambda socket: self._see(socket.url))
        return page

    def _hear(self, message: ConsoleMessage) -> None:
        # a deep link asks twice for what only the root has: harmless, and Streamlit's own
        known = "404" in message.text and "/_stcore/" in message.location.get("url", "")
        if message.type == "error" and not known:
            self.complaints.append(f"{message.text} at {message.location}")

    def _see(self, url: str) -> None:
        if not url.startswith(("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:")):
            self.strangers.append(url)


@pytest.fixture
def watch() -> Iterator[Watch]:
    """A watch over the pages of this test."""
    made = Watch()
    yield made
    assert made.strangers == []
    assert made.complaints == []


@pytest.fixture(scope="module")
def seat(browser: Browser, browser_context_args: dict[str, Any]) -> Iterator[BrowserContext]:
    """The browser of one visitor, for all tests of a file.

    It keeps the dashboard's scripts as it has compiled them: a new one would need half as long
    again for its first pages.
    """
    made = browser.new_context(**browser_context_args)
    yield made
    made.close()


@pytest.fixture
def tab(seat: BrowserContext) -> Iterator[Page]:
    """A page of the one visitor."""
    yield seat.new_page()
    for each in seat.pages:
        each.close()


@pytest.fixture
def watched(tab: Page, watch: Watch) -> Page:
    """A page that must not speak to another host, nor complain."""
    return watch.over(tab)


@pytest.fixture
def visitor(
    browser: Browser, browser_context_args: dict[str, Any], watch: Watch
) -> Iterator[Callable[..., Page]]:
    """Open a page as somebody else would: in a browser context of its own."""
    opened: list[BrowserContext] = []

    def come(**how: Any) -> Page:
        opened.append(browser.new_context(**browser_context_args, **how))
        return watch.over(opened[-1].new_page())

    yield come
    for context in opened:
        context.close()


def stop(page: Page) -> Locator:
    """The button that stops a job; the head has one of the same name while a page is drawn."""
    return page.get_by_test_id("stBaseButton-tertiary").filter(has_text="Stop")


def settle(page: Page) -> None:
    """Wait until a page has been drawn and nothing runs; fail if a bug is on screen."""
    page.wait_for_selector("[data-testid=stMain] h1", timeout=PATIENCE * 1000)
    page.wait_for_selector("[data-test-script-state=notRunning]", timeout=PATIENCE * 1000)
    assert page.locator("[data-testid=stException]").all_inner_texts() == []


@pytest.fixture
def settled() -> Callable[[Page], None]:
    """Wait until a page has been drawn and nothing runs; fail if a bug is on screen."""
    return settle


@pytest.fixture
def open_page(settled: Callable[[Page], None]) -> Callable[..., Page]:
    """Open a page of the menu by its name, as a visitor who types the address."""

    def go(page: Page, server: Server, name: str, query: str = "") -> Page:
        path = "" if name == "overview" else name
        page.goto(f"{server.url}/{path}{query}")
        settled(page)
        return page

    return go


@pytest.fixture
def turn_to(settled: Callable[[Page], None]) -> Callable[[Page, str], None]:
    """Go to a page by its title in the menu: a third of the work of its address."""

    def go(page: Page, title: str) -> None:
        page.get_by_test_id("stSidebarNav").get_by_role("link", name=title).click()
        expect(page.locator("h1")).to_have_text(title)
        settled(page)

    return go
