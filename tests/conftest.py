"""Shared fixtures: a small market that is the same in every run, and where real data lies."""

import fcntl
import gc
import os
import shutil
import sys
from collections.abc import Callable, Generator, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from _pytest.doctest import DoctestModule

ROOT = Path(__file__).resolve().parents[1]

# Tests start hundreds of processes: none is to compile the lab anew.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# Workers are told a width, and they have no terminal: tables are as wide as in a pipe.
os.environ.pop("COLUMNS", None)


LONGEST = {"test_first_look", "test_every_pack", "test_work", "test_processes"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files come first, so that at the end no worker has one all to itself."""
    items.sort(key=lambda item: item.path.stem not in LONGEST)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is collected stays: nobody looks for garbage meanwhile, nor in it later."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_collect_file() -> Generator[None, list[pytest.Collector], list[pytest.Collector]]:
    """Doctests stand in the lab, not in its tests: nobody looks for them here."""
    return [each for each in (yield) if not isinstance(each, DoctestModule)]


def few(cases: Iterable[Any], *, every: int) -> list[Any]:
    """Cases of a test: the first of each `every` is quick, the others are slow."""
    each = [case if isinstance(case, tuple) else (case,) for case in cases]
    return [
        pytest.param(*case, marks=pytest.mark.slow if place % every else ())
        for place, case in enumerate(each)
    ]


def _beside(name: str) -> Path:
    folder = ROOT.parent / "shared" / name
    if not folder.is_dir():
        pytest.skip(f"the folder shared/{name} is not beside the project")
    return folder


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real market data, beside the project; skips where it is absent."""
    return _beside("data")


@pytest.fixture(scope="session")
def oracles() -> Path:
    """The folder of published numbers, beside the project; skips where it is absent."""
    return _beside("oracles")


@pytest.fixture(scope="session")
def once(
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[[str, Callable[[Path], None]], Path]:
    """`once(name, make)`: a folder that one worker makes; all of them copy from it."""
    base = tmp_path_factory.getbasetemp()
    common = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base

    def folder(name: str, make: Callable[[Path], None]) -> Path:
        made, begun = common / name, common / f"{name}-begun"
        with (common / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not made.exists():
                shutil.rmtree(begun, ignore_errors=True)  # of one that failed
                make(begun)
                begun.rename(made)
        return made

    return folder


def walk(n: int, *, seed: int = 7) -> pd.DataFrame:
    """`n` daily bars of a geometric random walk on weekdays; valid OHLCV, closing 21:00 UTC."""
    rng = np.random.default_rng(seed)
    close = 100 * np.exp(np.cumsum(rng.normal(0, 0.01, n)))
    open_ = np.r_[100.0, close[:-1]] * np.exp(rng.normal(0, 0.002, n))
    spread = rng.uniform(0, 0.005, (2, n))
    days = pd.bdate_range("2015-01-05", periods=n).as_unit("us")
    return pd.DataFrame(
        {
            "ts": (days + pd.Timedelta(hours=21)).tz_localize("UTC"),
            "session": days,
            "open": open_,
            "high": np.maximum(open_, close) * (1 + spread[0]),
            "low": np.minimum(open_, close) * (1 - spread[1]),
            "close": close,
            "volume": rng.integers(1_000, 9_000, n).astype(float),
        }
    )


@pytest.fixture(scope="session")
def bars() -> pd.DataFrame:
    """600 bars of a random walk. Weekdays, so holidays of a real exchange are in it."""
    return walk(600)
