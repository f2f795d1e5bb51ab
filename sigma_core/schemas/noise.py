"""Noise: the best that a sweep's search found where there was nothing to find, one row a run."""

from sigma_core.schemas._table import Table

NOISE = Table(
    "noise",
    keys=("pack_id", "model_id"),
    kept="in_memory",
    columns={
        "sweep_id": "text",
        "run": "whole",
        "seed": "whole",
        "offsets": "numbers",  # rows that training and test block were moved by, fold after fold
        "sharpe": "number?",  # per year, of the best rule
        "return": "number?",
        "max_dd": "number?",
        "trades": "whole",
        "kind": "text",
        "value": "text",
        "allowed_hours": "text",
        "t": "whole",  # out-of-fold sessions
        "rules": "whole",  # tried in the run
        "found": "number?",  # the best Sharpe of the sweep itself
        "simulated": "flag",
        "made_at": "instant",
    },
)
