"""An empty lake, rows for every table of it, and processes of their own to work on it."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from sigma_core.lake import Lake
from sigma_core.schemas import Table, tables

VALUES = {
    "text": "word",
    "number": 0.25,
    "whole": 3,
    "flag": True,
    "instant": pd.Timestamp("2024-03-08 21:00", tz="UTC"),
    "day": pd.Timestamp("2024-03-08"),
    "numbers": [1.0, 0.5],
}
PRICES = {"open": 10.0, "high": 12.0, "low": 9.0, "close": 11.0, "volume": 100.0}
LATER = {"t1": pd.Timestamp("2024-03-11 20:00", tz="UTC"), "y": "UP"}


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake")


@pytest.fixture(scope="session")
def row_of() -> Callable[..., pd.DataFrame]:
    """`row_of(table, **changes)`: one good row of a table, changed where a test says so."""

    def make(table: Table, **changes: Any) -> pd.DataFrame:
        row = {name: VALUES[kind.rstrip("?")] for name, kind in table.columns.items()}
        row |= {name: value for name, value in {**PRICES, **LATER}.items() if name in row}
        if table.wide:
            row["rsi_14"] = 55.5
        return pd.DataFrame([row | changes], columns=list(row | changes))

    return make


@pytest.fixture(scope="session")
def keys_of() -> Callable[[Table], dict[str, str]]:
    """Keys under which a table's rows may be put."""
    return lambda table: {key: f"some_{key}" for key in table.keys}


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory, row_of: Any, keys_of: Any) -> Path:
    lake = Lake(tmp_path_factory.mktemp("made") / "lake")
    for table in tables():
        lake.write(table, row_of(table), name="one", **keys_of(table))
    lake.save("manifests", "one", {"a": 1, "b": [0.5, None, "x"]})
    lake.save_bundle("one", {"model.ubj": b"\x00trees\xff" * 20}, {"features": ["rsi_14"]})
    return lake.root


@pytest.fixture
def full(made: Path, lake: Lake) -> Lake:
    """A lake with one file in each table, one document and one bundle."""
    shutil.copytree(made, lake.root)
    return lake


@pytest.fixture
def python() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """`python(script, *args)`: a process of its own, which is gone when the test ends."""
    started: list[subprocess.Popen[str]] = []

    def start(script: str, *args: object) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", script, *map(str, args)]
        pipe = subprocess.PIPE
        started.append(subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()
