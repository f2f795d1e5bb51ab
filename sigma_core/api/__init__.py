"""The HTTP face: one route for each verb, generated from the registry.

`GET` reads a verb's fields from path and query, `POST` from a JSON body. A slow verb answers 202
with a job; `?wait=60` waits that many seconds for its result. What a verb says here is what it
says in a shell: both come from `parse`, the verb, and `plain`.
"""

from collections.abc import Callable, Iterable
from typing import Any

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from sigma_core.api._answers import Answer, broken, missed, refused
from sigma_core.api._calls import Desk, call, cancelled, job, recent
from sigma_core.api._docs import page
from sigma_core.api._document import document
from sigma_core.api._guard import Guard, Limits, Names
from sigma_core.errors import SigmaError
from sigma_core.lab import Lab
from sigma_core.verbs import VERBS, Verb

__all__ = ["Desk", "Limits", "Names", "create"]


def create(
    lab: Callable[[], Lab],
    *,
    desk: Desk,
    verbs: Iterable[Verb] = VERBS,
    limits: Limits | None = None,
) -> FastAPI:
    """The API of a lab, ready to be mounted at `/api`.

    `lab` is called for each request; `desk` starts and follows jobs. `limits` come from the
    environment if none are given.
    """
    # FastAPI's own schema and pages are off: it would read answers from signatures that generated
    # routes do not have, and its pages load scripts from another host.
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    listed = [verb for verb in verbs if verb.route is not None]
    for verb in listed:
        method, path = verb.route or ("", "")
        app.add_api_route(path, call(verb, lab, desk), methods=[method], name=verb.name)
    app.add_api_route("/jobs", recent(lab, desk), methods=["GET"])
    app.add_api_route("/jobs/{job_id}", job(lab, desk), methods=["GET"])
    app.add_api_route("/jobs/{job_id}/cancel", cancelled(lab, desk), methods=["POST"])
    _describe(app, listed)
    _tell_errors(app)
    app.add_middleware(Guard, limits=limits or Limits.here())
    return app


def _describe(app: FastAPI, verbs: list[Verb]) -> None:
    made: dict[str, Any] = {}

    def described(request: Request) -> dict[str, Any]:
        if not made:
            made.update(document(verbs))
        return made | {"servers": [{"url": request.scope.get("root_path") or "/"}]}

    def openapi(request: Request) -> Response:
        return Answer(described(request))

    def docs(request: Request) -> Response:
        return HTMLResponse(page(described(request)))

    app.add_api_route("/openapi.json", openapi, methods=["GET"])
    for path in ("/", "/docs"):
        app.add_api_route(path, docs, methods=["GET"])


def _tell_errors(app: FastAPI) -> None:
    app.add_exception_handler(SigmaError, refused)
    app.add_exception_handler(HTTPException, missed)
    app.add_exception_handler(Exception, broken)
