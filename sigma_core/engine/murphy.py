"""The Brier score in its parts, and calibration by fold and by hour."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sigma_core.domain.calibration import CalibrationRow
from sigma_core.engine.forecast import (
    Codes,
    Floats,
    Groups,
    brier,
    equal_mass,
    gaps_of,
    log_loss,
    winners,
)


class Parts(NamedTuple):
    """brier = reliability - resolution + uncertainty + within."""

    reliability: float
    resolution: float
    uncertainty: float
    within: float


def parts_of(p: Floats, came: NDArray[np.bool_], groups: Groups) -> Parts:
    """The parts of the Brier score of one class, over bins that hold each row once.

    Source: A. Murphy, A New Vector Partition of the Probability Score, J. Applied Meteorology 12,
    1973; what varies inside the bins by D. Stephenson, C. Coelho, I. Jolliffe, Two Extra Components
    in the Brier Score Decomposition, Weather and Forecasting 23, 2008.
    """
    n, base = len(p), float(came.mean())
    reliability = resolution = within = 0.0
    for group in groups:
        said, true = p[group], came[group].astype("float64")
        share = len(group) / n
        reliability += share * float(said.mean() - true.mean()) ** 2
        resolution += share * float(true.mean() - base) ** 2
        spread = said - said.mean()
        within += share * float(np.mean(spread**2) - 2 * np.mean(spread * (true - true.mean())))
    return Parts(reliability, resolution, base * (1 - base), within)


def calibration_rows(
    proba: Floats,
    y: Codes,
    classes: Sequence[str],
    *,
    fold: NDArray[np.int16],
    hour: NDArray[np.int64],
) -> list[CalibrationRow]:
    """In all, by fold and, where there are several, by hour; rows with a prediction and a label.

    `proba` [rows, classes]; `y` positions in `classes`, -1 without a label; `fold` from 0.
    """
    known = (y >= 0) & np.isfinite(proba).all(axis=1)
    p, came = proba[known], y[known]
    found = [_row(p, came, classes, of="all", number=0)] if len(p) else []
    for each in np.unique(fold[known]):
        at = fold[known] == each
        found.append(_row(p[at], came[at], classes, of="fold", number=int(each) + 1))
    hours = np.unique(hour[known])
    for each in hours if len(hours) > 1 else ():
        at = hour[known] == each
        found.append(_row(p[at], came[at], classes, of="hour", number=int(each)))
    return found


def _row(
    p: Floats, y: Codes, classes: Sequence[str], *, of: Literal["all", "fold", "hour"], number: int
) -> CalibrationRow:
    counted = (1,) if len(classes) == 2 else range(len(classes))
    each = [parts_of(p[:, code], y == code, equal_mass(p[:, code])) for code in counted]
    conf, right = winners(p, y, classes)
    bins = equal_mass(conf)
    gaps = gaps_of(conf, right, bins) if bins else None
    return CalibrationRow(
        of=of,
        number=number,
        rows=len(p),
        bins=len(equal_mass(p[:, 0])),
        brier=brier(p, y),
        **{name: sum(getattr(part, name) for part in each) for name in Parts._fields},
        log_loss=log_loss(p, y),
        ece=gaps and gaps.mean,
        ece_rms=gaps and gaps.rms,
        ece_most=gaps and gaps.most,
        conf=tuple(float(conf[b].mean()) for b in bins),
        right=tuple(float(right[b].mean()) for b in bins),
    )
