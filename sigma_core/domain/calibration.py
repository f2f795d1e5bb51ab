"""How far probabilities can be trusted, in all and part by part."""

from typing import Literal

from pydantic.dataclasses import dataclass

from sigma_core.domain._fields import NOUN


@dataclass(frozen=True, kw_only=True, config=NOUN)
class CalibrationRow:
    """Labelled out-of-fold rows of a run, of one of its folds, or of one hour of decision.

    brier = reliability - resolution + uncertainty + within, exactly.
    """

    of: Literal["all", "fold", "hour"]
    number: int
    """Of the fold, from 1; the exchange hour; 0 for all."""
    rows: int
    bins: int
    """Of equally many rows each: what the parts and `ece` are made of."""
    brier: float
    """Mean squared error; summed over three classes it goes from 0 to 2, of two from 0 to 1."""
    reliability: float
    """How far what was said lies from what came, bin by bin: 0 is perfect."""
    resolution: float
    """How far what came in the bins lies from what came in all: more is better."""
    uncertainty: float
    """The score of always saying how often each class came."""
    within: float
    """What differs inside the bins; 0 if each holds one probability."""
    log_loss: float
    ece: float | None
    """Mean |came true - confidence| over the bins of the winning side's confidence."""
    ece_rms: float | None
    """The same as a root mean square: far misses weigh more."""
    ece_most: float | None
    """Of the worst of these bins."""
    conf: tuple[float, ...]
    """Of each of these bins the mean confidence, and how often it came true."""
    right: tuple[float, ...]
