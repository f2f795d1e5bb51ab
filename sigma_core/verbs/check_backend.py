"""Whether the lab can run here: Python, libraries, folders, disk, and each engine once."""

import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import get_args

import numpy as np
import pandas as pd
from pydantic.dataclasses import dataclass

from sigma_core.domain._fields import NOUN, Cadence
from sigma_core.errors import SigmaError
from sigma_core.jobs import at_once
from sigma_core.lab import Lab
from sigma_core.lake import Lake
from sigma_core.learners import LEARNERS, Learner
from sigma_core.ledger import Ledger
from sigma_core.packs import pack_ids
from sigma_core.progress import Progress, silent
from sigma_core.providers import PROVIDERS, Provider
from sigma_core.schemas import RUNS
from sigma_core.verbs import verb
from sigma_core.verbs._text import count
from sigma_core.verbs.health import State, disk, screen, standing, tried

PYTHON = (3, 11)
INSTALL = "Set the environment up anew: remove .venv, and make will make it."
NEEDED = re.compile(r"([\w.-]+)(?:\[[^]]*\])?>=([\d.]+)")
"""How pyproject.toml names a library that the lab needs to run."""
SETTINGS = ("SIGMA_LAKE", "SIGMA_PACKS", "SIGMA_FILES", "SIGMA_JOBS")
CADENCES = get_args(Cadence)[::-1]


@dataclass(frozen=True, kw_only=True, config=NOUN)
class CheckBackend:
    """Nothing to choose: everything is tried."""


@verb("", "", table=screen)
def check_backend(lab: Lab, ask: CheckBackend, progress: Progress = silent) -> State:  # noqa: ARG001
    """Try everything the lab stands on: Python, libraries, folders, disk, engines, providers."""
    looks: list[tuple[str, Callable[[], str]]] = [
        ("python", _python),
        ("libraries", _libraries),
        ("settings", _settings),
        ("packs folder", partial(_packs, lab)),
        ("lake folder", partial(_lake, lab)),
        ("replay", _replay),
        *((f"learner {each.name}", partial(_learner, each)) for each in LEARNERS),
        *((f"provider {each.name}", partial(_provider, lab, each)) for each in PROVIDERS),
    ]
    parts = []
    for at, (name, look) in enumerate(looks):
        progress(at, len(looks), name)
        parts.append(tried(name, partial(_asked, look)))
    parts.append(disk(lab))
    return State(ok=all(part.ok for part in parts), parts=tuple(parts))


def _asked(look: Callable[[], str]) -> str:
    """What a look says. What fails in it is what was asked for, whatever it is."""
    try:
        return look()
    except SigmaError:
        raise
    except Exception as broken:  # a library that fails may raise anything
        raise SigmaError(f"{type(broken).__name__}: {broken}.", hint=INSTALL) from broken


def _python() -> str:
    found = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < PYTHON:
        raise SigmaError(f"Python is {found}.", hint="Use 3.11 or newer: make PYTHON=python3.12.")
    return f"{found}, {sys.executable}."


def _libraries() -> str:
    """Versions of the libraries. Raises SigmaError that names those missing or too old."""
    needed = [NEEDED.match(line) for line in requires("sigma-lab") or () if ";" not in line]
    pairs = [(found[1], found[2]) for found in needed if found]
    if wrong := [words for pair in pairs if (words := _unfit(*pair))]:
        raise SigmaError(f"{'; '.join(wrong)}.", hint=INSTALL)
    names = ("numpy", "pandas", "pyarrow", "duckdb", "xgboost-cpu", "streamlit")
    told = ", ".join(f"{name} {version(name)}" for name in names)
    return f"{len(pairs)} as they should be, among them {told}."


def _unfit(name: str, least: str) -> str:
    try:
        found = version(name)
    except PackageNotFoundError:
        return f"{name} is not installed"
    return f"{name} is {found}, not {least} or newer" if _parts(found) < _parts(least) else ""


def _parts(number: str) -> tuple[int, ...]:
    """A version as numbers: 2.10 is newer than 2.9."""
    return tuple(int(part) for part in re.findall(r"\d+", number)[:3])


def _settings() -> str:
    """Raises SigmaError if a setting of the environment is none."""
    given = [f"{name}={os.environ[name]}" for name in SETTINGS if os.environ.get(name)]
    files = os.environ.get("SIGMA_FILES")
    if files and not Path(files).is_dir():
        raise SigmaError(f"SIGMA_FILES is {files}, which is no folder.", hint="Name a folder.")
    workers = f"{at_once()} jobs at once."
    return f"{', '.join(given)}; {workers}" if given else f"None is set; {workers}"


