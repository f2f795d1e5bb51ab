"""A job: long work, and how far it is."""

from datetime import datetime
from typing import Any, Literal

from pydantic.dataclasses import dataclass

from sigma_core.domain._fields import NOUN

State = Literal["queued", "running", "done", "failed", "cancelled", "lost"]
ENDED = ("done", "failed", "cancelled", "lost")


@dataclass(frozen=True, kw_only=True, config=NOUN)
class Job:
    """What is known of one job."""

    job_id: str
    verb: str
    ask: dict[str, Any]
    state: State = "queued"
    done: int = 0
    total: int = 1
    note: str = ""
    so_far: tuple[dict[str, Any], ...] = ()
    """Results that came before the end, oldest first; none once `result` holds them all."""
    result: Any = None
    error: str = ""
    """Code of the error, or `bug`."""
    message: str = ""
    hint: str = ""
    pid: int = 0
    ticks: int = 0
    """When the process started, in the machine's clock ticks: numbers are given out again."""
    made_at: datetime
    started_at: datetime | None = None
    ended_at: datetime | None = None

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen."""
        return self.state in ENDED
