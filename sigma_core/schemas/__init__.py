"""Schemas of every table in the lake: one file each, found by looking in this folder."""

import importlib
import pkgutil
from functools import cache

from sigma_core.schemas._table import KINDS, Table
from sigma_core.schemas.bars import BARS
from sigma_core.schemas.curves import EQUITY, FOLDS, TRADES
from sigma_core.schemas.matrices import MATRICES
from sigma_core.schemas.predictions import PREDICTIONS
from sigma_core.schemas.runs import RUNS
from sigma_core.schemas.signals import SIGNALS
from sigma_core.schemas.trials import TRIALS

__all__ = [
    "BARS", "EQUITY", "FOLDS", "KINDS", "MATRICES", "PREDICTIONS", "RUNS", "SIGNALS", "TRADES",
    "TRIALS", "Table", "tables",
]  # fmt: skip


@cache
def tables() -> tuple[Table, ...]:
    """Every table, by name."""
    found: dict[str, Table] = {}
    for module in pkgutil.iter_modules(__path__):
        loaded = importlib.import_module(f"{__name__}.{module.name}")
        found |= {v.name: v for v in vars(loaded).values() if isinstance(v, Table)}
    return tuple(found[name] for name in sorted(found))
