"""A 50-config sweep, end to end, against its model fits alone; and where a pipeline's time goes.

A sweep begins with the matrix that `build` has made; what one takes that has to make bars and
matrix first is told beside it.

Run as `python tests/bench/bench_sweep.py`. A first sweep in a lake of its own warms the compiled
scans, as a second `make` run on the same machine would find them.
"""

import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter

from sigma_core.engine.predict import out_of_fold, values_of
from sigma_core.engine.splits import walk_forward
from sigma_core.lab import Lab
from sigma_core.lake import Lake
from sigma_core.learners import learner_of
from sigma_core.packs import find_model
from sigma_core.study import built
from sigma_core.verbs.build import DEMO, BuildMatrix, build
from sigma_core.verbs.pipeline import Pipeline, pipeline
from sigma_core.verbs.sweep_run import SweepRun, sweep_run

ROOT = Path(__file__).resolve().parents[2]
SETS = [f"{low / 100:.2f},{low / 100 + 0.05:.2f}" for low in range(50, 60)]
SETS += [f"{cut / 1000:.3f}" for cut in range(500, 600, 4)]
MUST = 1.5
SHARES = [round(0.02 * k, 2) for k in range(1, 16)]


def lab(folder: str) -> Lab:
    """A lab over an empty lake."""
    return Lab(packs=ROOT / "packs", lake=Lake(Path(folder)))


def fits(here: Lab) -> float:
    """Seconds that the model fits of the demo's sweep take by themselves."""
    config = find_model(here.packs, DEMO)
    matrix = built(here, config).matrix
    rows = matrix.timeline
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


def measured() -> tuple[float, float, float]:
    """Seconds of a sweep from an empty lake, of one whose matrix was built, of the fits alone."""
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as other:
        build(lab(other), BuildMatrix())
        return sweep(lab(folder)), sweep(lab(other)), fits(lab(folder))


def main() -> None:
    """Print the figures."""
    rounds = [measured() for _ in range(8)][1:]
    alone = median(fitted for _, _, fitted in rounds)
    print(f"{'model fits alone':34} {alone:6.2f} s   the middle of {len(rounds)} rounds")
    for place, words in ((1, "50-config sweep, matrix built"), (0, "bars and matrix made too")):
        whole = median(each[place] for each in rounds)
        ratio = median(each[place] / each[2] for each in rounds)
        limit = f" (must be at most {MUST:g}) {'✓' if ratio <= MUST else '✗'}" if place else ""
        print(f"{words:34} {whole:6.2f} s   {ratio:4.2f}x{limit}")
    with tempfile.TemporaryDirectory() as folder:
        since = perf_counter()
        steps = pipeline(lab(folder), Pipeline()).seconds
        piped = perf_counter() - since
    took = ", ".join(f"{name} {seconds:.2f}" for name, seconds in steps.items())
    print(f"{'pipeline in one process':34} {piped:6.2f} s   {took}")


if __name__ == "__main__":
    main()
