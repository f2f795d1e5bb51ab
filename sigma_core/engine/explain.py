"""What a fitted model looks at: contributions of its features to the log-odds of UP."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from sigma_core.domain.details import FeatureShare
from sigma_core.engine.forecast import Floats
from sigma_core.tape import Ints


def sampled(rows: Ints, *, at_most: int, seed: int) -> Ints:
    """So many of `rows`, drawn without repeat by a generator of that seed; in ascending order."""
    if len(rows) <= at_most:
        return rows
    return np.sort(np.random.default_rng(seed).choice(rows, at_most, replace=False))


def toward_up(contributions: Floats, classes: Sequence[str]) -> Floats:
    """Contributions to the log-odds of UP against DOWN (of 1 against 0), [rows, features + 1].

    `contributions` are those to each class's score, [rows, classes, features + 1]. A row's sum is
    ln(c/(1 - c)) of the confidence c in UP: a FLAT class adds to neither side.
    """
    down, up = ("DOWN", "UP") if "UP" in classes else ("0", "1")
    return np.asarray(contributions[:, classes.index(up)] - contributions[:, classes.index(down)])


def shares(
    values: pd.DataFrame, parts: Floats, importance: Floats, *, drawn: int, points: int
) -> list[FeatureShare]:
    """What each feature does, largest mean |contribution| first.

    `values` [rows, features] and their contributions `parts` [rows, features]; `importance`
    [features]. The first `drawn` features also hold the rows of a picture: `points` of them,
    evenly spaced in the order of the rows, so the same for each feature.
    """
    rank = np.argsort(-np.abs(parts).mean(axis=0), kind="stable")
    shown = np.unique(np.linspace(0, len(values) - 1, min(points, len(values))).astype("int64"))
    none = shown[:0]
    return [
        _share(values.iloc[:, i], parts[:, i], float(importance[i]), shown if n < drawn else none)
        for n, i in enumerate(rank.tolist())
    ]


def _share(values: pd.Series, parts: Floats, importance: float, shown: Ints) -> FeatureShare:
    place = values.rank(pct=True)  # ties share their mean rank; missing values have none
    return FeatureShare(
        name=str(values.name),
        importance=importance,
        mean_abs=float(np.abs(parts).mean()),
        sign=_spearman(place, parts),
        quantiles=tuple(None if x != x else x for x in place.iloc[shown].tolist()),  # noqa: PLR0124
        contributions=tuple(parts[shown].tolist()),
    )


def _spearman(place: pd.Series, parts: Floats) -> float | None:
    """Correlation of ranks over the rows that have a value.

    Source: C. Spearman, The Proof and Measurement of Association between Two Things, 1904.
    """
    known = place.notna().to_numpy()
    both = pd.DataFrame({"value": place[known].to_numpy(), "part": parts[known]}).rank()
    if (both.nunique() < 2).any():
        return None
    return float(np.corrcoef(both["value"], both["part"])[0, 1])
