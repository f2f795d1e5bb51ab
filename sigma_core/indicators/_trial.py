"""Whether a file's indicator keeps the laws: tried in processes of their own, and remembered."""

import io
import json
import os
import platform
import signal
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.metadata import version
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import pandas as pd

import sigma_core
from sigma_core.calendars import calendar
from sigma_core.errors import BadRequest
from sigma_core.indicators._columns import Columns
from sigma_core.indicators._define import Number
from sigma_core.lineage import sha_of_sources

SECONDS = 30.0
"""How long all laws together may take."""
SEED = 7
CHILD = "sigma_core.custom_laws"

_ACCEPTED: set[tuple[str, tuple[tuple[str, Number], ...]]] = set()
"""Sha of a file and the parameters with which it kept the laws, in this process."""
_LOCK = Lock()


@dataclass(frozen=True)
class Trial:
    """What is tried: a function of a file, with its parameters."""

    where: str
    """The file as people name it."""
    text: str
    sha: str
    name: str
    inputs: tuple[str, ...]
    outputs: int
    bounds: tuple[float, float] | None
    cadences: tuple[str, ...]

    def accept(self, params: Mapping[str, Number]) -> None:
        """Raises BadRequest, with the law, the file and where to see it, if it breaks one."""
        key = (self.sha, tuple(sorted(params.items())))
        with _LOCK:  # of two who ask at once, one waits and finds it accepted
            if key not in _ACCEPTED:
                self._try(params)
                _ACCEPTED.add(key)

    def trust(self, params: Mapping[str, Number]) -> None:
        """Take it as accepted: these bytes kept the laws before, under the same code."""
        with _LOCK:
            _ACCEPTED.add((self.sha, tuple(sorted(params.items()))))

    def made_of(self, params: Mapping[str, Number]) -> dict[str, object]:
        """All that its acceptance depends on: file, parameters, declarations, code, libraries."""
        return {
            "file": self.sha, "name": self.name, "params": dict(params), "inputs": self.inputs,
            "outputs": self.outputs, "bounds": self.bounds, "cadences": self.cadences,
            "code": sha_of_sources(CHILD, "sigma_core.indicators", "sigma_core.calendars"),
            "versions": {"python": platform.python_version(), "machine": platform.machine()}
            | {library: version(library) for library in ("numpy", "pandas")},
        }  # fmt: skip

    def _try(self, params: Mapping[str, Number]) -> None:
        asked = self._asked(params)
        with ThreadPoolExecutor(2) as both:  # a set of words is in another order in each
            first, second = both.map(lambda seed: self._child(asked, seed), ("0", "1"))
        if first["digest"] != second["digest"]:
            raise self.breach("says the same again", "gives other values in another process")

    def breach(self, law: str, words: str) -> BadRequest:
        """The one sentence in which a file is refused."""
        return BadRequest(
            f"{self.where} breaks the law that an indicator {law}: it {words}.",
            hint="See custom indicators in packs/README.md; its bars are law_bars().",
        )

    def _asked(self, params: Mapping[str, Number]) -> bytes:
        kinds = [kind for kind in ("daily", "15m") if self._made_of(kind)]
        arrays = {
            f"{_named(kind)}/{name}": Columns(law_bars(kind), calendar("XNYS"))[name]
            for kind in kinds
            for name in self.inputs
        }
        head = {
            "where": self.where, "text": self.text, "name": self.name, "params": dict(params),
            "inputs": self.inputs, "outputs": self.outputs, "bounds": self.bounds,
            "markets": [*map(_named, kinds)],
        }  # fmt: skip
        packed = io.BytesIO()
        np.savez(packed, allow_pickle=False, **arrays)
        return json.dumps(head).encode() + b"\n" + packed.getvalue()

    def _made_of(self, kind: str) -> bool:
        return not self.cadences or ("daily" in self.cadences if kind == "daily" else self._within)

    @property
    def _within(self) -> bool:
        """Whether it can be made of bars within the session."""
        return bool(set(self.cadences) - {"daily"})

    def _child(self, asked: bytes, seed: str) -> dict[str, Any]:
        """The child's answer. Raises BadRequest if it is a breach, or there is none in time."""
        with subprocess.Popen(  # noqa: S603  our own module, no shell
            [sys.executable, "-P", "-m", CHILD],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            env=_environment(seed), start_new_session=True,
        ) as child:  # fmt: skip
            try:
                said, _ = child.communicate(asked, timeout=SECONDS)
            except subprocess.TimeoutExpired:
                raise self.breach("comes to an end", f"runs on after {SECONDS:g} seconds") from None
            finally:
                _end(child)
        if not said:
            raise self.breach(
                "does not raise", f"ends its process, which leaves with {child.returncode}"
            )
        found: dict[str, Any] = json.loads(said)
        if "law" in found:
            raise self.breach(found["law"], found["words"])
        return found


def _environment(seed: str) -> dict[str, str]:
    """Nothing of ours but where to find Python's modules: no keys, no paths of data."""
    home = str(Path(next(iter(sigma_core.__path__))).parent)
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ}
    return {**kept, "PYTHONPATH": home, "PYTHONHASHSEED": seed, "PYTHONDONTWRITEBYTECODE": "1"}


def _end(child: "subprocess.Popen[bytes]") -> None:
    """End it, and whatever it has started."""
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except ProcessLookupError:
        return  # it has ended, and nothing is left of its group


def _named(kind: str) -> str:
    return f"the {len(law_bars(kind))} {kind} bars of law_bars({kind!r})"


@cache
def law_bars(kind: str) -> pd.DataFrame:
    """The bars on which files are tried, `daily` or `15m`: random, and the same each time.

    The sessions are New York's; those of 15m have a half day among them.
    """
    days = calendar("XNYS").sessions(date(2015, 1, 2) if kind == "daily" else date(2017, 6, 26))
    if kind == "daily":
        stamps = days.head(500).rename(columns={"close": "ts"})[["ts", "session"]]
    else:
        stamps = pd.concat(
            [
                pd.DataFrame({"ts": ts, "session": day["session"]})
                for _, day in days.head(25).iterrows()
                for ts in [
                    pd.date_range(day["open"], day["close"], freq="15min", inclusive="right")
                ]
            ],
            ignore_index=True,
        )
    stamps["ts"] = stamps["ts"].dt.as_unit("us")
    return stamps.assign(**_prices(len(stamps), 0.01 if kind == "daily" else 0.002))


def _prices(n: int, sd: float) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(SEED)
    close = 100 * np.exp(np.cumsum(rng.normal(0, sd, n)))
    open_ = np.r_[100.0, close[:-1]] * np.exp(rng.normal(0, sd / 5, n))
    wick = rng.uniform(0, sd / 2, (2, n))
    return {
        "open": open_,
        "high": np.maximum(open_, close) * (1 + wick[0]),
        "low": np.minimum(open_, close) * (1 - wick[1]),
        "close": close,
        "volume": rng.integers(1_000, 9_000, n).astype("float64"),
    }
