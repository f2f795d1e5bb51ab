"""The HTTP face, asked over a real socket: routes, jobs, errors, limits, description."""

import json
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
from sigma_core.verbs import VERBS, Verb

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


# ---- routes -------------------------------------------------------------------------------------


def test_get_reads_path_and_query(api: httpx.Client) -> None:
    """A list may be typed as in a shell; `return_` is `return` outside."""
    reply = api.get("/shelves/blue", params={"hours": "14,13"})

    assert reply.status_code == 200
    assert reply.json() == {
        "shelf": "blue",
        "hours": [13, 14],
        "return": 0.25,
        "rule": {"kind": "thr", "value": "0.6", "allowed_hours": "13"},
    }


def test_a_repeated_parameter_is_a_list(api: httpx.Client) -> None:
    assert api.get("/shelves/blue?hours=13&hours=15").json()["hours"] == [13, 15]


def test_post_reads_json(api: httpx.Client) -> None:
    assert api.post("/shelves", json={"shelf": "é", "hours": [9]}).json()["shelf"] == "é"


def test_a_verb_without_a_route_has_none(api: httpx.Client) -> None:
    assert "hidden" not in api.get("/openapi.json").text
    assert api.get("/hidden").status_code == 404


# ---- jobs ---------------------------------------------------------------------------------------


def test_slow_work_answers_with_a_job(api: httpx.Client) -> None:
    reply = api.post("/work", json={"shelf": "blue"})

    assert reply.status_code == 202
    assert reply.json() == {"ok": True, "job_id": "work-0", "status": "queued"}
    job = api.get("/jobs/work-0").json()
    assert (job["verb"], job["ask"]["shelf"], job["state"]) == ("work", "blue", "queued")
    assert [each["job_id"] for each in api.get("/jobs?limit=5").json()] == ["work-0"]


def test_waiting_brings_the_result(api: httpx.Client, desk: Desk) -> None:
    desk.then = {"state": "done", "result": {"shelf": "blue"}}

    reply = api.post("/work?wait=5", json={"shelf": "blue"})

    assert (reply.status_code, reply.json()) == (200, {"shelf": "blue"})


def test_waiting_in_vain_answers_with_the_job(api: httpx.Client, desk: Desk) -> None:
    desk.then = {"state": "running"}

    reply = api.post("/work?wait=0.4", json={"shelf": "blue"})

    assert (reply.status_code, reply.json()["status"]) == (202, "running")


@pytest.mark.parametrize(
    ("ended", "status", "code"),
    [
        ({"state": "failed", "error": "quality", "message": "m", "hint": "h"}, 422, "quality"),
        ({"state": "failed", "error": "unknown_name", "message": "m"}, 404, "unknown_name"),
        ({"state": "failed", "error": "bug", "message": "Traceback …"}, 500, "internal"),
        ({"state": "cancelled", "message": "Stopped on request."}, 409, "cancelled"),
        ({"state": "lost", "message": "Its process is gone."}, 500, "lost"),
    ],
)
def test_waiting_for_what_fails_tells_why(
    api: httpx.Client, desk: Desk, ended: dict[str, Any], status: int, code: str
) -> None:
    desk.then = ended

    reply = api.post("/work?wait=5", json={"shelf": "blue"})

    assert (reply.status_code, reply.json()["error"]) == (status, code)
    assert "Traceback" not in reply.text


def test_a_job_can_be_stopped(api: httpx.Client) -> None:
    api.post("/work", json={"shelf": "blue"})

    assert api.post("/jobs/work-0/cancel").json()["state"] == "cancelled"


def test_a_wrong_ask_starts_no_job(api: httpx.Client, desk: Desk) -> None:
    assert api.post("/work", json={"shelf": "blue", "limit": 0}).status_code == 422
    assert desk.jobs == {}


