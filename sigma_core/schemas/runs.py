"""Runs: one row a build, sweep, backtest or training."""

from sigma_core.schemas._table import Table

RUNS = Table(
    "runs",
    keys=("pack_id", "model_id"),
    kept="in_memory",
    columns={"run_id": "text", "kind": "text", "made_at": "instant", "facts": "text"},
)
