"""From a request to a verb or a job, and back."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any, NoReturn, Protocol

from pydantic import Field
from pydantic.dataclasses import dataclass
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from sigma_core.api._answers import STATUS_OF_CODE, Answer, problem
from sigma_core.domain._fields import NOUN
from sigma_core.domain.job import Job
from sigma_core.errors import BadRequest, in_line
from sigma_core.lab import Lab
from sigma_core.lake import Lake
from sigma_core.parse import parse, plain
from sigma_core.verbs import Verb

POLL_SECONDS = 0.2
Endpoint = Callable[[Request], Awaitable[Response]]
Labs = Callable[[], Lab]


class Desk(Protocol):
    """Where jobs are started and looked up: `sigma_core.jobs`, or a stand-in."""

    def submit(self, lake: Lake, verb: str, ask: Mapping[str, Any]) -> Job: ...
    def get(self, lake: Lake, job_id: str) -> Job: ...
    def recent(self, lake: Lake, *, limit: int) -> list[Job]: ...
    def cancel(self, lake: Lake, job_id: str) -> Job: ...


@dataclass(frozen=True, kw_only=True, config=NOUN)
class Started:
    """A job that was started."""

    ok: bool
    job_id: str
    status: str


@dataclass(frozen=True, kw_only=True, config=NOUN)
class Recent:
    """How many jobs to list."""

    limit: Annotated[int, Field(ge=1, le=1000)] = 20


@dataclass(frozen=True, kw_only=True, config=NOUN)
class Wait:
    """How long to wait for the result of slow work."""

    wait: Annotated[float, Field(ge=0, le=600)] = 0.0
    """Seconds; 0 answers at once with the job."""


def call(verb: Verb, labs: Labs, desk: Desk) -> Endpoint:
    """The endpoint of a verb."""

    async def fast(request: Request) -> Response:
        ask: Any = parse(verb.ask, await _given(request))
        return await run_in_threadpool(lambda: Answer(plain(verb.fn(labs(), ask))))

    async def slow(request: Request) -> Response:
        wait = parse(Wait, _query(request))
        ask: Any = parse(verb.ask, await _body(request))
        lab = labs()
        if verb.first is not None:  # what can be refused at once is no job
            await run_in_threadpool(verb.first, lab, ask)
        started = await run_in_threadpool(desk.submit, lab.lake, verb.name, plain(ask))
        return await _awaited(lab.lake, desk, started, wait.wait)

    return slow if verb.slow else fast


def job(labs: Labs, desk: Desk) -> Endpoint:
    """How one job stands."""

    async def answer(request: Request) -> Response:
        found = await run_in_threadpool(desk.get, labs().lake, request.path_params["job_id"])
        return Answer(plain(found))

    return answer


def recent(labs: Labs, desk: Desk) -> Endpoint:
    """The latest jobs, newest first."""

    async def answer(request: Request) -> Response:
        limit = parse(Recent, _query(request)).limit
        return Answer(plain(await run_in_threadpool(lambda: desk.recent(labs().lake, limit=limit))))

    return answer


def cancelled(labs: Labs, desk: Desk) -> Endpoint:
    """Stop a job; one that has ended stays as it is."""

    async def answer(request: Request) -> Response:
        found = await run_in_threadpool(desk.cancel, labs().lake, request.path_params["job_id"])
        return Answer(plain(found))

    return answer


async def _awaited(lake: Lake, desk: Desk, job: Job, seconds: float) -> Response:
    """The result if it comes in time, else the job."""
    for _ in range(round(seconds / POLL_SECONDS)):
        if job.ended:
            break
        await asyncio.sleep(POLL_SECONDS)
        job = await run_in_threadpool(desk.get, lake, job.job_id)
    if not job.ended:
        return Answer(plain(Started(ok=True, job_id=job.job_id, status=job.state)), 202)
    if job.state == "done":
        return Answer(job.result)
    return _unfinished(job)


def _unfinished(job: Job) -> Response:
    """Why waiting brought no result, as the verb itself would have answered."""
    if job.state == "cancelled":
        return problem(409, "cancelled", f"{job.job_id} was stopped.", job.hint)
    if job.error in STATUS_OF_CODE:
        return problem(STATUS_OF_CODE[job.error], job.error, job.message, job.hint)
    code = "lost" if job.state == "lost" else "internal"
    return problem(500, code, f"{job.job_id} broke.", f"GET /jobs/{job.job_id} says where.")


async def _given(request: Request) -> dict[str, Any]:
    if request.method == "POST":
        if extra := list(request.query_params):
            raise BadRequest(f"{extra[0]} is in the query.", hint="Put it into the JSON body.")
        given = await _body(request)
    else:
        given = _query(request)
    if twice := given.keys() & request.path_params.keys():
        raise BadRequest(f"{min(twice)} is given twice.", hint="It stands in the path already.")
    return given | request.path_params


def _query(request: Request) -> dict[str, Any]:
    """Query parameters; one that is repeated is a list."""
    pairs = request.query_params
    return {k: v[0] if len(v := pairs.getlist(k)) == 1 else v for k in pairs}


async def _body(request: Request) -> dict[str, Any]:
    raw = await request.body()
    if not raw:
        return {}
    try:
        body = json.loads(raw, parse_constant=_no_number, object_pairs_hook=_once)
        json.dumps(body, ensure_ascii=False).encode()  # half a surrogate pair is no text
    except (ValueError, RecursionError) as wrong:
        raise BadRequest(
            f"The body is not JSON: {wrong}.", hint='Send an object: {"a": 1}.'
        ) from None
    if not isinstance(body, dict):
        raise BadRequest(
            f"The body is a JSON {type(body).__name__}.", hint='Send an object: {"a": 1}.'
        )
    return body


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object's fields. Raises BadRequest for one that stands there twice."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise BadRequest(f"{in_line(twice)} is given twice.", hint="Leave one of them out.")
    return found


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no JSON number")
