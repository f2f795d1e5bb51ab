"""What the ledger holds: how often which data were tried, and when."""

from datetime import date, datetime

from pydantic.dataclasses import dataclass

from sigma_core.domain._fields import NOUN


@dataclass(frozen=True, kw_only=True, config=NOUN)
class Tries:
    """The tries at one set of data, whatever model or rule."""

    provider: str
    ticker: str
    cadence: str
    adjustment: str
    seed: str
    """Of a simulated market; empty for others."""
    n: int
    """Distinct trials; those whose out-of-fold dates overlap are judged together."""
    made: int
    """Times that a trial was made: made again it counts once."""
    days: tuple[date, ...]
    """UTC days on which distinct trials came."""
    so_far: tuple[int, ...]
    """Distinct trials up to each of these days."""


@dataclass(frozen=True, kw_only=True, config=NOUN)
class Try:
    """One row of the ledger that is a trial."""

    at: datetime
    trial_id: str
    pack_id: str
    model_id: str
    rule: str
    sharpe: float | None
    """Per session."""


@dataclass(frozen=True, kw_only=True, config=NOUN)
class LedgerState:
    """The ledger in sum. Looks, paths, evidence and noise leave no row of a trial in it."""

    rows: int
    kinds: dict[str, int]
    """Rows by what they are."""
    trials: int
    """Distinct ones."""
    looks: int
    """Distinct rules looked at by what-if and not swept then; they count as no try."""
    families: tuple[Tries, ...]
    """The most tried first."""
    newest: tuple[Try, ...]
    words: str
