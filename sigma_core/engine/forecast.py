"""How good probabilities are: Brier score, log-loss and calibration error on what came true."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sigma_core.domain.trial import Forecast

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Codes = NDArray[np.int8]

BINS = 10
CLIP = 1e-15
"""Probabilities are kept this far from 0 and 1 before a logarithm is taken."""


def forecast_of(proba: Floats, y: Codes, classes: Sequence[str]) -> Forecast:
    """Judge `proba` [rows, classes] on the rows that have both a prediction and a label.

    `y` are positions in `classes`, -1 where there is no label. Without such a row all is None;
    the calibration error is also None if no row came out UP or DOWN.
    """
    known = (y >= 0) & np.isfinite(proba).all(axis=1)
    p, came = proba[known], y[known]
    if not len(p):
        return Forecast(brier=None, log_loss=None, ece=None, rows=0)
    conf, right = winners(p, came, classes)
    return Forecast(
        brier=brier(p, came),
        log_loss=log_loss(p, came),
        ece=calibration_error(conf, right) if len(conf) else None,
        rows=len(p),
    )


def brier(proba: Floats, y: Codes) -> float:
    """Mean squared error of probabilities; of two classes that of the second alone.

    With three or more, mean of Σₖ(pₖ - 1[y=k])². From 0 (perfect) to 1, or 2 with three classes.
    Source: G. Brier, Verification of Forecasts Expressed in Terms of Probability, MWR 78, 1950.

    >>> p = np.array([.1, .9, .8, .3])
    >>> round(brier(np.column_stack([1 - p, p]), np.array([0, 1, 1, 0], "int8")), 4)
    0.0375
    """
    off = proba - np.eye(proba.shape[1])[y]
    return float(np.mean(off[:, 1] ** 2 if proba.shape[1] == 2 else (off**2).sum(axis=1)))


def log_loss(proba: Floats, y: Codes) -> float:
    """Mean of -ln(probability of what came), over all classes, p clipped at 1e-15.

    Source: I. J. Good, Rational Decisions, J. Royal Statistical Society B 14(1), 1952.
    """
    said = proba[np.arange(len(y)), y]
    return float(-np.log(np.clip(said, CLIP, 1 - CLIP)).mean())


def winners(proba: Floats, y: Codes, classes: Sequence[str]) -> tuple[Floats, Flags]:
    """Confidence of the likelier side and whether it came, of rows labelled with either side.

    Sides are UP and DOWN, or 1 and 0. At a confidence of exactly a half the side is UP (1).
    """
    down, up = ("DOWN", "UP") if "UP" in classes else ("0", "1")
    lost, won = classes.index(down), classes.index(up)
    both = proba[:, lost] + proba[:, won]
    use = np.isin(y, (lost, won)) & (both > 0)
    c_up = proba[use, won] / both[use]
    right = (c_up >= 0.5) == (y[use] == won)
    return np.maximum(c_up, 1 - c_up), right


def calibration_error(
    conf: Floats, right: Flags, *, bins: int = BINS, equal_mass: bool = True
) -> float:
    """Σ n_b/n·|share right - mean confidence| over bins: expected calibration error.

    Bins hold equally many rows (sorted by confidence, ties in their order; the first ones take
    the remainder); with `equal_mass=False` they cut (0, 1] into equal widths.
    Source: C. Guo et al., On Calibration of Modern Neural Networks, ICML 2017.
    """
    order = np.argsort(conf, kind="stable")
    if equal_mass:
        groups = np.array_split(order, bins)
    else:
        number = np.ceil(conf * bins).clip(1, bins)
        groups = [np.flatnonzero(number == b) for b in range(1, bins + 1)]
    off = (abs(right[g].mean() - conf[g].mean()) * len(g) for g in groups if len(g))
    return float(sum(off) / len(conf))
