"""What a check of a run is, what it may know, and the decorator that makes one of a function."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import log1p
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sigma_core.domain.explained import Bound, Finding, Severity, Unit
from sigma_core.domain.noise import NoiseFloor
from sigma_core.domain.quality import Quality
from sigma_core.domain.results import Entry
from sigma_core.domain.stress import Stress
from sigma_core.domain.trial import Forecast, Rule
from sigma_core.registry import Registry

Floats = NDArray[np.float64]
SEVERITIES: tuple[Severity, ...] = ("breaks", "weakens", "note")
"""Worst first."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Run:
    """Everything that is known of a trial."""

    entry: Entry
    trades: pd.DataFrame
    """In order: ret (net, unsized), size, side, hour."""
    returns: Floats
    """Of the strategy, one an out-of-fold session."""
    days: pd.DatetimeIndex
    """Their dates."""
    folds: Sequence[Mapping[str, Any]]
    stress: Stress
    tries: Sequence[tuple[Rule, float | None]]
    """Every rule tried on the same fit, with its Sharpe; this one among them."""
    baseline: tuple[str, float | None] | None
    """Learner and Sharpe of the baseline; None where no backtest of this rule made one."""
    noise: NoiseFloor | None
    """Of the newest sweep that tried this rule and was searched in noise; None if none was."""
    base: Forecast
    """Scores of a forecast that always says how often each class came."""
    quality: Quality
    sides: str
    """Of the policy: both, long or short."""
    overrides: Sequence[str]
    """Bundles of this model that were trained although the verdict was not PASS."""

    @property
    def grown(self) -> Floats:
        """Log growth of the capital by each trade; they sum to ln(1 + return)."""
        gain = (self.trades["size"] * self.trades["ret"]).to_numpy(dtype="float64")
        with np.errstate(divide="ignore"):
            return np.asarray(np.log1p(np.maximum(gain, -1.0)))

    @property
    def profit(self) -> float | None:
        """ln(1 + return); None where there is no profit to be shared out."""
        total = self.entry.metrics.return_
        return log1p(total) if total > 0 else None

    @property
    def year(self) -> int:
        """Sessions of a year."""
        return round(self.entry.metrics.sessions / self.entry.metrics.years)


@dataclass(frozen=True, kw_only=True)
class Found:
    """What a check found: the value, its limit, and what that means for whoever trades it."""

    value: float | None
    limit: float | None = None
    met: bool | None = None
    """Only of checks without a bound; else it follows from value and limit."""
    meaning: str


def unsaid(why: str) -> Found:
    """The answer of a check that cannot say."""
    return Found(value=None, meaning=why)


@dataclass(frozen=True)
class Check:
    """One thing to ask of a run. Its function answers None where it does not apply."""

    name: str
    title: str
    unit: Unit
    bound: Bound
    severity: Severity
    try_: str
    fn: Callable[[Run], Found | None]

    def of(self, run: Run) -> Finding | None:
        """What it finds."""
        found = self.fn(run)
        if found is None:
            return None
        met = self._met(found)
        return Finding(
            code=self.name,
            title=self.title,
            value=found.value,
            limit=found.limit,
            unit=self.unit,
            bound=self.bound,
            met=met,
            severity=self.severity,
            meaning=re.sub(r"(?<!\w)-(?=\d)", "−", found.meaning),
            try_="" if met else self.try_,
        )

    def _met(self, found: Found) -> bool | None:
        value, limit = found.value, found.limit
        if value is None or limit is None or not self.bound:
            return found.met
        if self.bound == "above":
            return value > limit
        return value >= limit if self.bound == "at least" else value <= limit


CHECKS: Registry[Check] = Registry("check", "sigma_core.checks")


def check(
    title: str, *, unit: Unit = "", bound: Bound = "", severity: Severity, try_: str
) -> Callable[[Callable[[Run], Found | None]], Callable[[Run], Found | None]]:
    """Register a function as a check of runs; its docstring says what it asks and why that limit.

    `title` says what is the case when the check is met.
    """

    def register(fn: Callable[[Run], Found | None]) -> Callable[[Run], Found | None]:
        CHECKS.add(Check(fn.__name__, title, unit, bound, severity, try_, fn))
        return fn

    return register


def findings_of(run: Run) -> list[Finding]:
    """What every check that applies finds: not met, worst first; not to be said; met."""
    found = [finding for each in CHECKS if (finding := each.of(run)) is not None]
    return sorted(found, key=_place)


def _place(finding: Finding) -> tuple[int, int, str]:
    state = {False: 0, None: 1, True: 2}[finding.met]
    return state, SEVERITIES.index(finding.severity), finding.code