# ---- errors -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "body", "answer", "told"),
    [
        ("GET /shelves/gone", None, (404, "unknown_name"), "Did you mean gene?"),
        ("GET /shelvs", None, (404, "unknown_route"), "/shelves"),
        ("GET /jobs/nope", None, (404, "unknown_name"), "'nope'"),
        ("GET /jobs/..%2f..%2fx", None, (404, "unknown_route"), ""),
        ("DELETE /shelves", None, (405, "method"), "Use POST."),
        ("GET /shelves/blue?limit=many", None, (422, "bad_request"), "'many'"),
        ("GET /shelves/blue?limt=3", None, (422, "bad_request"), "Did you mean limit?"),
        ("GET /shelves/blue?shelf=red", None, (422, "bad_request"), "in the path"),
        ("GET /jobs?limit=0", None, (422, "bad_request"), "limit is '0'"),
        ("POST /shelves", {}, (422, "bad_request"), "shelf is required"),
        ("POST /shelves", {"shelf": "a", "since": "soon"}, (422, "bad_request"), "'soon'"),
        ("POST /shelves?limit=3", {"shelf": "a"}, (422, "bad_request"), "JSON body"),
        ("POST /shelves", [1], (422, "bad_request"), "list"),
        ("POST /work?wait=601", {"shelf": "a"}, (422, "bad_request"), "601"),
        ("GET /shelves/poor", None, (422, "quality"), "Leave it out."),
        ("GET /shelves/stop", None, (409, "cancelled"), "Stopped."),
        ("GET /shelves/torn", None, (500, "damaged"), "x.parquet"),
        ("GET /shelves/bug", None, (500, "internal"), "ZeroDivisionError"),
    ],
)
def test_a_wrong_request_is_told_why(
    api: httpx.Client, asked: str, body: Any, answer: tuple[int, str], told: str
) -> None:
    method, path = asked.split()
    sent = {} if body is None else {"json": body}
    reply = api.request(method, path, **sent)

    assert (reply.status_code, reply.json()["error"]) == answer
    assert set(reply.json()) == {"error", "message", "hint"}
    assert told in reply.json()["message"] + reply.json()["hint"]


@pytest.mark.parametrize(
    "raw",
    [
        b"{",
        b"\xff",
        b'{"limit": NaN}',
        b"[" * 100_000,
        b'{"limit": 1' + b"0" * 5000 + b"}",
        b'{"shelf": "\\ud800"}',  # half a surrogate pair
    ],
)
def test_what_is_not_json_is_refused(api: httpx.Client, raw: bytes) -> None:
    reply = api.post("/shelves", content=raw, headers={"Content-Type": "application/json"})

    assert (reply.status_code, reply.json()["error"]) == (422, "bad_request")


# ---- who may call, how much, how often ----------------------------------------------------------


def test_a_page_of_another_site_is_turned_away(api: httpx.Client, address: str) -> None:
    asked = {"Origin": "http://evil.example"}
    named = {"Host": "evil.example"}

    assert api.post("/shelves", json={"shelf": "a"}, headers=asked).status_code == 403
    assert api.get("/shelves/blue", headers={"Origin": "null"}).status_code == 403
    assert api.get("/shelves/blue", headers=named).status_code == 403
    assert api.get("/shelves/blue", headers={"Origin": address}).status_code == 200
    assert api.get("/shelves/blue", headers={"Host": "localhost:1"}).status_code == 200


def test_a_form_of_another_site_cannot_post(api: httpx.Client) -> None:
    """A form can send no JSON without asking the browser first."""
    reply = api.post("/shelves", content=b"{}", headers={"Content-Type": "text/plain"})

    assert (reply.status_code, reply.json()["error"]) == (415, "media_type")


def test_what_comes_through_a_proxy_is_not_this_machine(api: httpx.Client) -> None:
    reply = api.get("/shelves/blue", headers={"X-Real-IP": "203.0.113.9"})

    assert reply.status_code == 403
    assert "SIGMA_API_TOKEN" in reply.json()["hint"]


