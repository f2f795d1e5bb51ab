"""Training matrices: one row a bar, features known at `ts`, and the answer that came later."""

from typing import Any

from sigma_core.schemas._table import Table


def _checks() -> list[Any]:
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
            lambda m: all(_finite(m[name]) for name in m.columns if name not in MATRICES.columns),
            error="features must be numbers, and not infinite",
        ),
    ]


def _finite(feature: Any) -> bool:
    """Whether a column holds finite numbers or is missing."""
    import numpy as np

    return feature.dtype.kind == "f" and not np.isinf(feature.to_numpy()).any()


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