def _packs(lab: Lab) -> str:
    """Raises SigmaError if there are no packs, or if models cannot be written there."""
    found = pack_ids(lab.packs)
    with _folder_in(lab.packs, "SIGMA_PACKS"):
        return f"{lab.packs}: {len(found)} packs; new models can be written."


def _lake(lab: Lab) -> str:
    """A lake and a ledger of its own on the disk of the lake, written, read by DuckDB, audited."""
    with _folder_in(lab.lake.root, "SIGMA_LAKE") as folder:
        own, row = Lake(folder / "lake"), {"run_id": "1", "kind": "x", "made_at": lab.now()}
        own.write(RUNS, pd.DataFrame([row | {"facts": "{}"}]), pack_id="p", model_id="m")
        found = own.rows(f"SELECT run_id, pack_id FROM {RUNS.name}")  # noqa: S608  ours
        ledger = Ledger(folder / "lake" / "ledger")
        ledger.append([{"trial_id": "1"}], at=lab.now())
        if found != [{"run_id": "1", "pack_id": "p"}] or ledger.audit():
            raise SigmaError(f"DuckDB read {found} of what was written.", hint=INSTALL)
    return f"{lab.lake.root}: written, read by DuckDB, chained in a ledger."


@contextmanager
def _folder_in(folder: Path, setting: str) -> Iterator[Path]:
    """A folder within, or where it would be made; gone afterwards. Raises SigmaError."""
    try:
        with TemporaryDirectory(dir=standing(folder), prefix=".check-") as made:
            yield Path(made)
    except OSError as refused:
        raise SigmaError(
            f"{folder} cannot be written: {refused.strerror}.",
            hint=f"Make it writable, or set {setting}.",
        ) from refused


def _replay() -> str:
    """A trade whose course is known: long from 100, and its target is met in the bar of entry."""
    from sigma_core.compiled import walk  # half a second to import

    open_, high, low, close = np.array([[100.0] * 2, [100.0, 111.0], [99.0] * 2, [100.0] * 2])
    last, gap, ambiguous, settled = np.zeros((4, 2), "bool")
    take, price = np.array([True, False]), np.zeros(2)
    entry, due = np.array([1, 2]), np.array([2, 2])
    exit_, reason, where = np.zeros(2, "int64"), np.zeros(2, "int8"), np.zeros(2, "int8")
    stop, target = np.array([90.0] * 2), np.array([110.0] * 2)
    begin, none = np.zeros(3, "int64"), np.empty(0)
    walk(
        1, open_, high, low, close, last, False, take, entry, stop, target, due,
        begin, none, none, none, exit_, price, reason, where, gap, ambiguous, settled,
    )  # fmt: skip
    if (exit_[0], price[0]) != (1, 110.0):
        raise SigmaError(f"A trade left at {price[0]} instead of 110.", hint=INSTALL)
    return "the compiled walk follows a trade to its target."


def _learner(each: Learner) -> str:
    """A rule that two features hide, learned, kept and loaded again."""
    x = np.random.default_rng(0).normal(size=(400, 2))
    y = (x[:, 0] > 0).astype("int8")
    made = each.fn(x, y, np.ones(400), classes=2, seed=0, **each.params)
    right = ((made.proba(x)[:, 1] > 0.5) == y).mean()
    same = np.array_equal(each.load(made.save()).proba(x), made.proba(x))
    if right < 0.9 or not same:
        raise SigmaError(f"{each.name} learned {right:.0%} of a plain rule.", hint=INSTALL)
    return f"learned a plain rule ({right:.0%} right), kept and loaded."


def _provider(lab: Lab, each: Provider) -> str:
    """The first ticker that it names, read."""
    if each.name == "files" and lab.files is None:
        return "SIGMA_FILES is not set: your own files are not looked for."
    names = each.tickers(lab.files)
    pairs = ((name, cadence) for name in names for cadence in CADENCES)
    first = next((pair for pair in pairs if each.serves(*pair, lab.files)), None)
    if first is None:
        return "It names no ticker by itself."
    found = each.fn(*first, lab.files, None)
    rows = 0 if found is None else len(found.bars)
    return f"{len(names)} tickers; {first[0]} answers with {count(rows)} {first[1]} bars."
