"""How far a run's probabilities can be trusted, from the predictions that are kept."""

import numpy as np
import pandas as pd

from sigma_core.domain.calibration import CalibrationRow
from sigma_core.engine.murphy import calibration_rows
from sigma_core.lab import Lab
from sigma_core.schemas import PREDICTIONS

SAID = "p_"
"""What the columns of probabilities begin with."""


def calibration_of(lab: Lab, sha: str, frame: pd.DataFrame) -> tuple[CalibrationRow, ...]:
    """In all, by fold and, decided within the session, by hour; empty without kept predictions.

    `frame` is the matrix they were made on.
    """
    if not sha or not lab.lake.holds(PREDICTIONS, sha):
        return ()
    kept = lab.lake.read(PREDICTIONS, sha)
    kept = kept[kept["fold"] >= 0]
    names = [name for name in kept.columns if name.startswith(SAID)]
    classes = [name.removeprefix(SAID).upper() for name in names]
    rows = frame.iloc[kept["row"]]
    hour = rows["hour_et"].to_numpy("int64")
    if frame["session"].is_unique:  # one decision a session, whatever the hour of its close
        hour = np.zeros_like(hour)
    came = pd.Categorical(rows["y"].where(rows["trainable"]), categories=classes).codes
    return tuple(
        calibration_rows(
            kept[names].to_numpy(),
            came,
            classes,
            fold=kept["fold"].to_numpy("int16"),
            hour=hour,
        )
    )
