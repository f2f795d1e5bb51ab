"""Option chains as they are shown, and the contract that stands in for the underlying."""

from datetime import date, datetime
from typing import Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from sigma_core.domain._fields import NOUN

Right = Literal["C", "P"]
Side = Literal["long", "short"]


@dataclass(frozen=True, kw_only=True, config=NOUN)
class ChainRow:
    """One contract of a chain. Prices in dollars a unit; volatilities are fractions a year."""

    symbol: str
    """As the OCC writes it, without blanks."""
    root: str
    expiration: date
    right: Right
    strike: float
    bid: float | None
    """None where nobody bids, or the quote is not to be used."""
    ask: float | None
    mid: float | None
    last: float | None
    volume: float | None
    open_interest: float | None
    source_iv: float | None
    """As the source has it."""
    iv: float | None
    """Ours, from the mid; None where it has none, and `why` says so."""
    delta: float | None
    gamma: float | None
    theta: float | None
    """Dollars a calendar day."""
    vega: float | None
    """Dollars a volatility point."""
    why: str
    early: bool
    """Early exercise may change its volatility by more than half a point."""
    flags: tuple[str, ...]
    """Names of what is wrong with the quote."""


@dataclass(frozen=True, kw_only=True, config=NOUN)
class ExpiryRow:
    """One listed expiry of a chain, and the forward that its own prices imply."""

    root: str
    expiration: date
    """As listed."""
    last_session: date
    dte: int
    """Calendar days to the last session."""
    kind: Literal["monthly", "quarterly", "weekly"]
    settle: Literal["AM", "PM"]
    """At opening prices, or at the close."""
    settles_at: datetime
    style: Literal["european", "american"]
    contracts: int
    usable: int
    """Contracts with a quote that may be traded."""
    open_interest: float | None
    forward: float | None
    """By put–call parity; the underlying grown at the rate where `pairs` is 0."""
    pairs: int
    dividend: float | None
    """Yield that explains the forward, a fraction a year."""


@dataclass(frozen=True, kw_only=True, config=NOUN)
class Leg:
    """One contract of a pick."""

    action: Literal["BUY", "SELL"]
    symbol: str
    root: str
    expiration: date
    last_session: date
    dte: int
    kind: str
    settle: str
    right: Right
    strike: float
    bid: float
    ask: float
    iv: float
    delta: float
    open_interest: float | None
    volume: float | None


@dataclass(frozen=True, kw_only=True, config=NOUN)
class Pick:
    """The contract, or the two of a vertical, that the policy picks for a side; or why none."""

    side: Side
    reason: str
    """Empty when found; else the name of the condition that left nothing."""
    words: str
    left: dict[str, int]
    """Contracts left after each condition, in order."""
    legs: tuple[Leg, ...] = Field(default=())
    premium: float | None = None
    """Dollars a unit to pay now: the ask of what is bought less the bid of what is sold."""
    mid: float | None = None
    spread: float | None = None
    """Dollars a unit between selling and buying it all now."""
    breakeven: float | None = None
    """Underlying at expiry at which the premium comes back."""
    max_loss: float | None = None
    """Dollars a contract."""
    max_gain: float | None = None
    """Dollars a contract; None: no bound."""
    stop: float | None = None
    """Premium with the underlying at its stop now, volatility unchanged; None without a stop."""
    target: float | None = None


@dataclass(frozen=True, kw_only=True, config=NOUN)
class FindingRow:
    """One kind of fault in a chain."""

    name: str
    rows: int
    words: str


@dataclass(frozen=True, kw_only=True, config=NOUN)
class ChainSummary:
    """What stands above the rows of a chain."""

    ticker: str
    provider: str
    simulated: bool
    layout: str
    session: date
    as_of: datetime
    underlying: float | None
    rate: float
    """The interest rate that prices were discounted at, a fraction a year."""
    findings: tuple[FindingRow, ...]
    sessions: int
    """Sessions that the source has chains of."""
    first: date
    last: date


@dataclass(frozen=True, kw_only=True, config=NOUN)
class Expirations:
    """The listed expiries of one session's chain."""

    about: ChainSummary
    expiries: tuple[ExpiryRow, ...]


@dataclass(frozen=True, kw_only=True, config=NOUN)
class Chain:
    """Contracts of one session's chain, and what a model's policy picks of them."""

    about: ChainSummary
    rows: tuple[ChainRow, ...]
    hidden: int
    """Contracts of the chain that were not asked for."""
    picks: tuple[Pick, ...]
    """Of a long and of a short signal; none without a model."""
