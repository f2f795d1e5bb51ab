"""The leaderboard over 100,000 trials in 10,000 files: cold, warm, another question, one new file.

The demo's trial over and over under 50 models' names, with other figures (seed 7): a fifth did not
fail. Files are put there without a flush each, and the ledger holds the tries in 100 chains; making
them takes half of the two minutes. Cold is a new process's first question, which reads every file;
`make compact` is what makes that fast. Warm is the same question again, as a page asks it; another
question has other filters. A look by what-if is entered into the ledger before the last but one.
"""

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import numpy as np
import pandas as pd
from bench_pages import ROOT, ledger_rows, many

from sigma_core.lab import Lab
from sigma_core.lake import Lake
from sigma_core.lake._parquet import encode, rows_of
from sigma_core.schemas import TRIALS
from sigma_core.verbs.leaderboard import Leaderboard, leaderboard
from sigma_core.verbs.pipeline import Pipeline, pipeline

FILES, EACH, MODELS, CHAINS = 10_000, 10, 50, 100
MUST = 50.0
"""Milliseconds, warm."""


def filled(lab: Lab) -> pd.DataFrame:
    """The demo's first trial, after 100,000 like it were put beside it."""
    pipeline(lab, Pipeline(thresholds="0.52,0.56"))
    found = lab.lake.rows("SELECT * FROM trials LIMIT 1")[0]
    rng, pack = np.random.default_rng(7), str(found["pack_id"])
    rows = many(found, FILES * EACH, rng, 0)
    rows["value"] = [f"{0.5 + i % 400 / 1000:.3f}" for i in range(len(rows))]
    rows["run_id"] = rows["sweep_id"] = [f"sweep-{i // EACH}" for i in range(len(rows))]
    table = rows_of(TRIALS, rows)
    home = lab.lake.root / TRIALS.name / f"pack_id={pack}"
    for n in range(FILES):
        folder = home / f"model_id=m{n % MODELS:02d}_eq_swing_daily"
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"sweep-{n}.parquet"
        path.write_bytes(encode(table.slice(n * EACH, EACH).combine_chunks()))
    for some in np.array_split(np.arange(len(rows)), CHAINS):
        keys = {"pack_id": pack, "model_id": "m00_eq_swing_daily"}
        lab.ledger.append(ledger_rows(rows.iloc[some], keys), at=lab.now())
    return many(found, EACH, rng, FILES)


def fresh(lab: Lab) -> Lab:
    """The same lab as another process would see it: nothing of it in memory."""
    return Lab(packs=lab.packs, lake=Lake(lab.lake.root))


def of_model(number: int) -> Leaderboard:
    """The question after one model's trials."""
    return Leaderboard(model_id=f"m{number:02d}_eq_swing_daily")


def took(work: Callable[[], object]) -> float:
    """Milliseconds."""
    since = perf_counter()
    work()
    return (perf_counter() - since) * 1000


def main() -> None:
    """Print milliseconds of each kind of question."""
    with tempfile.TemporaryDirectory() as folder:
        lab = Lab(packs=ROOT / "packs", lake=Lake(Path(folder)))
        since = perf_counter()
        new = filled(lab)
        print(f"leaderboard: {FILES * EACH:,} trials in {FILES:,} files, made in", end=" ")
        print(f"{perf_counter() - since:.0f} s", flush=True)
        lab = fresh(lab)
        cold = took(lambda: leaderboard(lab, Leaderboard()))
        warm = min(took(lambda: leaderboard(lab, Leaderboard())) for _ in range(10))
        others = [took(lambda n=n: leaderboard(lab, Leaderboard(limit=n))) for n in range(40, 50)]
        others += [took(lambda n=n: leaderboard(lab, of_model(n))) for n in range(10)]
        lab.ledger.append([{"kind": "look", "look_id": "one"}], at=lab.now())
        looked = took(lambda: leaderboard(lab, Leaderboard()))
        keys = {"pack_id": "swingsigma", "model_id": "m00_eq_swing_daily"}
        lab.ledger.append(ledger_rows(new, keys), at=lab.now())
        lab.lake.write(TRIALS, new, name="new", **keys)
        after = took(lambda: leaderboard(lab, Leaderboard()))
        held = max(warm, float(np.median(others))) <= MUST
        print(
            f"leaderboard: cold {cold / 1000:.1f} s, warm {warm:.1f} ms (at most {MUST:g})"
            f", another question {np.median(others):.0f} ms (as many) {'✓' if held else '✗'}, after"
            f" a look {looked:.0f} ms, after one new file {after:.0f} ms"
        )
        sys.exit(not held)


if __name__ == "__main__":
    main()
