"""Execution policy: how a prediction becomes a trade, and what the trade may cost."""

from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from sigma_core.domain._fields import NOUN


@dataclass(frozen=True, kw_only=True, config=NOUN)
class Brackets:
    """Stop, target and time limit of a trade."""

    enabled: bool = True
    mode: Literal["atr", "range"] = "atr"
    entry_mode: Literal["next_bar_open", "next_session_open", "session_close"] = "next_bar_open"
    atr_period: Annotated[int, Field(ge=2, le=252)] = 14
    """Bars of Wilder's ATR at the signal bar."""
    atr_mult_stop: Annotated[float, Field(gt=0, le=100)] = 1.5
    atr_mult_target: Annotated[float, Field(gt=0, le=100)] = 3.0
    time_stop_minutes: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    """Session minutes (one US session is 390); null = the label's end."""
    min_rr: Annotated[float, Field(ge=0)] = 1.0
    """Least reward over risk, after costs."""
    regime_adjust: bool = False


@dataclass(frozen=True, kw_only=True, config=NOUN)
class Selection:
    """Which option contract stands in for the underlying."""

    target_delta: Annotated[float, Field(gt=0, lt=1)] = 0.35
    dte_target: Annotated[float, Field(gt=0)] | None = None
    min_oi: Annotated[int, Field(ge=0)] = 0
    min_vol: Annotated[float, Field(ge=0, le=5)] = 0.0
    """Least implied volatility, a fraction per year."""
    spread_width: Annotated[float, Field(gt=0)] | None = 5.0
    """Dollars between the legs; null = a single leg."""
    weekly_ok: bool = True
    max_spread: Annotated[float, Field(gt=0)] | None = None
    """Widest spread of the contract bought, a share of its middle; null = any."""


@dataclass(frozen=True, kw_only=True, config=NOUN)
class Options:
    """How the underlying's trades are held as options; they change no trade of the underlying."""

    selection: Selection = Field(default_factory=Selection)
    spread_share: Annotated[float, Field(ge=0, le=1)] = 1.0
    """Share of half the spread paid at each fill: 1 is the quoted side, 0 the middle."""
    assumed_spread: Annotated[float, Field(gt=0, lt=1)] | None = None
    """Spread, a share of the price, where trades are known but no quotes; null = no trade there."""
    commission: Annotated[float, Field(ge=0, le=100)] = 0.65
    """Dollars a contract and leg, bought or sold; nothing at settlement."""
    premium_stop: Annotated[float, Field(gt=0, lt=1)] | None = None
    """Share of the premium lost, at a bar's close, that ends the trade."""
    premium_target: Annotated[float, Field(gt=0)] | None = None
    """Gain, a share of the premium, at a bar's close, that ends the trade."""
    no_entry_minutes: Annotated[int, Field(ge=0, le=1440)] = 0
    """Last minutes of a session in which nothing is bought."""
    rate: Annotated[float, Field(gt=-0.5, lt=1)] = 0.0
    """Interest, continuously compounded, a fraction a year."""


@dataclass(frozen=True, kw_only=True, config=NOUN)
class Policy:
    """Everything between a probability and a filled, closed trade."""

    slippage_bps: Annotated[float, Field(ge=0, le=1000)] = 1.0
    """Basis points against us on every fill."""
    fee_bps: Annotated[float, Field(ge=0, le=1000)] = 0.0
    """Basis points of notional per side."""
    size_by_conf: bool = False
    conf_cap: Annotated[float, Field(gt=0, le=1)] = 1.0
    momentum_gate: bool = False
    momentum_min: float = 0.0
    momentum_column: str = "momentum_score_total"
    sides: Literal["both", "long", "short"] = "both"
    brackets: Brackets = Field(default_factory=Brackets)
    options: Options = Field(default_factory=Options)
