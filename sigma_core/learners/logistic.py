"""Logistic regression: the honest baseline any other learner has to beat."""

import json
from dataclasses import dataclass
from typing import Any

import numpy as np

from sigma_core.learners._define import Codes, Fitted, Floats, learner


@dataclass(frozen=True, eq=False)
class Linear:
    """Class scores that are linear in standardised features and flags of what is missing."""

    median: Floats
    """Of each feature in the training window; stands in for what is missing."""
    mean: Floats
    """Of each column: the features, then a flag for each."""
    scale: Floats
    """Standard deviation of each column; 1 where it does not vary."""
    coef: Floats
    """[classes, columns]."""
    intercept: Floats
    """[classes]; very low for a class that was not there to learn from."""

    @property
    def measure(self) -> str:
        """What `importance` is measured by."""
        return "size of the coefficients"

    def proba(self, x: Floats) -> Floats:
        """Probability of each class, [rows, classes]: the softmax of the scores."""
        scores = self.contributions(x).sum(axis=2)
        grown = np.exp(scores - scores.max(axis=1, keepdims=True))
        return np.asarray(grown / grown.sum(axis=1, keepdims=True))

    def contributions(self, x: Floats) -> Floats:
        """Coefficient times standardised value, a feature's flag with it; last the intercept."""
        columns = (_columns(x, self.median) - self.mean) / self.scale
        parts = columns[:, None, :] * self.coef
        features = x.shape[1]
        base = np.broadcast_to(self.intercept[None, :, None], (*parts.shape[:2], 1))
        return np.concatenate([parts[..., :features] + parts[..., features:], base], axis=2)

    def importance(self) -> Floats:
        """|coefficient| of a standardised feature and its flag, over all classes, as shares."""
        size = np.abs(self.coef).sum(axis=0).reshape(2, -1).sum(axis=0)
        return np.asarray(size / (size.sum() or 1.0))

    def save(self) -> bytes:
        """The numbers, as JSON; each reads back to the last bit."""
        numbers = {name: value.tolist() for name, value in vars(self).items()}
        return json.dumps(numbers, sort_keys=True).encode()


def _load(kept: bytes) -> Fitted:
    numbers: dict[str, Any] = json.loads(kept)
    return Linear(**{name: np.array(value, dtype="float64") for name, value in numbers.items()})


@learner(file="model.json", load=_load, ranges={"c": (1e-6, 1e6), "max_iter": (10, 100_000)})
def logistic(
    x: Floats,
    y: Codes,
    weight: Floats,
    *,
    classes: int,
    seed: int,  # noqa: ARG001  # nothing is drawn: every seed gives the same
    c: float = 1.0,
    max_iter: int = 1000,
) -> Fitted:
    """Logistic regression on standardised features, medians for what is missing and flags for it.

    `c` is the inverse strength of the squared penalty. Medians, means and deviations are those of
    the training rows. Source: D. R. Cox, The Regression Analysis of Binary Sequences, JRSS B 1958.
    """
    from sklearn.linear_model import LogisticRegression  # seconds to import

    median = _medians(x)
    columns = _columns(x, median)
    mean, sd = columns.mean(axis=0), columns.std(axis=0)
    scale = np.where(sd > 1e-12 * np.abs(mean), sd, 1.0)
    found = LogisticRegression(C=c, max_iter=max_iter).fit((columns - mean) / scale, y, weight)
    coef = np.zeros((classes, columns.shape[1]))
    intercept = np.full(classes, -700.0)  # e^-700 is as good as nil, and finite in JSON
    if len(found.classes_) == 2:
        # one row of log-odds for the second class: the first one's are 0
        coef[found.classes_[1]] = found.coef_[0]
        intercept[found.classes_] = 0.0, found.intercept_[0]
    else:
        coef[found.classes_], intercept[found.classes_] = found.coef_, found.intercept_
    return Linear(median=median, mean=mean, scale=scale, coef=coef, intercept=intercept)


def _medians(x: Floats) -> Floats:
    """Median of each feature; of one that is missing throughout nothing is known: 0."""
    seen = [column[np.isfinite(column)] for column in x.T]
    return np.array([np.median(column) if len(column) else 0.0 for column in seen])


def _columns(x: Floats, median: Floats) -> Floats:
    missing = ~np.isfinite(x)
    return np.column_stack([np.where(missing, median, x), missing])
