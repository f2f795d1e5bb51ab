"""The dashboard over 10,000 trials of 50 models: start, rerun of each page, memory of a session.

Run as `python tests/bench/bench_pages.py`. A rerun is timed at a websocket, from the question to
the last message of the answer: what a browser waits for before it draws.
"""

import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from shutil import copytree, which
from time import perf_counter, sleep
from urllib.request import urlopen

import numpy as np
import pandas as pd
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from sigma_core.lab import Lab  # noqa: E402  the root must be found first
from sigma_core.lake import Lake  # noqa: E402
from sigma_core.schemas import TRIALS  # noqa: E402
from sigma_core.verbs.build import DEMO  # noqa: E402
from sigma_core.verbs.pipeline import Pipeline, pipeline  # noqa: E402
from tests.browser.client import visit  # noqa: E402

MODELS, TRIALS_EACH, RERUNS, SESSIONS = 50, 200, 20, 20
AIM = 0.3
PAGES = {
    "overview": ("", ""),
    "models": ("models", ""),
    "build": ("composer", f"model={DEMO}"),
    "train": ("composer", f"model={DEMO}&step=Train"),
    "backtest": ("composer", f"model={DEMO}&step=Backtest"),
    "evidence": ("composer", f"model={DEMO}&step=Evidence"),
    "sweeps": ("sweeps", f"model={DEMO}"),
    "leaderboard": ("leaderboard", ""),
    "leaderboard, one model": ("leaderboard", f"model={DEMO}"),
    "leaderboard, one rule": ("leaderboard", "rule=Threshold"),
    "signals": ("signals", ""),
    "ledger": ("ledger", ""),
    "options": ("options", ""),
}


def filled(home: Path) -> None:
    """The demo, then its trials over and over with other figures, under 50 models' names."""
    copytree(ROOT / "packs", home / "packs")
    lab = Lab(packs=home / "packs", lake=Lake(home / "lake"))
    pipeline(lab, Pipeline(thresholds="0.52,0.56"))
    found = lab.lake.rows("SELECT * FROM trials LIMIT 1")[0]
    folder = home / "packs" / found["pack_id"] / "model_configs"
    template = (folder / f"{DEMO}.yaml").read_text()
    rng = np.random.default_rng(7)
    for i in range(MODELS - len(list(folder.glob("*.yaml")))):
        name = f"m{i:02d}_eq_swing_daily"
        (folder / f"{name}.yaml").write_text(template.replace(DEMO, name))
    for n, file in enumerate(sorted(folder.glob("*.yaml"))):
        rows = many(found, TRIALS_EACH, rng, n)
        keys = {"pack_id": found["pack_id"], "model_id": file.stem}
        lab.lake.write(TRIALS, rows, name=f"sweep-{n}", **keys)
        lab.ledger.append(ledger_rows(rows, keys), at=lab.now())


def many(found: dict[str, object], n: int, rng: np.random.Generator, seed: int) -> pd.DataFrame:
    """One trial `n` times, each under an id of its own and with a Sharpe and a curve of its own."""
    row = {name: value for name, value in found.items() if name in TRIALS.columns}
    rows = pd.DataFrame([row] * n)
    rows["trial_id"] = [f"{seed:04x}{i:012x}" for i in range(n)]
    rows["run_id"] = rows["sweep_id"] = f"sweep-{seed}"
    rows["sharpe"] = rng.normal(0.2, 0.4, n)
    rows["status"] = np.where(np.arange(n) % 5 == 0, "UNPROVEN", "FAIL")
    rows["value"] = [f"{0.5 + i / 1000:.3f}" for i in range(n)]
    return rows


def ledger_rows(rows: pd.DataFrame, keys: dict[str, str]) -> list[dict[str, object]]:
    """What the ledger keeps of these trials."""
    names = ["trial_id", "provider", "ticker", "cadence", "adjustment", "family_seed"]
    kept = rows[[*names, "sharpe"]].assign(kind="trial", excess_sharpe=rows["sharpe"], **keys)
    days = {name: rows[name].astype("str").str[:10] for name in ("oof_start", "oof_end")}
    rules = pd.Series(rows[["kind", "value", "allowed_hours"]].to_dict("records"), rows.index)
    return kept.assign(**days, rule=rules).to_dict("records")  # type: ignore[return-value]


@contextmanager
def served(home: Path) -> Iterator[tuple[str, int]]:
    """A dashboard over that folder: its address and its process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    env = {
        **os.environ,
        "SIGMA_LAKE": str(home / "lake"),
        "SIGMA_PACKS": str(home / "packs"),
    }
    command = [sys.executable, "-m", "streamlit", "run", "app/server.py"]
    server = subprocess.Popen(
        [*command, "--server.port", str(port)], cwd=ROOT, env=env, stdout=subprocess.DEVNULL
    )
    try:
        while True:
            with socket.socket() as door:
                if door.connect_ex(("127.0.0.1", port)) == 0:
                    break
            sleep(0.05)
        urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=60).read()
        yield f"http://127.0.0.1:{port}", server.pid
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(30)


def first_paint(home: Path) -> tuple[float, float]:
    """Seconds from `make app` until the overview stands in a browser, and of a second visit."""
    with sync_playwright() as tools:
        flags = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        browser = tools.chromium.launch(executable_path=which("chromium"), args=flags)
        since = perf_counter()
        with served(home) as (url, _):
            seen = []
            for _ in range(2):
                page = browser.new_context().new_page()
                page.goto(url)
                page.wait_for_selector("[data-testid=stMain] h1")
                page.wait_for_selector("[data-test-script-state=notRunning]")
                seen.append(perf_counter() - since)
                since = perf_counter()
        browser.close()
    return seen[0], seen[1]


def memory(pid: int) -> float:
    """Resident megabytes of a process."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS")).split()[1]) / 1000


def main() -> None:
    """Measure, and print a line each."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        filled(home)
        print(f"{MODELS * TRIALS_EACH:,} trials, {MODELS} models, {os.cpu_count()} processors")
        if which("chromium"):
            print(
                "cold start to first paint {:.1f} s, a second visitor {:.1f} s".format(
                    *first_paint(home)
                )
            )
        with served(home) as (url, pid):
            for name, (page, query) in PAGES.items():
                with visit(url, page, query) as visitor:
                    first = visitor.run().seconds
                    again = [visitor.run() for _ in range(RERUNS)]
                    if wrong := again[-1].errors:
                        sys.exit(f"{name}: {wrong}")
                    times = [each.seconds for each in again]
                    p50, p95 = np.quantile(times, [0.5, 0.95])
                    over = "" if p50 <= AIM else f"   over {AIM * 1000:.0f} ms"
                    print(
                        f"{name:24} first {first * 1000:5.0f} ms   p50 {p50 * 1000:5.0f} ms"
                        f"   p95 {p95 * 1000:5.0f} ms{over}"
                    )
            before = memory(pid)
            with ExitStack() as stack:
                for _ in range(SESSIONS):
                    stack.enter_context(visit(url, "leaderboard")).run()
                each = (memory(pid) - before) / SESSIONS
            print(f"server {before:.0f} MB; a session on the leaderboard {each:.1f} MB more")


if __name__ == "__main__":
    main()
