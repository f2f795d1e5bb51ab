"""HTTP: routes, jobs, errors in words."""

from typing import Any

import httpx
import pytest

from tests.api.conftest import Desk

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
        b'{"shelf": "a", "shelf": "b"}',  # which of the two?
    ],
)
def test_what_is_not_json_is_refused(api: httpx.Client, raw: bytes) -> None:
    reply = api.post("/shelves", content=raw, headers={"Content-Type": "application/json"})

    assert (reply.status_code, reply.json()["error"]) == (422, "bad_request")
