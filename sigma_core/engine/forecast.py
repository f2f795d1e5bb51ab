"""How good probabilities are: Brier score, log-loss and calibration error on what came true."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sigma_core.domain.trial import Forecast

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Codes = NDArray[np.int8]
Groups = list[NDArray[np.int64]]

BINS = 10
CLIP = 1e-15
"""Probabilities are kept this far from 0 and 1 before a logarithm is taken."""


class Gaps(NamedTuple):
    """|share right - mean confidence| over bins, each by its share of the rows."""

    mean: float
    """Expected calibration error."""
    rms: float
    most: float
    """Of the worst bin."""


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
        ece=gaps_of(conf, right, equal_mass(conf)).mean if len(conf) else None,
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


def equal_mass(values: Floats, bins: int = BINS) -> Groups:
    """Positions in bins of equally many, by value; the first ones take the remainder, none empty.

    >>> [group.tolist() for group in equal_mass(np.array([.3, .1, .2]), bins=2)]
    [[1, 2], [0]]
    """
    groups = np.array_split(np.argsort(values, kind="stable"), bins)
    return [group for group in groups if len(group)]


def gaps_of(conf: Floats, right: Flags, groups: Groups) -> Gaps:
    """How far confidence is from what came true, over bins of positions that hold each row once.

    Source: C. Guo et al., On Calibration of Modern Neural Networks, ICML 2017; the root mean
    square: A. Kumar, P. Liang, T. Ma, Verified Uncertainty Calibration, NeurIPS 2019.
    """
    share = np.array([len(group) for group in groups]) / len(conf)
    gap = np.array([abs(right[group].mean() - conf[group].mean()) for group in groups])
    return Gaps(
        mean=float((share * gap).sum()),
        rms=float(np.sqrt((share * gap**2).sum())),
        most=float(gap.max()),
    )
