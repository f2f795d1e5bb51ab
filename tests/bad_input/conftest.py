"""A small pack, a small market and a lake with one finished pipeline, in which to ask wrongly."""

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from sigma_core.__main__ import main
from sigma_core.calendars import calendar

MODEL = {
    "model_id": "tiny_daily",
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
    "title": "Tiny",
    "sentence": "One small model.",
    "assets": ["eq"],
    "horizons": ["swing"],
    "cadences": ["daily"],
    "demo": ["make pipeline"],
}


def market(rows: int = 750) -> pd.DataFrame:
    """Daily bars of sessions from 2015 on: valid prices, a date column as many exports have."""
    rng = np.random.default_rng(3)
    days = calendar("XNYS").sessions(pd.Timestamp("2015-01-02"), pd.Timestamp("2018-06-29"))
    days = days["session"].iloc[:rows]
    close = 100 * np.exp(np.cumsum(rng.normal(0, 0.01, rows)))
    open_ = np.r_[100.0, close[:-1]] * np.exp(rng.normal(0, 0.002, rows))
    return pd.DataFrame(
        {
            "date": days.dt.strftime("%Y-%m-%d").to_numpy(),
            "open": open_.round(4),
            "high": (np.maximum(open_, close) * 1.004).round(4),
            "low": (np.minimum(open_, close) * 0.996).round(4),
            "close": close.round(4),
            "volume": rng.integers(1_000, 9_000, rows),
        }
    )


@dataclass
class Bench:
    """A lab in three folders, the verbs run in it, and what was said."""

    root: Path
    capture: pytest.CaptureFixture[str]

    @property
    def lake(self) -> Path:
        return self.root / "lake"

    @property
    def files(self) -> Path:
        return self.root / "files"

    @property
    def csv(self) -> Path:
        return self.files / "TINY_daily.csv"

    def edit(self, part: str = "model_configs", name: str = "tiny_daily", **fields: Any) -> None:
        """Other fields in a file of the pack; None takes one out."""
        path = self.root / "packs" / "tiny" / part / f"{name}.yaml"
        held = yaml.safe_load(path.read_text()) | fields
        path.write_text(yaml.safe_dump({k: v for k, v in held.items() if v is not None}))

    def bars(self, change: Callable[[pd.DataFrame], pd.DataFrame | None]) -> None:
        """Change the market's file."""
        table = pd.read_csv(self.csv)
        changed = change(table)
        (table if changed is None else changed).to_csv(self.csv, index=False)

    def run(self, *words: str) -> tuple[int, str, str]:
        """Exit code, stdout and stderr of one verb."""
        self.capture.readouterr()
        code = main(list(words))
        out, err = self.capture.readouterr()
        return code, out, err

    def refused(self, *words: str, says: str, hint: str = "") -> str:
        """The sentence with which a verb refuses, once everything that is owed was checked."""
        before = self.held()
        code, out, err = self.run(*words)
        assert code == 2, f"{code}\n{out}\n{err}"
        assert out == ""
        assert "Traceback" not in err
        lines = [line for line in err.splitlines() if line.startswith(("error:", " hint:"))]
        assert [line[:6] for line in lines] == ["error:", " hint:"], err
        assert err.rstrip().endswith("\n".join(lines)), "more than a sentence and a hint"
        sentence, told = lines[0][7:], lines[1][7:]
        assert says in sentence
        assert sentence.endswith("."), sentence
        assert told.strip(), "the hint says nothing"
        assert hint in told
        assert self.held() == before, "the lake has changed"
        return sentence

    def held(self) -> dict[str, str]:
        """Every file of the lake with its hash, but jobs and the locks that they wait at."""
        found, root = {}, str(self.lake)
        for folder, _, files in os.walk(root):
            place = folder[len(root) + 1 :]
            for name in files:
                lock = place.endswith("staging") and name.endswith(".lock")
                if not f"{place}/".startswith("jobs/") and not lock:
                    with open(f"{folder}/{name}", "rb") as file:  # noqa: PTH123  a thousand times
                        found[f"{place}/{name}"] = hashlib.sha256(file.read()).hexdigest()
        return found

    def one(self, pattern: str) -> Path:
        """A file of the lake."""
        return min(self.lake.glob(pattern))


def _environment(patch: pytest.MonkeyPatch, root: Path) -> None:
    patch.setenv("SIGMA_LAKE", str(root / "lake"))
    patch.setenv("SIGMA_FILES", str(root / "files"))
    patch.setenv("SIGMA_PACKS", str(root / "packs"))


@pytest.fixture(scope="session")
def fresh_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pack and the market, and no lake."""
    root = tmp_path_factory.mktemp("fresh")
    home = root / "packs" / "tiny"
    parts = {
        "pack": PACK,
        "model_configs/tiny_daily": MODEL,
        "sweep_configs/tiny_daily": GRID,
        "model_templates/tiny": {
            "sentence": "Small.", "horizon": "swing", "cadence": "daily", "sweep_config": "default",
            "indicators": MODEL["indicators"], "label": MODEL["label"],
        },
        "sweep_configs/default": GRID,
        "policy_templates/balanced": {"sides": "both"},
    }  # fmt: skip
    parts["model_templates/tiny"].pop("indicators")
    parts["model_templates/tiny"]["indicator_set"] = "tiny"
    parts["indicator_sets/tiny"] = {"sentence": "Two.", "indicators": MODEL["indicators"]}
    for name, fields in parts.items():
        path = home / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(yaml.safe_dump(fields))
    (root / "files").mkdir()
    market().to_csv(root / "files" / "TINY_daily.csv", index=False)
    return root


@pytest.fixture(scope="session")
def done_root(fresh_root: Path, once: Callable[..., Path]) -> Path:
    """The same after one pipeline."""

    def make(root: Path) -> None:
        shutil.copytree(fresh_root, root)
        with pytest.MonkeyPatch.context() as patch:
            _environment(patch, root)
            assert main(["pipeline", "MODEL_ID=tiny_daily"]) == 0

    return once("asked-wrongly", make)


def _bench(
    root: Path, folder: Path, patch: pytest.MonkeyPatch, capture: pytest.CaptureFixture[str]
) -> Bench:
    shutil.copytree(root, folder / "lab", copy_function=shutil.copy2)
    (folder / "lab" / "lake").mkdir(exist_ok=True)
    _environment(patch, folder / "lab")
    return Bench(folder / "lab", capture)


@pytest.fixture
def fresh(
    fresh_root: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Bench]:
    """A lab that has done nothing yet."""
    return _bench(fresh_root, tmp_path, monkeypatch, capsys)


@pytest.fixture
def done(
    done_root: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Bench]:
    """A lab whose lake holds one pipeline."""
    return _bench(done_root, tmp_path, monkeypatch, capsys)
