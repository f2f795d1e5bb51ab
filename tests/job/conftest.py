"""A lab over a small market of its own, and a model quick to fit."""

from pathlib import Path
from shutil import copystat, copytree

import numpy as np
import pandas as pd
import pytest
import yaml

from sigma_core.calendars import calendar
from sigma_core.domain.results import Sweep
from sigma_core.lab import Lab
from sigma_core.lake import Lake
from sigma_core.verbs.sweep_run import sweep_run

MODEL = "toy_eq_swing_daily"


def market(n: int, *, seed: int = 3) -> pd.DataFrame:
    """`n` daily bars of a random walk on real sessions from 2010 on, as a file would hold them."""
    rng = np.random.default_rng(seed)
    days = calendar("XNYS").sessions(pd.Timestamp("2010-01-04").date())["session"].iloc[:n]
    close = 100 * np.exp(np.cumsum(rng.normal(0.0002, 0.01, n)))
    open_ = np.r_[100.0, close[:-1]] * np.exp(rng.normal(0, 0.003, n))
    wide = rng.uniform(0.0005, 0.006, (2, n))
    return pd.DataFrame(
        {
            "date": days.dt.strftime("%Y-%m-%d"),
            "open": open_,
            "high": np.maximum(open_, close) * (1 + wide[0]),
            "low": np.minimum(open_, close) * (1 - wide[1]),
            "close": close,
            "volume": rng.integers(10_000, 90_000, n),
        }
    )


def pack(root: Path, **changes: object) -> Path:
    """A pack with one model; `changes` are fields of it."""
    model = {
        "indicators": [
            {"name": "rsi"},
            {"name": "log_ret", "params": {"period": 5}},
            {"name": "natr"},
        ],
        "label": {"kind": "fwd_ret", "params": {"sessions": 3}},
        "learner": {"name": "xgboost", "params": {"rounds": 15}},
        "provider": "files",
        "policy": {"brackets": {"atr_mult_stop": 1.5, "atr_mult_target": 2.5}},
    }
    folder = root / "toys"
    (folder / "model_configs").mkdir(parents=True)
    (folder / "pack.yaml").write_text(
        yaml.safe_dump(
            {
                "title": "Toys",
                "sentence": "For tests.",
                "assets": ["eq"],
                "horizons": ["swing"],
                "cadences": ["daily", "hourly"],
            }
        )
    )
    (folder / "model_configs" / f"{MODEL}.yaml").write_text(yaml.safe_dump({**model, **changes}))
    return root


def write_files(home: Path) -> Path:
    """A folder with the bars of TOY."""
    folder = home / "files"
    folder.mkdir()
    market(1500).to_csv(folder / "TOY_daily.csv", index=False)
    return folder


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A folder with the bars of TOY."""
    return write_files(tmp_path)


def toys(home: Path, files: Path) -> Lab:
    """A lab on the toy pack, with an empty lake."""
    return Lab(packs=pack(home / "packs"), lake=Lake(home / "lake"), files=files)


@pytest.fixture
def lab(tmp_path: Path, files: Path) -> Lab:
    """A lab on the toy pack, with an empty lake."""
    return toys(tmp_path, files)


@pytest.fixture(scope="module")
def swept_once(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Lab, Sweep]:
    """Another lab of the same, in which the file's GRID was swept, and what that answered."""
    home = tmp_path_factory.mktemp("swept")
    made = toys(home, write_files(home))
    return made, sweep_run(made, request.module.GRID)


@pytest.fixture
def swept(lab: Lab, files: Path, swept_once: tuple[Lab, Sweep]) -> Sweep:
    """What the sweep answered that the lab holds."""
    made, answer = swept_once
    copytree(made.lake.root, lab.lake.root, dirs_exist_ok=True)
    copystat(made.files / "TOY_daily.csv", files / "TOY_daily.csv")
    return answer
