"""How often what a model was sure of came true, by how sure it was, and how sure that share is."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sigma_core.domain.details import ReliabilityBin
from sigma_core.domain.trial import Forecast
from sigma_core.engine.forecast import Codes, Flags, Floats, forecast_of, winners

WIDTH = 0.025
"""Of a bin of confidence: half of what thresholds are usually apart."""
Z95 = 1.959963984540054
"""Two-sided 95 % quantile of the normal distribution."""


def reliability(proba: Floats, y: Codes, classes: Sequence[str]) -> list[ReliabilityBin]:
    """The bins of confidence that hold a row, ascending.

    `proba` [rows, classes]; `y` positions in `classes`, -1 where there is no label. Rows count
    that have a prediction and came out UP or DOWN, as in the calibration error.
    Source: A. Murphy, R. Winkler, Reliability of Subjective Probability Forecasts, JRSS C, 1977.
    """
    known = (y >= 0) & np.isfinite(proba).all(axis=1)
    conf, right = winners(proba[known], y[known], classes)
    number = np.minimum((conf - 0.5) / WIDTH + 1e-9, 0.5 / WIDTH - 1).astype("int64")
    return [_bin(int(k), conf[number == k], right[number == k]) for k in np.unique(number)]


def _bin(number: int, conf: Floats, right: Flags) -> ReliabilityBin:
    low, high = wilson(int(right.sum()), len(right))
    return ReliabilityBin(
        low=round(0.5 + number * WIDTH, 6),
        high=round(0.5 + (number + 1) * WIDTH, 6),
        conf=float(conf.mean()),
        right=float(right.mean()),
        right_low=low,
        right_high=high,
        rows=len(right),
    )


def wilson(hits: int, n: int, *, z: float = Z95) -> tuple[float, float]:
    """Interval of a share of `hits` in `n` > 0 independent rows.

    Source: E. B. Wilson, Probable Inference, the Law of Succession, and Statistical Inference,
    J. American Statistical Association 22, 1927.

    >>> [round(edge, 4) for edge in wilson(8, 10, z=1.96)]
    [0.4902, 0.9433]
    """
    share, spread = hits / n, z * z / n
    middle = (share + spread / 2) / (1 + spread)
    half = z / (1 + spread) * float(np.sqrt(share * (1 - share) / n + spread / (4 * n)))
    return max(0.0, middle - half), min(1.0, middle + half)


def base_rate(proba: Floats, y: Codes, classes: Sequence[str]) -> Forecast:
    """The scores, on the same rows, of a forecast that always says how often each class came."""
    known = (y >= 0) & np.isfinite(proba).all(axis=1)
    shares: NDArray[np.float64] = np.bincount(y[known], minlength=len(classes)) / known.sum()
    return forecast_of(np.where(known[:, None], shares, np.nan), y, classes)
