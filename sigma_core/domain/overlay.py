"""The trades of a backtest held as options, beside the trades themselves."""

from datetime import date, datetime

from pydantic import Field
from pydantic.dataclasses import dataclass

from sigma_core.domain._fields import NOUN, Status
from sigma_core.domain.chains import Side
from sigma_core.domain.policy import Options


@dataclass(frozen=True, kw_only=True, config=NOUN)
class OptionTrade:
    """One trade of the underlying, held as a contract or a vertical. Prices in dollars a unit."""

    number: int
    """Of the underlying's trade, from 1."""
    side: Side
    contracts: int
    bought: str
    """Symbol of the contract bought."""
    sold: str
    """Of the further leg of a vertical; empty for a single leg."""
    expiration: date
    as_of: datetime
    """Of the snapshot it was picked from."""
    entry_ts: datetime
    """Close of the underlying's bar that it was bought in."""
    exit_ts: datetime
    multiplier: float
    paid: float
    """Premium with the spread paid."""
    entry_mid: float
    entry_source: str
    """quote, bar (a trade in a real option bar) or model."""
    got: float
    exit_mid: float
    exit_source: str
    """As `entry_source`, or settlement."""
    reason: str
    """What ended it."""
    notes: str
    """What stood in the way of a real price: split, no_chain_at_exit."""
    spread_paid: float
    """Dollars, at entry and exit."""
    commission: float
    """Dollars."""
    pnl: float
    """Dollars, after both."""
    ret: float
    """Of the premium and its commission."""
    underlying_ret: float
    """Of the underlying's trade, net."""


@dataclass(frozen=True, kw_only=True, config=NOUN)
class OptionFigures:
    """One column of the comparison. Fractions; None where undefined."""

    name: str
    return_: float
    sharpe: float | None
    max_dd: float
    trades: int
    win_rate: float | None
    avg_trade: float | None
    """Of what was put into each."""
    profit_factor: float | None
    exposure: float
    """Share of bars at any time of which a position was held."""


@dataclass(frozen=True, kw_only=True, config=NOUN)
class Refused:
    """Trades of the underlying that no option was bought for, by cause."""

    reason: str
    trades: int
    words: str


@dataclass(frozen=True, kw_only=True, config=NOUN)
class OptionCurve:
    """Growth of 1 at bars' closes, thinned: options, and the underlying at the same share."""

    ts: tuple[datetime, ...]
    options: tuple[float, ...]
    underlying: tuple[float, ...]


@dataclass(frozen=True, kw_only=True, config=NOUN)
class Overlay:
    """A backtest's trades as options. None of it enters the gate, or the count of tries."""

    run_id: str
    of_run: str
    """The backtest."""
    pack_id: str
    model_id: str
    ticker: str
    simulated: bool
    status: Status
    """Verdict on the underlying's trades."""
    verdict: str
    source: str
    """What the prices were read from."""
    options: Options
    start: float
    """Dollars at first."""
    position_size: float
    """Share of the account put into each trade's premium, or into the underlying."""
    figures: tuple[OptionFigures, ...]
    """Of the options, then of the underlying's trades at the same share of the account."""
    premium: float
    """Dollars paid, all trades together; so are the next three."""
    pnl: float
    spread_paid: float
    commission: float
    marks: dict[str, int]
    """Prices at fills and bars' closes, by source."""
    refused: tuple[Refused, ...]
    trades: tuple[OptionTrade, ...] = Field(default=())
    curve: OptionCurve
    words: str
