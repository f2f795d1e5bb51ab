"""The history of what was run: one row a build, sweep, backtest or training."""

import json
from collections.abc import Mapping
from typing import Any

import pandas as pd

from sigma_core.domain.model import ModelConfig
from sigma_core.domain.results import RunRow
from sigma_core.lab import Lab
from sigma_core.packs import refuse_unknown
from sigma_core.providers import PROVIDERS
from sigma_core.schemas import RUNS


def record(lab: Lab, kind: str, run_id: str, config: ModelConfig, facts: Mapping[str, Any]) -> None:
    """Add one run to the history."""
    row = {
        "run_id": run_id,
        "kind": kind,
        "made_at": pd.Timestamp(lab.now()),
        "facts": json.dumps({**facts, "data": data_of(config)}, sort_keys=True),
    }
    keys = {"pack_id": config.pack_id, "model_id": config.model_id}
    lab.lake.write(RUNS, pd.DataFrame([row]), name=run_id, **keys)


def data_of(config: ModelConfig) -> str:
    """SIMULATED or real; `auto` never asks a provider of simulated markets."""
    named = config.provider
    return "SIMULATED" if named != "auto" and PROVIDERS[named].simulated else "real"


_SQL = """
SELECT run_id, kind, pack_id, model_id, made_at, facts FROM runs
WHERE kind = $kind AND $pack_id IN ('', pack_id) AND $model_id IN ('', model_id)
ORDER BY made_at DESC, run_id LIMIT $limit
"""


def history(lab: Lab, kind: str, *, pack_id: str, model_id: str, limit: int) -> list[RunRow]:
    """Runs of one kind, newest first. Raises UnknownName for a pack or model that never was."""
    found = lab.lake.rows(_SQL, kind=kind, pack_id=pack_id, model_id=model_id, limit=limit)
    if not found:
        refuse_unknown(lab.packs, model_id, pack_id)
    return [RunRow(**{**row, "facts": json.loads(row["facts"])}) for row in found]
