"""Out-of-fold predictions: what a model of the past said of each test row."""

from sigma_core.schemas._table import Table

PREDICTIONS = Table(
    "predictions",
    keys=("pack_id", "model_id"),
    columns={
        "row": "whole",  # of the matrix
        "ts": "instant",
        "fold": "whole",  # -1: inside the first training window, for top_pct
        "chosen": "text?",  # calibration of the fold, where each chose its own
    },
    wide=True,  # p_up, p_flat, p_down or p_1, p_0
)
