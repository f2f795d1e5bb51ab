"""The volatility surface of a chain, and what stands at each strike, as they are shown."""

from datetime import date, datetime

from pydantic.dataclasses import dataclass

from sigma_core.domain._fields import NOUN
from sigma_core.domain.chains import ChainSummary, Right


@dataclass(frozen=True, kw_only=True, config=NOUN)
class SmilePoint:
    """One option out of the money."""

    strike: float
    right: Right
    iv: float
    """Ours, from the mid; a fraction a year."""
    delta: float | None
    """None without a price of the underlying."""


@dataclass(frozen=True, kw_only=True, config=NOUN)
class ExpirySmile:
    """One expiry's smile. Volatilities are fractions a year; None: no two strikes lie around it."""

    root: str
    expiration: date
    """As listed."""
    days: float
    """Calendar days to its settlement."""
    forward: float
    atm: float | None
    put25: float | None
    """Of the put with a delta of −0.25."""
    call25: float | None
    points: tuple[SmilePoint, ...]
    """By strike."""


@dataclass(frozen=True, kw_only=True, config=NOUN)
class StrikeRow:
    """What stands at one strike, over all expiries that are not settled yet; None: not known."""

    strike: float
    calls_gamma: float | None
    """Dollars of the underlying for a move of one percent, unsigned."""
    puts_gamma: float | None
    calls_open_interest: float | None
    puts_open_interest: float | None
    calls_volume: float | None
    puts_volume: float | None


@dataclass(frozen=True, kw_only=True, config=NOUN)
class Surface:
    """A chain's volatility by strike and expiry, and its gamma and open interest by strike."""

    about: ChainSummary
    expiries: tuple[ExpirySmile, ...]
    """Unsettled, the nearest first."""
    strikes: tuple[StrikeRow, ...]
    """Those with open interest or volume."""
    gamma_peak_strike: float | None
    """With most gamma of calls and puts."""
    gamma_flip: float | None
    """Price at which dealers' gamma, long calls and short puts, changes its sign."""
    oi_peak_strike: float | None
    """With most open interest in the nearest expiry."""
    max_pain: float | None
    """At which the nearest expiry would pay its holders least."""
    pcr_volume: float | None
    """Puts over calls."""
    pcr_oi: float | None


@dataclass(frozen=True, kw_only=True, config=NOUN)
class VixPoint:
    """One index of the VIX family: what the options on the S&P 500 say of so many days ahead."""

    name: str
    days: int
    """Calendar days ahead."""
    close: float | None
    """Percent a year; None where it has no close of that session."""
    session: date | None
    """Of its last close up to then."""


@dataclass(frozen=True, kw_only=True, config=NOUN)
class VixCurve:
    """The VIX family on one day, nearest first."""

    session: date
    before: date | None
    """The session before, to hold it against."""
    points: tuple[VixPoint, ...]
    former: tuple[VixPoint, ...]
    """On the session before."""
    slope: float | None
    """VIX3M over VIX, less 1; above 0: the months ahead are thought wilder than the next."""


@dataclass(frozen=True, kw_only=True, config=NOUN)
class OptionTicker:
    """A ticker that options are known of."""

    ticker: str
    provider: str
    simulated: bool
    chains: bool
    """Whether there are chains of it."""
    bars: tuple[str, ...]
    """Cadences that there are option bars of."""
    models: tuple[str, ...]
    """Models on that ticker."""


@dataclass(frozen=True, kw_only=True, config=NOUN)
class FlowBar:
    """What was traded of the options that end in this session, in one bar of the underlying.

    None where no contract was traded in the bar: it may be a hole in the source.
    """

    ts: datetime
    """When the bar closed."""
    close: float
    """Of the underlying."""
    calls_volume: float | None
    """Contracts."""
    puts_volume: float | None
    calls_premium: float | None
    """Dollars."""
    puts_premium: float | None
    imbalance: float | None
    """Calls less puts over both, of premium, from the open up to here."""


@dataclass(frozen=True, kw_only=True, config=NOUN)
class FlowStrike:
    """What was traded at one distance from the money, over the session."""

    distance: int
    """Listed strikes above the one nearest the underlying at the bar's close; below: negative."""
    calls_volume: float
    puts_volume: float
    calls_premium: float
    puts_premium: float


@dataclass(frozen=True, kw_only=True, config=NOUN)
class SessionFlow:
    """Same-day options of one session: volume and premium, neither bought nor sold."""

    ticker: str
    provider: str
    simulated: bool
    cadence: str
    session: date
    bars: tuple[FlowBar, ...]
    strikes: tuple[FlowStrike, ...]
    sessions: int
    """Sessions that the source has."""
    first: date
    last: date
    layout: str
