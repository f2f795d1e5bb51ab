"""Scoring new bars with a kept model: the same features in the same order, or nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sigma_core.engine.calibrate import Calibrated, Calibrator
from sigma_core.engine.predict import values_of
from sigma_core.errors import BadRequest, meant
from sigma_core.learners import LEARNERS, Fitted

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Scorer:
    """A fitted model and the names it was fitted with."""

    fitted: Fitted
    features: tuple[str, ...]
    classes: tuple[str, ...]

    def score(self, table: pd.DataFrame) -> Floats:
        """Probability of each class, [rows, classes], of a table that holds just the features.

        Columns may come in any order. Raises BadRequest that names what is missing, what the
        model does not know, or what does not hold numbers.
        """
        self._refuse(table)
        return self.fitted.proba(values_of(table, self.features))

    def contributions(self, table: pd.DataFrame) -> Floats:
        """What each feature adds to each class's log-odds, [rows, classes, features + 1].

        Raises BadRequest as `score` does.
        """
        self._refuse(table)
        return self.fitted.contributions(values_of(table, self.features))

    def _refuse(self, table: pd.DataFrame) -> None:
        given = [str(name) for name in table.columns]
        if missing := [name for name in self.features if name not in given]:
            raise BadRequest(
                f"The bundle was fitted on {missing[0]!r}, which is missing{_more(missing)}.",
                hint=f"{meant(missing[0], given)} Train anew if the model has changed.".strip(),
            )
        if extra := [name for name in given if name not in self.features]:
            raise BadRequest(
                f"The bundle was not fitted on {extra[0]!r}{_more(extra)}.",
                hint="Score with the indicators it was trained with, or train anew.",
            )
        if len(given) != len(self.features):
            twice = next(name for name in given if given.count(name) > 1)
            raise BadRequest(f"The feature {twice!r} is given twice.", hint="Give it once.")
        if words := [name for name in given if table[name].dtype.kind not in "fiub"]:
            raise BadRequest(
                f"The feature {words[0]!r} holds {table[words[0]].dtype}, not numbers.",
                hint="Score with the indicators it was trained with.",
            )


def scorer_of(
    learner: str,
    kept: bytes,
    *,
    features: Sequence[str],
    classes: Sequence[str],
    calibration: Mapping[str, Any] | None = None,
) -> Scorer:
    """The scorer of a kept model. Check its sha256 first: a flipped bit can end the process.

    `calibration` holds the numbers of its calibrator. Raises UnknownName if no learner is called
    so.
    """
    fitted = LEARNERS[learner].load(kept)
    if calibration is not None:
        fitted = Calibrated(fitted, Calibrator.read(calibration))
    return Scorer(fitted, tuple(features), tuple(classes))


def _more(names: Sequence[str]) -> str:
    return f" ({len(names) - 1} more)" if len(names) > 1 else ""
