"""What a kept run and a kept bundle look like from close by: trades, curves, candles, features."""

from datetime import datetime
from typing import Literal

from pydantic.dataclasses import dataclass

from sigma_core.domain._fields import NOUN
from sigma_core.domain.calibration import CalibrationRow
from sigma_core.domain.model import LearnerSpec
from sigma_core.domain.results import Bundle, Entry, Numbers
from sigma_core.domain.trial import Forecast

Where = Literal["open", "inside", "close"]


@dataclass(frozen=True, kw_only=True, config=NOUN)
class Trade:
    """One trade of a backtest. Returns are fractions, stamps those of the bars' closes."""

    number: int
    """From 1, in the order of entry."""
    signal_ts: datetime
    entry_ts: datetime
    entry_at: Where
    """Where in that bar it was filled."""
    exit_ts: datetime
    exit_at: Where
    side: Literal["long", "short"]
    entry_px: float
    """With slippage."""
    exit_px: float
    stop: float | None
    target: float | None
    reason: str
    """What ended it."""
    gap: bool
    """Filled beyond its level, at the open."""
    ambiguous: bool
    """Stop and target both lay inside the bar that ended it, and the stop is booked."""
    settled: bool
    """Both did, and finer bars told which came first."""
    ret: float
    """Net of costs, unsized."""
    cost: float
    """What slippage and fees took from it: gross return less `ret`."""
    size: float
    conf: float
    cut: float
    bars: int
    fold: int
    hour: int
    """Exchange hour of the decision."""


@dataclass(frozen=True, kw_only=True, config=NOUN)
class Curve:
    """Growth of 1, thinned: of each stretch of bars the highs, lows and deepest falls are kept."""

    ts: tuple[datetime, ...]
    equity: tuple[float, ...]
    account: tuple[float, ...]
    """The same trades, each with the risk profile's share of the account."""
    hold: tuple[float, ...]
    drawdown: tuple[float, ...]
    """Of the strategy, from -1 to 0, measured at every bar before thinning."""
    hold_drawdown: tuple[float, ...]
    fold: tuple[int, ...]
    bars: int
    """How many there were."""


@dataclass(frozen=True, kw_only=True, config=NOUN)
class Candles:
    """Price bars in time order; where there are too many, some are merged into one."""

    ts: tuple[datetime, ...]
    """Close of the last bar merged."""
    open: tuple[float | None, ...]
    """None on close-only series, as are high and low."""
    high: tuple[float | None, ...]
    low: tuple[float | None, ...]
    close: tuple[float, ...]
    each: int
    """Bars in a candle; the last may hold fewer."""


@dataclass(frozen=True, kw_only=True, config=NOUN)
class RunDetail:
    """A finished backtest with everything it did."""

    run_id: str
    entry: Entry
    verdict: str
    """In words, with what is missing."""
    trades: tuple[Trade, ...]
    curve: Curve
    candles: Candles
    """Around the trade that was asked for, or over the whole out-of-fold span."""
    folds: tuple[Numbers, ...]
    hours: tuple[Numbers, ...]
    months: tuple[Numbers, ...]
    calibration: tuple[CalibrationRow, ...] = ()
    """In all, by fold, by hour; nothing where the predictions are no longer in the lake."""


@dataclass(frozen=True, kw_only=True, config=NOUN)
class FeatureShare:
    """What one feature does in a trained model. Contributions are to the log-odds of UP."""

    name: str
    importance: float
    """Share of the sum over all features."""
    mean_abs: float
    """Mean |contribution| over the sampled rows."""
    sign: float | None
    """Spearman correlation of value and contribution; None where either does not vary."""
    quantiles: tuple[float | None, ...] = ()
    """Place of each shown row's value among the sampled rows, 0 to 1; None where missing."""
    contributions: tuple[float, ...] = ()
    """Of the same rows."""


@dataclass(frozen=True, kw_only=True, config=NOUN)
class ReliabilityBin:
    """Rows whose confidence lies in [low, high), and how often the side came true."""

    low: float
    high: float
    conf: float
    """Mean confidence."""
    right: float
    """Share of rows that came out on the side leaned to."""
    right_low: float
    right_high: float
    """Wilson interval at 95 %, as if rows were independent; labels that overlap are less sure."""
    rows: int


@dataclass(frozen=True, kw_only=True, config=NOUN)
class BundleDetail:
    """What a trained bundle is, what it looks at, and how far its probabilities can be trusted."""

    bundle: Bundle
    learner: LearnerSpec
    classes: tuple[str, ...]
    verdict: str
    importance: str
    """What importance is measured by."""
    bias: float
    """Log-odds of UP without any feature, mean over the sampled rows."""
    sampled: int
    """Training rows whose contributions were taken."""
    features: tuple[FeatureShare, ...]
    """Largest mean |contribution| first; the first ones with rows to draw."""
    reliability: tuple[ReliabilityBin, ...]
    forecast: Forecast | None
    """Out-of-fold scores; None, as `base`, if the predictions are no longer in the lake."""
    base: Forecast | None
    """The same scores of a forecast that always says each class's own frequency."""
