"""Writing judged trials into the lake: their rows, and the curves of a single run."""

import json
from collections.abc import Sequence
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
    sweep_id: str | None = None,
) -> None:
    """Write judged trials as one file of the trials table."""
    rows = pd.DataFrame(
        [_trial_row(lab, bench, one, run_id, tag, sweep_id) for one in found],
        columns=list(TRIALS.columns),
    )
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


def _trial_row(
    lab: Lab, bench: Bench, one: Judged, run_id: str, tag: str, sweep_id: str | None
) -> dict[str, Any]:
    rule, study, tried_ = one.tried.rule, bench.study, one.tried
    return {
        "trial_id": tried_.trial_id,
        "run_id": run_id,
        "sweep_id": sweep_id,
        "made_at": pd.Timestamp(lab.now()),
        "tag": tag,
        "kind": rule.kind,
        "value": rule.value,
        "allowed_hours": ",".join(map(str, rule.hours)),
        "cuts": tried_.cuts.values.tolist(),
        "status": one.gate.status,
        "gate": json.dumps(plain(one.gate)),
        "undefined": json.dumps(tried_.metrics.undefined),
        "sparkline": _sparkline(tried_.done.equity),
        **family_row(bench),
        **vars(study),
        "oof_start": pd.Timestamp(study.oof_start).as_unit("us"),
        "oof_end": pd.Timestamp(study.oof_end).as_unit("us"),
        **vars(bench.lineage),
        **{name: value for name, value in vars(tried_.metrics).items() if name != "undefined"},
        **_prefixed(bench.hold, HOLD),
        **_prefixed(bench.forecast, FORECAST),
        **_prefixed(one.evidence, EVIDENCE),
    }


def _prefixed(noun: object, prefix: str) -> dict[str, Any]:
    return {prefix + name: value for name, value in vars(noun).items()}


def _sparkline(curve: np.ndarray) -> list[float]:
    """About a hundred points of a curve, the first and the last among them."""
    at = np.unique(np.linspace(0, len(curve) - 1, SPARK_POINTS).astype("int64"))
    points: list[float] = np.round(curve[at], 6).tolist()
    return points
