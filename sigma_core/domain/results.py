"""What verbs answer: builds, trials ranked, backtests, bundles, signals."""

from datetime import date, datetime
from typing import Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from sigma_core.domain._fields import NOUN, Calibration, Sha
from sigma_core.domain.calibration import CalibrationRow
from sigma_core.domain.chains import Pick
from sigma_core.domain.leaks import LeakAudit
from sigma_core.domain.luck import Luck
from sigma_core.domain.quality import Quality
from sigma_core.domain.trial import Evidence, Forecast, Gate, Hold, Lineage, Metrics, Rule

Numbers = dict[str, float | int | str | None]


@dataclass(frozen=True, kw_only=True, config=NOUN)
class Build:
    """A matrix that was built, or found built."""

    run_id: str
    """Empty for a preview."""
    pack_id: str
    model_id: str
    matrix_sha: Sha
    rows: int
    features: int
    trainable: int
    start: date
    end: date
    """First and last session of the rows."""
    provider: str
    simulated: bool
    reused: bool
    """Whether the same recipe had been built before."""
    made_at: datetime
    quality: Quality
    columns: tuple[str, ...]
    """Names of the features."""
    layout: str
    """How the bars were read: columns, stamp, zone, adjustment; guessed or given."""
    notes: tuple[str, ...] = ()
    leaks: LeakAudit | None = None
    """The leak audit of the matrix."""


@dataclass(frozen=True, kw_only=True, config=NOUN)
class Study:
    """How a trial's predictions were made."""

    splits: int
    embargo: float
    calibration: Calibration
    learner: str
    seed: int
    oof_start: date
    oof_end: date
    """First and last out-of-fold session."""
    chosen: str = ""
    """With calibration `auto` what each fold's window chose: "none,sigmoid,sigmoid"."""


@dataclass(frozen=True, kw_only=True, config=NOUN)
class Entry:
    """One line of the leaderboard: a trial, judged with what is known today."""

    row: Literal["trial"] = "trial"
    rank: int
    trial_id: str
    run_id: str
    sweep_id: str | None
    pack_id: str
    model_id: str
    tag: str
    made_at: datetime
    provider: str
    ticker: str
    cadence: str
    config: Rule
    cuts: tuple[float, ...]
    """The confidence asked for in each fold, chosen on earlier folds."""
    study: Study
    metrics: Metrics
    hold: Hold
    forecast: Forecast
    evidence: Evidence
    """With today's number of tries."""
    gate: Gate
    judged: Evidence
    """With the number of tries when the trial was made."""
    n_effective: float | None = None
    """Independent tries that its sweep amounts to, by the correlation of the trials' returns: shown
    beside the number of tries, which is what deflates. None where none of them traded, of a trial
    of no sweep, or of one made before this was kept."""
    judged_status: str
    contaminated: str = ""
    """Why it is a look at sessions that were sealed; empty if it is none."""
    lineage: Lineage
    sparkline: tuple[float, ...] = ()
    """About 100 points of the strategy curve, 1 at the start."""
    luck: Luck | None = None
    """What `evidence` computed last of it."""
    luck_reason: str = ""
    """Why there is none."""


@dataclass(frozen=True, kw_only=True, config=NOUN)
class Sweep:
    """A sweep and its trials, best first."""

    sweep_id: str
    pack_id: str
    model_id: str
    tag: str
    made_at: datetime
    configs: int
    budget: int
    best: str
    """The verdict of the best trial in one sentence."""
    correlation: float | None = None
    """Mean of two trials' session returns, of those that traded; None of fewer than two."""
    n_effective: float | None = None
    """Independent tries that it amounts to: ρ + (1 - ρ)·M of M trials that traded."""
    trials: tuple[Entry, ...] = ()


@dataclass(frozen=True, kw_only=True, config=NOUN)
class Baseline:
    """What the plainest learner makes of the same rows, folds and rule; no trial, cannot win."""

    learner: str
    metrics: Metrics
    forecast: Forecast


