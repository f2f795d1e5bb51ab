"""A real browser at a real server: Chromium of this machine, a free port, a lake of its own."""

import os
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
from playwright.sync_api import ConsoleMessage, Page

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = which("chromium") or which("chromium-browser") or which("google-chrome")
PATIENCE = 60.0
"""Seconds a server may take to be ready, and a page to stand still."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here needs Chromium, and says so where there is none."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.slow)
            if CHROMIUM is None:
                item.add_marker(pytest.mark.skip(reason="no Chromium on this machine"))


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    flags = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": flags}


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

    def ask(self, path: str) -> Any:
        """What `GET /api/<path>` answers."""
        reply = httpx.get(f"{self.url}/api/{path}", timeout=PATIENCE).raise_for_status()
        return reply.json()

    def _ready(self) -> bool:
        try:
            return bool(self.ask("packs"))
        except httpx.HTTPError:
            return False


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A dashboard over an empty lake and packs that may be edited."""
    copytree(ROOT / "packs", tmp_path / "packs")
    made = Server(tmp_path)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def watched(page: Page) -> Iterator[Page]:
    """A page that must not speak to another host, nor complain."""
    complaints: list[str] = []
    strangers: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        # a deep link asks twice for what only the root has: harmless, and Streamlit's own
        known = "404" in message.text and "/_stcore/" in message.location.get("url", "")
        if message.type == "error" and not known:
            complaints.append(f"{message.text} at {message.location}")

    def see(url: str) -> None:
        if not url.startswith(("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:")):
            strangers.append(url)

    page.on("console", hear)
    page.on("request", lambda request: see(request.url))
    page.on("websocket", lambda socket: see(socket.url))
    yield page
    assert strangers == []
    assert complaints == []


@pytest.fixture
def settled() -> Callable[[Page], None]:
    """Wait until a page has been drawn and nothing runs; fail if a bug is on screen."""

    def wait(page: Page) -> None:
        page.wait_for_selector("[data-testid=stMain] h1", timeout=PATIENCE * 1000)
        page.wait_for_selector("[data-test-script-state=notRunning]", timeout=PATIENCE * 1000)
        assert page.locator("[data-testid=stException]").count() == 0

    return wait
