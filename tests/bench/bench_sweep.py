"""A 50-config sweep, end to end, against its model fits alone; and where a pipeline's time goes.

Run as `python tests/bench/bench_sweep.py`. A first sweep in a lake of its own warms the compiled
scans, as a second `make` run on the same machine would find them.
"""

import tempfile
from pathlib import Path
from time import perf_counter

from sigma_core.engine.predict import out_of_fold, values_of
from sigma_core.engine.splits import timeline_of, walk_forward
from sigma_core.lab import Lab
from sigma_core.lake import Lake
from sigma_core.learners import learner_of
from sigma_core.packs import find_model
from sigma_core.study import built
from sigma_core.verbs.build import DEMO
from sigma_core.verbs.pipeline import Pipeline, pipeline
from sigma_core.verbs.sweep_run import SweepRun, sweep_run

ROOT = Path(__file__).resolve().parents[2]
SETS = [f"{low / 100:.2f},{low / 100 + 0.05:.2f}" for low in range(50, 60)]
SETS += [f"{cut / 1000:.3f}" for cut in range(500, 600, 4)]
SHARES = [round(0.02 * k, 2) for k in range(1, 16)]


def lab(folder: str) -> Lab:
    """A lab over an empty lake."""
    return Lab(packs=ROOT / "packs", lake=Lake(Path(folder)))


def fits(here: Lab) -> float:
    """Seconds that the model fits of the demo's sweep take by themselves."""
    config = find_model(here.packs, DEMO)
    matrix = built(here, config).matrix
    rows = timeline_of(matrix.frame, matrix.classes, matrix.tape.calendar)
    folds = walk_forward(rows, splits=5)
    x, learner = values_of(matrix.frame, matrix.features), learner_of(config.learner)
    since = perf_counter()
    out_of_fold(x, rows, folds, learner)
    return perf_counter() - since


def sweep(here: Lab) -> float:
    """Seconds of the whole sweep: bars, matrix, fits, replays, ledger, verdicts, files."""
    ask = SweepRun(thresholds_variants=tuple(SETS), top_pct_variants=tuple(SHARES))
    since = perf_counter()
    found = sweep_run(here, ask)
    assert found.configs == 50, found.configs
    return perf_counter() - since


def measured() -> tuple[float, float]:
    """Seconds of a sweep in a lake of its own, and of its fits alone."""
    with tempfile.TemporaryDirectory() as folder:
        here = lab(folder)
        return sweep(here), fits(here)


def main() -> None:
    """Print the figures."""
    pairs = [measured() for _ in range(4)][1:]
    whole, alone = (min(seconds) for seconds in zip(*pairs, strict=True))
    with tempfile.TemporaryDirectory() as folder:
        since = perf_counter()
        steps = pipeline(lab(folder), Pipeline()).seconds
        piped = perf_counter() - since
    ratio = f"{whole / alone:4.2f}x (at most 1.5)"
    print(f"{'50-config sweep':28} {whole:6.2f} s   fits alone {alone:5.2f} s   {ratio}")
    took = ", ".join(f"{name} {seconds:.2f}" for name, seconds in steps.items())
    print(f"{'pipeline in one process':28} {piped:6.2f} s   {took}")


if __name__ == "__main__":
    main()
