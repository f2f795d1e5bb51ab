"""A small lab that has done one pipeline, copies of it to spoil, and processes of their own."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from sigma_core.__main__ import main
from sigma_core.calendars import calendar
from sigma_core.lab import Lab
from sigma_core.lake import Lake

MODEL = "tiny_daily"
CONFIG = {
    "model_id": MODEL,
    "pack_id": "tiny",
    "ticker": "TINY",
    "asset": "eq",
    "horizon": "swing",
    "cadence": "daily",
    "provider": "files",
    "indicators": [{"name": "rsi"}, {"name": "log_ret", "params": {"period": 5}}],
    "label": {"kind": "fwd_ret", "params": {"sessions": 3, "k_sigma": 0.2}},
    "learner": {"name": "xgboost", "seed": 7, "params": {"rounds": 20}},
    "risk_profile": "balanced",
    "end": "2017-10-01",
}
GRID = {"thresholds_variants": ["0.40", "0.45"], "top_pct_variants": [0.2], "splits": 3}
PACK = {
    "title": "Tiny", "sentence": "One small model.", "assets": ["eq"], "horizons": ["swing"],
    "cadences": ["daily"], "demo": ["make pipeline"],
}  # fmt: skip


def market(rows: int = 750, *, seed: int = 3) -> pd.DataFrame:
    """Daily bars of sessions from 2015 on, as a file of the user's would hold them."""
    rng = np.random.default_rng(seed)
    days = calendar("XNYS").sessions(pd.Timestamp("2015-01-02"), pd.Timestamp("2018-06-29"))
    close = 100 * np.exp(np.cumsum(rng.normal(0, 0.01, rows)))
    open_ = np.r_[100.0, close[:-1]] * np.exp(rng.normal(0, 0.002, rows))
    return pd.DataFrame(
        {
            "date": days["session"].iloc[:rows].dt.strftime("%Y-%m-%d").to_numpy(),
            "open": open_,
            "high": np.maximum(open_, close) * 1.004,
            "low": np.minimum(open_, close) * 0.996,
            "close": close,
            "volume": rng.integers(1_000, 9_000, rows),
        }
    )


class Home:
    """The three folders of a lab, and the verbs run over them."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.lake, self.packs, self.files = (root / name for name in ("lake", "packs", "files"))

    @property
    def env(self) -> dict[str, str]:
        folders = {"LAKE": self.lake, "PACKS": self.packs, "FILES": self.files}
        return {f"SIGMA_{name}": str(folder) for name, folder in folders.items()}

    def lab(self, *, later: timedelta = timedelta()) -> Lab:
        """The lab as this process sees it, its clock set on by a span, or back."""
        return Lab(
            packs=self.packs,
            lake=Lake(self.lake),
            files=self.files,
            now=lambda: datetime.now(UTC) + later,
        )

    def start(self, *words: str) -> subprocess.Popen[str]:
        """A verb in a process of its own, the shell face as `make` calls it."""
        return subprocess.Popen(
            [sys.executable, "-m", "sigma_core", *words, "--json"],
            env=os.environ | self.env, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def done(self, *words: str) -> str:
        """What a verb in a process of its own says, which must end well."""
        with self.start(*words) as process:
            out, err = process.communicate(timeout=300)
        assert process.returncode == 0, err
        return out

    def one(self, pattern: str) -> Path:
        """A file of the lake."""
        return min(self.lake.glob(pattern))


def write_model(packs: Path, name: str = MODEL, **changes: Any) -> None:
    """A model of the small pack, with fields of its own."""
    path = packs / "tiny" / "model_configs" / f"{name}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump({**CONFIG, "model_id": name, **changes}))
    grid = packs / "tiny" / "sweep_configs" / f"{name}.yaml"
    grid.parent.mkdir(parents=True, exist_ok=True)
    grid.write_text(yaml.safe_dump(GRID))


@pytest.fixture(scope="session")
def fresh_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A pack and a market, and no lake."""
    home = Home(tmp_path_factory.mktemp("fresh"))
    write_model(home.packs)
    (home.packs / "tiny" / "pack.yaml").write_text(yaml.safe_dump(PACK))
    home.files.mkdir()
    market().to_csv(home.files / "TINY_daily.csv", index=False)
    return home.root


@pytest.fixture(scope="session")
def done_root(fresh_root: Path, once: Callable[..., Path]) -> Path:
    """The same after a pipeline, evidence on its sweep, and a search in noise."""

    def make(root: Path) -> None:
        shutil.copytree(fresh_root, root)
        with pytest.MonkeyPatch.context() as patch:
            for name, value in Home(root).env.items():
                patch.setenv(name, value)
            assert main(["pipeline", f"MODEL_ID={MODEL}"]) == 0
            assert main(["evidence", f"MODEL_ID={MODEL}", "ROUNDS=100"]) == 0
            assert main(["noise_floor", f"MODEL_ID={MODEL}", "NOISE_RUNS=1"]) == 0

    return once("tiny", make)


def _copied(root: Path, folder: Path, patch: pytest.MonkeyPatch) -> Home:
    home = Home(folder / "lab")
    shutil.copytree(root, home.root)
    for name, value in home.env.items():
        patch.setenv(name, value)
    return home


@pytest.fixture
def fresh(fresh_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A lab that has done nothing yet."""
    return _copied(fresh_root, tmp_path, monkeypatch)


@pytest.fixture
def done(done_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A lab whose lake holds one pipeline."""
    return _copied(done_root, tmp_path, monkeypatch)


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """`said(*words)`: exit code, stdout and stderr of one verb, run in this process."""

    def run(*words: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main([*words, "--json"])
        return code, *capsys.readouterr()

    return run


@contextmanager
def running(script: str, *args: object) -> Iterator[subprocess.Popen[str]]:
    """A process of its own, which is gone in the end."""
    command, pipe = [sys.executable, "-c", script, *map(str, args)], subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as process:
        yield process
        process.kill()
        process.communicate()


@pytest.fixture
def python() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """`python(script, *args)`: a process of its own, which is gone when the test ends."""
    with ExitStack() as started:
        yield lambda script, *args: started.enter_context(running(script, *args))
