"""HTTP: who may call, how much, how often, and its own description."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from sigma_core.api import Names
from sigma_core.verbs import VERBS
from tests.api.conftest import TOKEN, serving

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


@pytest.mark.parametrize("path", ["/%2e%2e", "/x/..%2f..%2fetc", "/x/..%5c..%5cx", "/x/%00"])
def test_a_name_that_would_be_a_path_is_answered_as_all_else(path: str) -> None:
    """Whoever stands behind it, as the dashboard's server does, is not asked."""

    async def behind(_scope: Any, _receive: Any, _send: Any) -> None:
        raise AssertionError(path)

    with serving(Names(behind, under="/api")) as url:
        reply = httpx.get(f"{url}/api{path}")
    said = reply.json()
    assert (reply.status_code, said["error"]) == (404, "unknown_route")
    assert said["message"].startswith("There is no GET /")
    assert said["hint"]


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
