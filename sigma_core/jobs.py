"""Long work: a worker process and one JSON document that every process can read.

The worker rewrites its document as it goes; a screen, the API or a shell reads it, and may stop the
work by a signal. Closing the browser or restarting the dashboard loses nothing.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal
from uuid import uuid4

from pydantic.dataclasses import dataclass

from sigma_core.domain._fields import NOUN
from sigma_core.errors import Cancelled, SigmaError
from sigma_core.lake import Lake
from sigma_core.parse import parse, plain
from sigma_core.progress import Progress

State = Literal["queued", "running", "done", "failed", "cancelled", "lost"]
ENDED = ("done", "failed", "cancelled", "lost")
PROC = Path("/proc")
SAVE_EVERY = 0.2
"""Seconds between two writes of a document."""


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
    result: Any = None
    error: str = ""
    message: str = ""
    hint: str = ""
    pid: int = 0
    ticks: int = 0
    """When the process started, in the machine's clock ticks: guards against a reused pid."""
    made_at: datetime
    started_at: datetime | None = None
    ended_at: datetime | None = None

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen."""
        return self.state in ENDED


class Reporter:
    """A Progress that also writes a job's document, and carries its result."""

    def __init__(self, lake: Lake, job: Job, watch: Progress | None) -> None:
        self._lake, self.job, self._watch = lake, job, watch
        self._saved = 0.0
        self.result: Any = None

    def __call__(self, done: int, total: int, note: str = "") -> None:
        """Tell how far the work is."""
        self.job = replace(self.job, done=done, total=max(total, 1), note=note)
        if self._watch:
            self._watch(done, total, note)
        if time.monotonic() - self._saved > SAVE_EVERY:
            self.save()

    def save(self, **changes: Any) -> None:
        """Write the document."""
        self.job = replace(self.job, **changes)
        self._lake.save("jobs", self.job.job_id, plain(self.job))
        self._saved = time.monotonic()


@contextlib.contextmanager
def reporting(
    lake: Lake,
    verb: str,
    ask: Mapping[str, Any],
    *,
    job_id: str | None = None,
    watch: Progress | None = None,
) -> Iterator[Reporter]:
    """Run work as a job of this process: its document says how it goes and how it ended."""
    job = _begun(lake, verb, ask, job_id)
    reporter = Reporter(lake, job, watch)
    reporter.save()
    try:
        yield reporter
    except (KeyboardInterrupt, Cancelled):
        reporter.save(state="cancelled", ended_at=_now(), message="Stopped on request.")
        raise
    except SigmaError as error:
        told = {"error": error.code, "message": str(error), "hint": error.hint}
        reporter.save(state="failed", ended_at=_now(), **told)
        raise
    except BaseException:
        reporter.save(state="failed", ended_at=_now(), error="bug", message=traceback.format_exc())
        raise
    job = reporter.job
    reporter.save(state="done", done=job.total, ended_at=_now(), result=plain(reporter.result))


def submit(lake: Lake, verb: str, ask: Mapping[str, Any], *, at_most: int = 2) -> Job:
    """Queue a verb to be run by a worker process of its own; starts it if there is room."""
    made = _now()
    job = Job(
        job_id=f"{verb}-{made:%Y%m%d-%H%M%S}-{uuid4().hex[:6]}",
        verb=verb,
        ask={name: value for name, value in plain(ask).items() if value not in (None, "", [], ())},
        made_at=made,
    )
    lake.save("jobs", job.job_id, plain(job))
    start_queued(lake, at_most=at_most)
    return get(lake, job.job_id)


def start_queued(lake: Lake, *, at_most: int) -> None:
    """Start waiting jobs, oldest first, while fewer than `at_most` run.

    A job is claimed by a file that is created exclusively, so two processes never start one twice.
    """
    jobs = recent(lake, limit=1000)
    room = at_most - sum(job.state == "running" for job in jobs)
    waiting = sorted((job for job in jobs if job.state == "queued"), key=lambda job: job.made_at)
    for job in waiting[: max(room, 0)]:
        claim = _log(lake, job.job_id).with_suffix(".claim")
        claim.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            claim.touch(exist_ok=False)
            _start(lake, job)


