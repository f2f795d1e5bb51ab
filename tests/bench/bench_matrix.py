"""A matrix of 500,000 rows and 80 features through the lake, beside bare pyarrow.

Our side checks the schema, seals, writes, flushes to the disk and moves into place, then reads and
checks the seal; pyarrow only writes and reads the same frame with its own defaults. Random numbers,
seed 7: the worst case for any packing. Timed in turn; the fastest of three rounds each, by the
clock and by the processor, of which the second is what a busy machine leaves comparable.
"""

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter, process_time

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import parquet

from sigma_core.lake import Lake
from sigma_core.schemas import MATRICES

ROWS, FEATURES, ROUNDS = 500_000, 80, 3
MUST = 1.5
KEYS = {"pack_id": "bench", "model_id": "bench"}

Times = tuple[float, float]
"""Seconds by the clock, and of the processor."""


def matrix() -> pd.DataFrame:
    """Bars of 5 minutes without an end, features of pure noise."""
    rng = np.random.default_rng(7)
    ts = pd.date_range("2000-01-03", periods=ROWS, freq="5min", tz="UTC").as_unit("us")
    close = 100 * np.exp(np.cumsum(rng.normal(0, 1e-3, ROWS)))
    keys = {
        "ts": ts,
        "session": ts.tz_localize(None).normalize(),
        "hour_et": ts.hour.astype("int64"),
        **dict.fromkeys(("open", "high", "low", "close"), close),
        "y": pd.Series(rng.choice(["DOWN", "FLAT", "UP"], ROWS)).astype("str"),
        "y_ret": rng.normal(0, 1e-3, ROWS),
        "t1": ts + pd.Timedelta(hours=1),
        "side": np.zeros(ROWS, "int64"),
        "trainable": True,
        "scorable": True,
        "cause": pd.Series([""] * ROWS).astype("str"),
    }
    names = [f"feature_{i}" for i in range(FEATURES)]
    noise = pd.DataFrame(rng.normal(size=(ROWS, FEATURES)), columns=names)
    return pd.concat([pd.DataFrame(keys), noise], axis=1)


def bare(frame: pd.DataFrame, folder: Path) -> tuple[Times, Times]:
    """What pyarrow takes to write and to read it."""
    path = folder / "bare.parquet"
    write = _time(
        lambda: parquet.write_table(pa.Table.from_pandas(frame, preserve_index=False), path)
    )
    read = _time(lambda: parquet.read_table(path).to_pandas())
    return write, read


def ours(frame: pd.DataFrame, folder: Path) -> tuple[Times, Times]:
    """What the lake takes."""
    lake = Lake(folder)
    write = _time(lambda: lake.write(MATRICES, frame, name="bench", **KEYS))
    read = _time(lambda: lake.read(MATRICES, "bench"))
    return write, read


def _time(work: Callable[[], object]) -> Times:
    clock, cpu = perf_counter(), process_time()
    work()
    return perf_counter() - clock, process_time() - cpu


def main() -> None:
    """Print seconds and ratios of both directions."""
    frame, sides = matrix(), {"lake": ours, "pyarrow": bare}
    found: dict[str, list[tuple[Times, Times]]] = {name: [] for name in sides}
    for _ in range(ROUNDS):
        for name, side in sides.items():
            with tempfile.TemporaryDirectory() as folder:
                found[name].append(side(frame, Path(folder)))
    best = {name: np.array(rounds).min(axis=0) for name, rounds in found.items()}
    print(f"matrix: {ROWS:,} rows, {FEATURES} features   (seconds by the clock; of the processor)")
    for at, what in enumerate(("write", "read")):
        (clock, cpu), (bare_clock, bare_cpu) = best["lake"][at], best["pyarrow"][at]
        print(
            f"matrix: {what:5} lake {clock:5.2f}; {cpu:5.2f}   pyarrow {bare_clock:5.2f};"
            f" {bare_cpu:5.2f}   ratio {clock / bare_clock:4.2f}; {cpu / bare_cpu:4.2f}"
        )
    ratio = best["lake"][:, 0].sum() / best["pyarrow"][:, 0].sum()
    held = ratio <= MUST
    print(f"matrix: both {ratio:.2f} × pyarrow (must be at most {MUST:g}) {'✓' if held else '✗'}")
    sys.exit(not held)


if __name__ == "__main__":
    main()