def test_with_a_token_all_must_send_it(serve: Callable[..., Any]) -> None:
    """Any name and any address will do then; how to call is public, the lab is not."""
    with serve(token=TOKEN, per_minute=0) as url, httpx.Client(base_url=f"{url}/api") as api:
        right = {"Authorization": f"Bearer {TOKEN}", "Host": "lab.example"}
        bare = api.get("/shelves/blue")

        assert (bare.status_code, bare.headers["www-authenticate"]) == (401, "Bearer")
        for wrong in (f"Bearer {TOKEN[:-1]}", TOKEN, "Bearer é"):
            headers = {"Authorization": wrong.encode()}
            assert api.get("/shelves/blue", headers=headers).status_code == 401
        assert api.get("/shelves/blue", headers=right).status_code == 200
        assert api.get("/shelves/blue", headers=right | {"Origin": "http://x"}).status_code == 403
        assert api.get("/openapi.json").status_code == 200
        assert api.get("/jobs").status_code == 401


def test_a_large_body_is_refused(serve: Callable[..., Any]) -> None:
    """Whether its length is announced or not."""
    with serve(body_bytes=100, per_minute=0) as url:
        body = json.dumps({"shelf": "a" * 200}).encode()
        kind = {"Content-Type": "application/json"}

        for content in (body, iter([body[:90], body[90:]])):
            reply = httpx.post(f"{url}/api/shelves", content=content, headers=kind)
            assert (reply.status_code, reply.json()["error"]) == (413, "too_large")


def test_too_many_requests_are_told_when_to_come_back(serve: Callable[..., Any]) -> None:
    with serve(per_minute=30) as url, httpx.Client() as client:
        codes = [client.get(f"{url}/api/shelves/blue").status_code for _ in range(3)]
        last = client.get(f"{url}/api/shelves/blue")

        assert codes == [200, 200, 200]
        assert (last.status_code, last.headers["retry-after"]) == (429, "2")


# ---- its own description ------------------------------------------------------------------------


def test_the_description_has_every_field_and_answer(api: httpx.Client) -> None:
    made = api.get("/openapi.json").json()
    get = made["paths"]["/shelves/{shelf}"]["get"]
    post = made["paths"]["/work"]["post"]
    nouns = made["components"]["schemas"]

    assert made["servers"] == [{"url": "/api"}]
    assert [p["name"] for p in get["parameters"]] == ["shelf", "limit", "hours", "since"]
    assert get["parameters"][1]["description"] == "How many to show at most."
    assert get["summary"] == "Look on a shelf."
    assert post["requestBody"]["content"]["application/json"]["schema"]["$ref"].endswith("/Find")
    assert [p["name"] for p in post["parameters"]] == ["wait"]
    assert {"200", "202", "404", "422", "500"} <= post["responses"].keys()
    assert {"Find", "Found", "Rule", "Started", "Job", "Error"} <= nouns.keys()
    assert set(nouns["Found"]["properties"]) == {"shelf", "hours", "return", "rule"}
    assert nouns["Find"]["properties"]["limit"]["maximum"] == 100


def test_every_reference_leads_somewhere(api: httpx.Client) -> None:
    made = api.get("/openapi.json").json()

    def refs(node: Any) -> Iterator[str]:
        if isinstance(node, dict):
            yield from ([node["$ref"]] if "$ref" in node else [])
            node = list(node.values())
        if isinstance(node, list):
            for each in node:
                yield from refs(each)

    found = set(refs(made))
    assert found
    for ref in found:
        place: Any = made
        for part in ref.removeprefix("#/").split("/"):
            place = place[part]


def test_the_page_for_people_asks_no_other_host(api: httpx.Client) -> None:
    reply = api.get("/docs")

    assert reply.headers["content-type"].startswith("text/html")
    assert "Look on a shelf." in reply.text
    assert "<script" not in reply.text
    assert "//" not in reply.text.replace("http://localhost:8501", "")


def test_every_verb_of_the_lab_is_described() -> None:
    from sigma_core.api._document import document

    made = document(VERBS)
    listed = {(v.route[0].lower(), v.route[1]) for v in VERBS if v.route is not None}

    assert listed <= {(m, path) for path, methods in made["paths"].items() for m in methods}