def get(lake: Lake, job_id: str) -> Job:
    """The job as it stands; one whose process is gone is `lost`. Raises UnknownName."""
    job = parse(Job, lake.load("jobs", job_id))
    if job.state == "running" and not _alive(job.pid, job.ticks):
        return replace(job, state="lost", message="Its process is gone.", hint="Start it again.")
    return job


def recent(lake: Lake, *, limit: int = 20) -> list[Job]:
    """Jobs, newest first."""
    return [get(lake, name) for name in lake.names("jobs")[:limit]]


def cancel(lake: Lake, job_id: str) -> Job:
    """Stop a job: a waiting one at once, a running one at its next step."""
    job = get(lake, job_id)
    if job.state == "queued":
        stopped = replace(job, state="cancelled", ended_at=_now(), message="Stopped before it began.")
        lake.save("jobs", job_id, plain(stopped))
        return stopped
    if job.state == "running":
        with contextlib.suppress(ProcessLookupError):
            os.kill(job.pid, signal.SIGTERM)
    return job


def log(lake: Lake, job_id: str, *, lines: int = 40) -> str:
    """The end of what a worker wrote to stdout and stderr; empty if it wrote nothing."""
    path = _log(lake, job_id)
    return "\n".join(path.read_text(errors="replace").splitlines()[-lines:]) if path.exists() else ""


def _begun(lake: Lake, verb: str, ask: Mapping[str, Any], job_id: str | None) -> Job:
    pid = os.getpid()
    running = {"state": "running", "pid": pid, "ticks": _ticks(pid), "started_at": _now()}
    if job_id is not None and lake.has("jobs", job_id):
        return replace(parse(Job, lake.load("jobs", job_id)), **running)
    made = _now()
    new = job_id or f"{verb}-{made:%Y%m%d-%H%M%S}-{uuid4().hex[:6]}"
    return Job(job_id=new, verb=verb, ask=dict(ask), made_at=made, **running)  # type: ignore[arg-type]


def _start(lake: Lake, job: Job) -> None:
    words = [f"{name}={_typed(value)}" for name, value in job.ask.items()]
    path = _log(lake, job.job_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as out:
        worker = subprocess.Popen(  # noqa: S603  our own module, no shell
            [sys.executable, "-m", "sigma_core", job.verb, *words, "--json", f"--job={job.job_id}"],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env={**os.environ, "SIGMA_LAKE": str(lake.root)},
        )
    started = replace(
        job, state="running", pid=worker.pid, ticks=_ticks(worker.pid), started_at=_now()
    )
    if not parse(Job, lake.load("jobs", job.job_id)).pid:
        lake.save("jobs", job.job_id, plain(started))


def _typed(value: Any) -> str:
    """A field as the shell face reads it."""
    if isinstance(value, list | tuple | dict):
        return json.dumps(value)
    return "true" if value is True else "false" if value is False else str(value)


def _log(lake: Lake, job_id: str) -> Path:
    return lake.root / "jobs" / f"{job_id}.log"


def _now() -> datetime:
    return datetime.now(UTC)


def _alive(pid: int, ticks: int) -> bool:
    if not PROC.is_dir():  # no Linux: the number alone must do
        return _answers(pid)
    return bool(pid) and _ticks(pid) == ticks and _state(pid) != "Z"


def _answers(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _ticks(pid: int) -> int:
    """When a process started; 0 if it is gone, or if this system does not say."""
    fields = _stat(pid)
    return int(fields[19]) if fields else 0


def _state(pid: int) -> str:
    fields = _stat(pid)
    return fields[0] if fields else "Z"


def _stat(pid: int) -> list[str]:
    """Fields of /proc/<pid>/stat after the name; empty if there is no such process."""
    try:
        return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []
