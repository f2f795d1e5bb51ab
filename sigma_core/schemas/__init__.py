"""Schemas of every table in the lake: one file each, found by looking in this folder."""

import importlib
import pkgutil
from functools import cache

from sigma_core.schemas._table import DTYPES, KINDS, Table
from sigma_core.schemas.bars import BARS
from sigma_core.schemas.chains import CHAINS
from sigma_core.schemas.curves import EQUITY, FOLDS, TRADES
from sigma_core.schemas.evidence import SWEEP_EVIDENCE, TRIAL_EVIDENCE
from sigma_core.schemas.matrices import MATRICES
from sigma_core.schemas.noise import NOISE
from sigma_core.schemas.option_bars import OPTION_BARS
from sigma_core.schemas.predictions import PREDICTIONS
from sigma_core.schemas.runs import RUNS
from sigma_core.schemas.signals import SIGNALS
from sigma_core.schemas.trials import TRIALS

__all__ = [
    "BARS", "CHAINS", "DTYPES", "EQUITY", "FOLDS", "KINDS", "MATRICES", "NOISE", "OPTION_BARS",
    "PREDICTIONS", "RUNS", "SIGNALS", "SWEEP_EVIDENCE", "TRADES", "TRIALS", "TRIAL_EVIDENCE",
    "Table", "tables",
]  # fmt: skip


@cache
def tables() -> tuple[Table, ...]:
    """Every table, by name."""
    found: dict[str, Table] = {}
    for module in pkgutil.iter_modules(__path__):
        loaded = importlib.import_module(f"{__name__}.{module.name}")
        found |= {v.name: v for v in vars(loaded).values() if isinstance(v, Table)}
    return tuple(found[name] for name in sorted(found))
