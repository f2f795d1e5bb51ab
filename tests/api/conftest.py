"""A server with verbs of its own, and a desk for jobs that run at once."""

import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from threading import Thread
from typing import Annotated, Any

import httpx
import pytest
import uvicorn
from pydantic import Field
from pydantic.dataclasses import dataclass
from starlette.applications import Starlette
from starlette.routing import Mount

from sigma_core.api import Limits, create
from sigma_core.domain._fields import NOUN, Hours
from sigma_core.domain.job import Job
from sigma_core.domain.trial import Rule
from sigma_core.errors import Cancelled, Damaged, QualityError, UnknownName
from sigma_core.lab import Lab
from sigma_core.lake import Lake
from sigma_core.verbs import Verb

TOKEN = "s3cret"  # noqa: S105  of a server that lives for one test
MADE = datetime(2024, 1, 2, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True, config=NOUN)
class Find:
    """Which shelf to look on."""

    shelf: str
    limit: Annotated[int, Field(ge=1, le=100)] = 10
    """How many to show at most."""
    hours: Hours = ()
    since: date | None = None


@dataclass(frozen=True, kw_only=True, config=NOUN)
class Found:
    """What lies on it."""

    shelf: str
    hours: tuple[int, ...]
    return_: float | None
    rule: Rule


def find(lab: Lab, ask: Find) -> Found:
    """Look on a shelf."""
    raises = {
        "gone": UnknownName("shelf", "gone", ["gene", "other"]),
        "torn": Damaged("x.parquet is damaged."),
        "poor": QualityError("rsi_14 is 40% NaN.", hint="Leave it out."),
        "stop": Cancelled("Stopped."),
        "bug": ZeroDivisionError("division by zero"),
    }
    if ask.shelf in raises:
        raise raises[ask.shelf]
    rule = Rule(kind="thr", value="0.6", allowed_hours=(13,))
    return Found(shelf=ask.shelf, hours=ask.hours, return_=0.25, rule=rule)


def work(lab: Lab, ask: Find) -> Found:
    """Work that takes long."""
    return find(lab, ask)


SHELF = Verb("find", ("GET", "/shelves/{shelf}"), False, Find, Found, find, None)
ALL = Verb("find_all", ("POST", "/shelves"), False, Find, Found, find, None)
SLOW = Verb("work", ("POST", "/work"), True, Find, Found, work, None)
HIDDEN = Verb("hidden", None, False, Find, Found, find, None)


class Desk:
    """Jobs that go as a test says: `then` is what a job has become when it is next looked at."""

    def __init__(self) -> None:
        self.jobs: dict[str, Job] = {}
        self.then: dict[str, Any] = {}

    def submit(self, _lake: Lake, verb: str, ask: Mapping[str, Any]) -> Job:
        job = Job(job_id=f"{verb}-{len(self.jobs)}", verb=verb, ask=dict(ask), made_at=MADE)
        self.jobs[job.job_id] = job
        return job

    def get(self, _lake: Lake, job_id: str) -> Job:
        if job_id not in self.jobs:
            raise UnknownName("job", job_id, self.jobs)
        self.jobs[job_id] = replace(self.jobs[job_id], **self.then)
        return self.jobs[job_id]

    def recent(self, _lake: Lake, *, limit: int) -> list[Job]:
        return list(self.jobs.values())[::-1][:limit]

    def cancel(self, _lake: Lake, job_id: str) -> Job:
        self.then = {"state": "cancelled"}
        return self.get(_lake, job_id)


@contextmanager
def serving(app: Any) -> Iterator[str]:
    """A uvicorn on a free port of this machine; gives its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off"))
        thread = Thread(target=server.run, kwargs={"sockets": [free]}, daemon=True)
        thread.start()
        while not server.started:
            assert thread.is_alive()
        try:
            yield f"http://127.0.0.1:{free.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture(scope="module")
def desk() -> Desk:
    return Desk()


@pytest.fixture(scope="module")
def serve(tmp_path_factory: pytest.TempPathFactory, desk: Desk) -> Callable[..., Any]:
    """Serve the four verbs above under /api, as the dashboard does."""
    lab = Lab(packs=Path("packs"), lake=Lake(tmp_path_factory.mktemp("lake")))

    def run(**limits: Any) -> Any:
        api = create(
            lambda: lab, desk=desk, verbs=[SHELF, ALL, SLOW, HIDDEN], limits=Limits(**limits)
        )
        return serving(Starlette(routes=[Mount("/api", api)]))

    return run


@pytest.fixture(scope="module")
def address(serve: Callable[..., Any]) -> Iterator[str]:
    with serve(per_minute=0) as url:
        yield url


@pytest.fixture
def api(address: str, desk: Desk) -> Iterator[httpx.Client]:
    desk.jobs, desk.then = {}, {}
    with httpx.Client(base_url=f"{address}/api") as client:
        yield client
