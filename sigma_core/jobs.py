"""Long work: a worker process and one JSON document that every process can read.

The worker rewrites its document as it goes; a screen, the API or a shell reads it, and may stop the
work by a signal. Closing the browser or restarting the dashboard loses nothing.

One file per job in `jobs/open/` says that it has not ended. Whoever looks after the queue does so
alone, and a worker writes its first word under the same lock: so nobody starts a job twice, or
writes over what a worker has said.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock, Thread
from typing import Any
from uuid import uuid4

from sigma_core.domain.job import Job, State
from sigma_core.errors import BadRequest, Cancelled, Damaged, SigmaError, UnknownName
from sigma_core.lake import Lake
from sigma_core.parse import parse, plain
from sigma_core.processes import alive, ticks_of
from sigma_core.progress import Progress
from sigma_core.shelf import alone, safe, told, unsafe

SAVE_EVERY = 0.2
"""Seconds between two writes of a document."""
AT_ONCE = 2
"""Workers that run at a time, unless SIGMA_JOBS says otherwise."""


class Reporter:
    """A Progress that also writes a job's document, and carries its result."""

    def __init__(self, lake: Lake, job: Job, watch: Progress | None) -> None:
        self.job = job
        self.result: Any = None
        self._lake, self._watch = lake, watch
        self._saved, self._lock = 0.0, Lock()

    def __call__(self, done: int, total: int, note: str = "") -> None:
        """Tell how far the work is; from any thread."""
        if self._watch:
            self._watch(done, total, note)
        with self._lock:
            self.job = replace(self.job, done=done, total=max(total, 1), note=note)
            if time.monotonic() - self._saved > SAVE_EVERY:
                _save(self._lake, self.job)
                self._saved = time.monotonic()

    def tell(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Carry results as they come; they are written with the next word of progress."""
        with self._lock:
            self.job = replace(self.job, so_far=(*self.job.so_far, *map(dict, rows)))

    def end(self, state: State, **told: Any) -> None:
        """Write how it ended."""
        with self._lock:
            self.job = _close(self._lake, self.job, state, **told)


@contextlib.contextmanager
def reporting(
    lake: Lake,
    verb: str,
    ask: Mapping[str, Any],
    *,
    job_id: str | None = None,
    watch: Progress | None = None,
) -> Iterator[Reporter]:
    """Run work as a job of this process: its document says how it goes and how it ended.

    Raises Cancelled if the job was stopped before it began.
    """
    reporter = Reporter(lake, _begun(lake, verb, ask, job_id), watch)
    try:
        yield reporter
        result = plain(reporter.result)
        reporter.end("done", done=reporter.job.total, result=result, so_far=())
    except (KeyboardInterrupt, Cancelled):
        reporter.end("cancelled", message="Stopped on request.")
        raise
    except SigmaError as error:
        reporter.end("failed", error=error.code, message=str(error), hint=error.hint)
        raise
    except BaseException:
        reporter.end("failed", error="bug", message=traceback.format_exc())
        raise
    finally:
        start_queued(lake)


def submit(lake: Lake, verb: str, ask: Mapping[str, Any]) -> Job:
    """Queue a verb to be run by a worker process of its own; it starts if there is room."""
    given = {name: value for name, value in plain(ask).items() if value is not None}
    job = _new(verb, given)
    _open(lake, job)
    start_queued(lake)
    return get(lake, job.job_id)


def start_queued(lake: Lake) -> None:
    """Start waiting jobs, oldest first, while there is room; put aside those that are lost."""
    if not any(_opens(lake).glob("*")):
        return
    with _queue(lake):
        jobs = [job for path in _opens(lake).glob("*") for job in _readable(lake, path)]
        room = at_once() - sum(job.state == "running" for job in jobs)
        waiting = sorted((job for job in jobs if job.state == "queued"), key=lambda j: j.made_at)
        for job in waiting[: max(room, 0)]:
            _start(lake, job)


def get(lake: Lake, job_id: str) -> Job:
    """The job as it stands; one whose process is gone is `lost`. Raises UnknownName."""
    job = parse(Job, lake.load("jobs", job_id))
    if job.state != "running" or alive(job.pid, job.ticks):
        return job
    with _queue(lake):
        job = _looked_at(lake, job_id)
    start_queued(lake)  # what was killed could not call the next one
    return job


def recent(lake: Lake, *, limit: int = 20) -> list[Job]:
    """Jobs, newest first."""
    start_queued(lake)
    return [get(lake, name) for name in lake.names("jobs")[:limit]]


def cancel(lake: Lake, job_id: str) -> Job:
    """Stop a job: a waiting one at once, a running one at its next step; an ended one stays."""
    with _queue(lake):
        job = _looked_at(lake, job_id)
        if job.state == "queued":
            job = _close(lake, job, "cancelled", message="Stopped before it began.")
        elif job.state == "running":
            with told(_marker(lake, job_id)):
                _marker(lake, job_id).write_text("stop")
            with contextlib.suppress(ProcessLookupError):
                os.kill(job.pid, signal.SIGTERM)
    return job


def log(lake: Lake, job_id: str, *, lines: int = 40) -> str:
    """The end of what a worker wrote to stderr; empty if it wrote nothing."""
    path = _log(lake, job_id)
    return (
        "\n".join(path.read_text(errors="replace").splitlines()[-lines:]) if path.exists() else ""
    )


def _new(verb: str, ask: Mapping[str, Any], job_id: str | None = None) -> Job:
    made = _now()
    name = job_id or f"{verb}-{made:%Y%m%d-%H%M%S}-{uuid4().hex[:6]}"
    return Job(job_id=name, verb=verb, ask=dict(ask), made_at=made)


def _begun(lake: Lake, verb: str, ask: Mapping[str, Any], job_id: str | None) -> Job:
    with _queue(lake):
        if job_id is not None and lake.has("jobs", job_id):
            job = parse(Job, lake.load("jobs", job_id))
            if job.ended:
                raise Cancelled(f"{job_id} has ended: it is {job.state}.")
        else:
            job = _new(verb, ask, job_id)
        pid = os.getpid()
        job = replace(job, state="running", pid=pid, ticks=ticks_of(pid), started_at=_now())
        _open(lake, job)
    return job


def _start(lake: Lake, job: Job) -> None:
    """Start the worker of a waiting job, and write its number down before it can speak."""
    with told(_log(lake, job.job_id)):
        out = _log(lake, job.job_id).open("wb")
    with out:
        worker = subprocess.Popen(  # noqa: S603  our own module, no shell
            _command(job),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,  # the result stands in the document
            stderr=out,
            start_new_session=True,
            env={**os.environ, "SIGMA_LAKE": str(lake.root)},
        )
    Thread(target=worker.wait, daemon=True).start()  # no zombies
    pid = worker.pid
    _save(lake, replace(job, state="running", pid=pid, ticks=ticks_of(pid), started_at=_now()))


def _command(job: Job) -> list[str]:
    return [sys.executable, "-m", "sigma_core", job.verb, "--json", f"--job={job.job_id}"]


def _looked_at(lake: Lake, job_id: str) -> Job:
    """The job; if its process is gone without a word, that is written down. Needs the queue."""
    job = parse(Job, lake.load("jobs", job_id))
    if job.ended:
        _marker(lake, job_id).unlink(missing_ok=True)
    elif job.state == "running" and not alive(job.pid, job.ticks):
        stopped = _marker(lake, job_id)
        if stopped.exists() and stopped.read_text():
            return _close(lake, job, "cancelled", message="Stopped on request.")
        said = log(lake, job_id, lines=1) or "It said nothing."
        message = f"Its process is gone. {said}"
        return _close(lake, job, "lost", message=message, hint="Start it again.")
    return job


def _readable(lake: Lake, marker: Path) -> Iterator[Job]:
    """The job of a marker; none if its document is damaged or gone: the others go on without it."""
    try:
        yield _looked_at(lake, unsafe(marker.name))
    except (Damaged, UnknownName):  # asked for by its name it says so, and `health` names its file
        marker.unlink(missing_ok=True)


def _queue(lake: Lake) -> contextlib.AbstractContextManager[None]:
    """Nobody else starts, stops or puts aside jobs meanwhile."""
    return alone("jobs", staging=lake.root / "staging")


def _open(lake: Lake, job: Job) -> None:
    _save(lake, job)
    with told(_marker(lake, job.job_id)):
        _opens(lake).mkdir(parents=True, exist_ok=True)
        _marker(lake, job.job_id).touch()


def _close(lake: Lake, job: Job, state: State, **told: Any) -> Job:
    ended = replace(job, state=state, ended_at=_now(), **told)
    _save(lake, ended)
    _marker(lake, job.job_id).unlink(missing_ok=True)
    return ended


def _save(lake: Lake, job: Job) -> None:
    lake.save("jobs", job.job_id, plain(job))


def _opens(lake: Lake) -> Path:
    return lake.root / "jobs" / "open"


def _marker(lake: Lake, job_id: str) -> Path:
    """The file that says a job has not ended; it holds a word once the job was asked to stop."""
    return _opens(lake) / safe(job_id)


def _log(lake: Lake, job_id: str) -> Path:
    return lake.root / "jobs" / f"{safe(job_id)}.log"


def at_once() -> int:
    """How many workers run at a time. Raises BadRequest if SIGMA_JOBS is no such number."""
    typed = os.environ.get("SIGMA_JOBS", str(AT_ONCE))
    if not typed.isdecimal() or int(typed) < 1:
        raise BadRequest(f"SIGMA_JOBS is {typed!r}.", hint="Set it to 1 or more.")
    return int(typed)


def _now() -> datetime:
    return datetime.now(UTC)
