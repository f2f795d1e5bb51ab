"""Training matrices: one row a bar, features known at `ts`, and the answer that came later."""

from typing import Any

from sigma_core.schemas._table import Table


def _checks() -> list[Any]:
    import numpy as np
    import pandera.pandas as pa

    return [
        pa.Check(
            lambda m: m["ts"].is_monotonic_increasing and m["ts"].is_unique,
            error="rows must be in time order, once each",
        ),
        pa.Check(
            lambda m: m["y"].notna() | ~m["trainable"],
            error="a row without a label cannot be trained on",
        ),
        pa.Check(
            lambda m: (m["t1"] > m["ts"]) | m["t1"].isna(),
            error="an answer is known only after its row",
        ),
        pa.Check(
            lambda m: pd_numbers(m, np),
            error="features must be numbers, and not infinite",
        ),
    ]


def pd_numbers(matrix: Any, np: Any) -> bool:
    """Whether every feature column holds finite numbers or is missing."""
    features = [name for name in matrix.columns if name not in MATRICES.columns]
    kinds = {matrix[name].dtype.kind for name in features}
    return kinds <= {"f"} and not np.isinf(matrix[features].to_numpy()).any()


MATRICES = Table(
    "matrices",
    keys=("pack_id", "model_id"),
    columns={
        "ts": "instant",
        "session": "day",
        "hour_et": "whole",
        "open": "number?",
        "high": "number?",
        "low": "number?",
        "close": "number",
        "y": "text?",
        "y_ret": "number?",
        "t1": "instant?",
        "side": "whole",
        "trainable": "flag",
        "scorable": "flag",
        "cause": "text?",
    },
    wide=True,
    checks=_checks,
)
