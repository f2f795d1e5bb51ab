"""The noise floor of a sweep: the best its search finds where there is nothing to find."""

from datetime import datetime
from typing import Literal

from pydantic.dataclasses import dataclass

from sigma_core.domain._fields import NOUN
from sigma_core.domain.trial import Rule


@dataclass(frozen=True, kw_only=True, config=NOUN)
class NoiseRun:
    """The same search, once, on features moved in time."""

    run: int
    offsets: tuple[int, ...]
    """Rows that the training and the test block were moved by, fold after fold."""
    config: Rule
    """The best rule of the run."""
    sharpe: float | None
    """Its Sharpe per year; None if no rule of the run has one."""
    return_: float | None
    max_dd: float | None
    trades: int


@dataclass(frozen=True, kw_only=True, config=NOUN)
class NoiseFloor:
    """What a sweep's search finds in noise, beside what it found. It is no trial.

    A row of the leaderboard that is never ranked and cannot be trained: it has no trial's name.
    """

    row: Literal["noise_floor"] = "noise_floor"
    rank: None = None
    sweep_id: str
    pack_id: str
    model_id: str
    simulated: bool
    seed: int
    rules: int
    """Tried in each run: those of the sweep."""
    t: int
    """Out-of-fold sessions."""
    found: float | None
    """The best Sharpe of the sweep itself."""
    beaten: int
    """Runs whose best Sharpe is below that, or undefined."""
    median: float | None
    """Of the runs' best Sharpes."""
    highest: float | None
    runs: tuple[NoiseRun, ...]
    made_at: datetime
    words: str