@dataclass(frozen=True, kw_only=True, config=NOUN)
class Backtest:
    """One rule traded out of fold, with everything it did."""

    run_id: str
    entry: Entry
    baseline: Baseline | None = None
    """None where the model is the baseline itself."""
    counts: dict[str, int]
    """Signals that were taken, and why others were not."""
    folds: tuple[Numbers, ...]
    hours: tuple[Numbers, ...]
    months: tuple[Numbers, ...]
    trades: int
    calibration: tuple[CalibrationRow, ...] = ()
    """How far the probabilities can be trusted: in all, by fold, by hour."""
    verdict: str
    """The verdict in words, with what is missing."""


@dataclass(frozen=True, kw_only=True, config=NOUN)
class Path:
    """One of the histories a cross-validation could have had."""

    metrics: Metrics
    days: tuple[date, ...]
    """At most 400, the last out-of-fold session among them."""
    equity: tuple[float, ...]
    """Strategy curve at bars of these sessions, 1 at the start."""


@dataclass(frozen=True, kw_only=True, config=NOUN)
class Paths:
    """One rule along every path of a combinatorial cross-validation; no trial, no verdict."""

    pack_id: str
    model_id: str
    config: Rule
    lineage: Lineage
    simulated: bool
    groups: int
    tested: int
    paths: tuple[Path, ...]
    hold: Hold
    above_zero: float | None
    """Share of the paths with a Sharpe whose Sharpe is above 0; None where none has one."""
    above_gate: float | None
    """The same, above `gate_sharpe`."""
    gate_sharpe: float
    """What the gate asks of this model's risk profile."""
    contaminated: str = ""
    """Why it is a look at sessions that were sealed; empty if it is none."""
    words: str
    """What the paths say together."""


@dataclass(frozen=True, kw_only=True, config=NOUN)
class Bundle:
    """A trained model, ready to score new bars."""

    bundle_id: str
    run_id: str
    pack_id: str
    model_id: str
    config: Rule
    cut: float
    trained_rows: int
    trained_through: date
    """Session of the last row it was fitted on."""
    status: str
    """Verdict of the trial it was made from."""
    override: bool
    reason: str
    calibration: Calibration = "none"
    """As it was asked for."""
    chosen: str = ""
    """With calibration `auto` what each fold's window chose: "none,sigmoid,sigmoid"."""
    calibrated: str = "none"
    """What the final fit's probabilities were corrected by; with `auto` its own choice."""
    contaminated: str = ""
    """Why its trial is a look at sessions that were sealed; empty if it is none."""
    lineage: Lineage
    made_at: datetime


@dataclass(frozen=True, kw_only=True, config=NOUN)
class Signal:
    """One decision of a trained bundle on bars it was not fitted on."""

    signal_id: str
    timestamp: datetime
    """Close of the bar that decided it."""
    pack_id: str
    model_id: str
    ticker: str
    side: Literal["BUY", "SELL"]
    confidence: float
    status: Literal["NEW", "OPEN", "CLOSED", "EXPIRED", "CANCELLED"]
    entry_ref_px: float
    """Fill before costs; for a NEW signal the close it would be measured from."""
    stop_px: float | None
    target_px: float | None
    time_stop: datetime | None
    size: float
    """Share of the account."""
    ret: float | None
    """Net return so far or at the end; None before entry."""
    reason: str | None
    """How it ended."""
    verdict: str
    as_of: date
    """Last session the bundle was fitted on."""
    bundle_id: str
    simulated: bool = False
    contaminated: str = ""
    """Why its bundle was chosen by a look at sessions that were sealed; empty if it was not."""
    contract: Pick | None = None
    """What an option model's policy picks for it, as of the decision; None of other models."""


@dataclass(frozen=True, kw_only=True, config=NOUN)
class Alerts:
    """What a look for signals found, and if nothing, why."""

    bundle_id: str
    model_id: str
    looked_at: int
    """Bars scored after the bundle's last fitted row."""
    as_of: datetime
    """Close of the last bar scored."""
    best: float | None
    """Highest confidence among them on a permitted side and hour."""
    cut: float
    words: str
    added: int
    updated: int
    csv: str
    signals: tuple[Signal, ...] = ()


@dataclass(frozen=True, kw_only=True, config=NOUN)
class RunRow:
    """One line of a history."""

    run_id: str
    kind: str
    pack_id: str
    model_id: str
    made_at: datetime
    facts: Numbers = Field(default_factory=dict)
