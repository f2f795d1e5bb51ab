"""What the lake holds: how fresh its bars are, how much disk it takes, where each model stands."""

from datetime import date, datetime

from pydantic.dataclasses import dataclass

from sigma_core.domain._fields import NOUN
from sigma_core.domain.results import Entry


@dataclass(frozen=True, kw_only=True, config=NOUN)
class Freshness:
    """The stored bars of one ticker at one cadence."""

    provider: str
    ticker: str
    cadence: str
    calendar: str
    bars: int
    first: date
    """Session of the first stored bar."""
    last: date
    """Session of the last stored bar."""
    last_ts: datetime
    """Close of the last stored bar, UTC."""
    age: int
    """Sessions of its calendar that have closed since the last stored bar."""
    stale: bool
    """Whether sessions are missing that its source could have."""
    simulated: bool
    note: str
    """What to do, or why nothing can be; empty if it is up to date."""


@dataclass(frozen=True, kw_only=True, config=NOUN)
class Disk:
    """What one table or folder of the lake takes."""

    name: str
    files: int
    size: int
    """Bytes."""


@dataclass(frozen=True, kw_only=True, config=NOUN)
class DiskUse:
    """What the lake takes, the largest part first."""

    parts: tuple[Disk, ...]
    size: int
    """Bytes of all parts."""
    free: int
    """Bytes left on the disk."""


@dataclass(frozen=True, kw_only=True, config=NOUN)
class Standing:
    """What was done with one model so far."""

    pack_id: str
    model_id: str
    trials: int
    passed: int
    """Trials whose verdict is PASS today."""
    best: Entry | None
    """The first of its trials in the leaderboard; None if it has none."""
    last_build: datetime | None
    """When its matrix was last built, UTC."""
    last_run: datetime | None
    """When it was last swept, backtested or trained, UTC."""
    last_kind: str
    """What that run was; empty if there is none."""
