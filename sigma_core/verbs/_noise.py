"""The noise floor of a sweep: searching it again where there is nothing, keeping it, telling it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from statistics import median
from typing import Any

import numpy as np
import pandas as pd

from sigma_core.domain.noise import NoiseFloor, NoiseRun
from sigma_core.domain.trial import Rule
from sigma_core.engine.book import book_of
from sigma_core.engine.noise import moved_by, moved_column, offsets_of
from sigma_core.engine.predict import out_of_fold, values_of
from sigma_core.engine.prospects import prospects_of
from sigma_core.engine.splits import timeline_of, walk_forward
from sigma_core.lab import Lab
from sigma_core.learners import learner_of
from sigma_core.parse import parse
from sigma_core.progress import Progress
from sigma_core.schemas import MATRICES, NOISE
from sigma_core.verbs._tries import Bench, Tried, momentum_of, tried

_NEWEST = """
SELECT * FROM noise WHERE $sweep_id IN ('', sweep_id) AND $model_id IN ('', model_id)
QUALIFY rank() OVER (PARTITION BY sweep_id ORDER BY made_at DESC) = 1
ORDER BY made_at DESC, sweep_id, run
"""
Row = dict[str, Any]


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
    return _floor([row | of for row in rows])


def floors(lab: Lab, *, sweep_id: str = "", model_id: str = "") -> list[NoiseFloor]:
    """The newest noise floor of each sweep that has one, newest first."""
    rows = lab.lake.rows(_NEWEST, sweep_id=sweep_id, model_id=model_id)
    return [_floor(list(each)) for _, each in groupby(rows, key=lambda row: row["sweep_id"])]


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


def _floor(rows: Sequence[Row]) -> NoiseFloor:
    """A floor from its kept rows: those of one sweep, made at once."""
    first, found = rows[0], rows[0]["found"]
    runs = tuple(
        NoiseRun(
            run=row["run"],
            offsets=tuple(int(offset) for offset in row["offsets"]),
            config=parse(Rule, {name: row[name] for name in ("kind", "value", "allowed_hours")}),
            sharpe=row["sharpe"],
            return_=row["return"],
            max_dd=row["max_dd"],
            trades=row["trades"],
        )
        for row in sorted(rows, key=lambda row: int(row["run"]))
    )
    known = [run.sharpe for run in runs if run.sharpe is not None]
    beaten = sum(found is not None and (r.sharpe is None or r.sharpe < found) for r in runs)
    made_at: datetime = first["made_at"]
    shared = ("sweep_id", "pack_id", "model_id", "simulated", "seed", "rules", "t")
    return NoiseFloor(
        **{name: first[name] for name in shared},
        found=found,
        beaten=beaten,
        median=median(known) if known else None,
        highest=max(known, default=None),
        runs=runs,
        made_at=made_at,
        words=_words(found, beaten, len(runs), known),
    )


def _words(found: float | None, beaten: int, runs: int, known: Sequence[float]) -> str:
    searches = f"{runs} search{'' if runs == 1 else 'es'} in noise"
    if not known:
        return f"None of {searches} has a Sharpe: nothing was traded there."
    noise = f"best Sharpe there {median(known):.2f} in the middle, {max(known):.2f} at most"
    if found is None:
        return f"This search has no Sharpe; of {searches}, {noise}."
    return f"The best Sharpe, {found:.2f}, beats {beaten} of {searches}: {noise}."
