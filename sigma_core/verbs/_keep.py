"""Writing judged trials into the lake: their rows, and the curves of a single run."""

import json
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from sigma_core.engine.measure import fold_rows, hold_curve
from sigma_core.lab import Lab
from sigma_core.parse import plain
from sigma_core.schemas import EQUITY, FOLDS, TRADES, TRIALS
from sigma_core.schemas.trials import EVIDENCE, FORECAST, HOLD
from sigma_core.verbs._tries import Bench, Judged, family_row

SPARK_POINTS = 100


def keep(
    lab: Lab,
    bench: Bench,
    found: Sequence[Judged],
    *,
    run_id: str,
    tag: str,
    at: datetime,
    sweep_id: str | None = None,
) -> None:
    """Write judged trials, made at an instant, as one file of the trials table."""
    same = _same(bench) | {
        "run_id": run_id, "sweep_id": sweep_id, "tag": tag, "made_at": pd.Timestamp(at),
    }  # fmt: skip
    rows = pd.DataFrame([same | _own(one) for one in found], columns=list(TRIALS.columns))
    keys = {"pack_id": bench.config.pack_id, "model_id": bench.config.model_id}
    lab.lake.write(TRIALS, rows, name=run_id, **keys)


def keep_curves(lab: Lab, bench: Bench, found: Judged, *, run_id: str) -> None:
    """Write trades, curves at every bar and folds of one run."""
    done, book, tape = found.tried.done, bench.book, bench.built.matrix.tape
    keys = {"pack_id": bench.config.pack_id, "model_id": bench.config.model_id}
    trades = done.trades.assign(run_id=run_id)[list(TRADES.columns)]
    span = slice(book.start, book.end + 1)
    equity = pd.DataFrame(
        {
            "run_id": run_id,
            "ts": pd.to_datetime(tape.ts[span], unit="us", utc=True),
            "equity": done.equity,
            "account": done.account,
            "hold": hold_curve(tape, book),
            "fold": book.fold[span].astype("int64"),
        }
    )
    folds = pd.DataFrame(fold_rows(done, book, tape, found.tried.cuts.values))
    folds = folds.assign(run_id=run_id)[list(FOLDS.columns)]
    for table, rows in ((TRADES, trades), (EQUITY, equity), (FOLDS, folds)):
        lab.lake.write(table, rows, name=run_id, **keys)


def _same(bench: Bench) -> dict[str, Any]:
    """What is the same in all trials of one fit."""
    study = bench.study
    return {
        **family_row(bench),
        **vars(study),
        "oof_start": pd.Timestamp(study.oof_start).as_unit("us"),
        "oof_end": pd.Timestamp(study.oof_end).as_unit("us"),
        **vars(bench.lineage),
        **_prefixed(bench.hold, HOLD),
        **_prefixed(bench.forecast, FORECAST),
    }


def _own(one: Judged) -> dict[str, Any]:
    """What is a trial's own."""
    rule, metrics = one.tried.rule, one.tried.metrics
    return {
        "trial_id": one.tried.trial_id,
        "kind": rule.kind,
        "value": rule.value,
        "allowed_hours": rule.allowed_hours,
        "cuts": one.tried.cuts.values.tolist(),
        "status": one.gate.status,
        "gate": json.dumps(plain(one.gate)),
        "undefined": json.dumps(metrics.undefined),
        "sparkline": sparkline(one.tried.done.equity),
        **{name: value for name, value in vars(metrics).items() if name != "undefined"},
        **_prefixed(one.evidence, EVIDENCE),
    }


def _prefixed(noun: object, prefix: str) -> dict[str, Any]:
    return {prefix + name: value for name, value in vars(noun).items()}


def sparkline(curve: np.ndarray) -> list[float]:
    """About a hundred points of a curve, the first and the last among them."""
    points: list[float] = np.round(curve[_points(len(curve))], 6).tolist()
    return points


@cache
def _points(length: int) -> np.ndarray:
    return np.unique(np.linspace(0, length - 1, SPARK_POINTS).astype("int64"))
