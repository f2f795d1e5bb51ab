"""The noise floor of a sweep: searching it again where there is nothing, and keeping it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from sigma_core.domain.noise import NoiseFloor
from sigma_core.domain.trial import Rule
from sigma_core.engine.book import book_of
from sigma_core.engine.noise import moved_by, moved_column, offsets_of
from sigma_core.engine.predict import out_of_fold, values_of
from sigma_core.engine.prospects import prospects_of
from sigma_core.engine.splits import timeline_of, walk_forward
from sigma_core.lab import Lab
from sigma_core.learners import learner_of
from sigma_core.progress import Progress
from sigma_core.schemas import MATRICES, NOISE
from sigma_core.verbs._floors import Row, floor_of
from sigma_core.verbs._tries import Bench, Tried, momentum_of, tried


def searched(
    lab: Lab,
    bench: Bench,
    rules: Sequence[Rule],
    *,
    sweep_id: str,
    found: float | None,
    runs: int,
    seed: int,
    progress: Progress,
) -> NoiseFloor:
    """Run the search of a sweep that often in noise, keep the best of each; nothing is counted.

    `found` is the sweep's own best Sharpe. Raises BadRequest if a block is too short to be moved.
    """
    frame = lab.lake.read(MATRICES, bench.built.matrix.sha)  # the bench may have let features go
    made = []
    for run in range(runs):
        told = _Part(progress, run, runs)
        made.append(_run(bench, frame, rules, seed=seed, run=run, progress=told))
    shared = {
        "sweep_id": sweep_id, "seed": seed, "found": found, "rules": len(rules),
        "t": len(bench.market), "simulated": bench.lineage.simulated,
        "made_at": pd.Timestamp(lab.now()),
    }  # fmt: skip
    rows = [row | shared for row in made]
    of = {"pack_id": bench.config.pack_id, "model_id": bench.config.model_id}
    lab.lake.write(NOISE, pd.DataFrame(rows, columns=list(NOISE.columns)), **of)
    return floor_of([row | of for row in rows])


@dataclass(frozen=True)
class _Part:
    """The progress of one search among several."""

    whole: Progress
    run: int
    runs: int

    def __call__(self, done: int, total: int, note: str = "") -> None:
        """Pass on how far all of them are."""
        said = f"noise {self.run + 1} of {self.runs}: {note}"
        self.whole(self.run * total + done, self.runs * total, said)


def _run(
    bench: Bench,
    frame: pd.DataFrame,
    rules: Sequence[Rule],
    *,
    seed: int,
    run: int,
    progress: Progress,
) -> Row:
    """One search in noise: refitted on moved features, every rule replayed; its best."""
    matrix, study, policy = bench.built.matrix, bench.study, bench.config.policy
    rows = timeline_of(frame, matrix.classes, matrix.tape.calendar)
    folds = walk_forward(rows, splits=study.splits, embargo=study.embargo)
    moved = moved_by(len(rows), seed=seed, run=run)
    said = out_of_fold(
        values_of(frame, matrix.features), rows, folds, learner_of(bench.config.learner),
        calibration=study.calibration, moved=moved, progress=progress,
    )  # fmt: skip
    gate = momentum_of(bench.config, replace(matrix, frame=frame))
    book = book_of(
        said.proba, matrix.classes, said.fold, matrix.tape, policy, offset=matrix.offset,
        side=frame["side"], inner=said.inner,
        momentum=None if gate is None else moved_column(np.asarray(gate, "float64"), folds, moved),
    )  # fmt: skip
    prospects = prospects_of(matrix.tape, book, bench.plan, policy)
    noise = replace(bench, book=book, prospects=prospects)
    best = max((tried(noise, rule) for rule in rules), key=_sharpe)
    offsets = [offset for fold in folds for offset in offsets_of(fold, seed, run)]
    m = best.metrics
    return {
        "run": run,
        "offsets": [float(offset) for offset in offsets],
        "sharpe": m.sharpe,
        "return": m.return_,
        "max_dd": m.max_dd,
        "trades": m.trades,
        "kind": best.rule.kind,
        "value": best.rule.value,
        "allowed_hours": best.rule.allowed_hours,
    }


def _sharpe(one: Tried) -> float:
    return -np.inf if one.metrics.sharpe is None else one.metrics.sharpe
