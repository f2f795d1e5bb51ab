"""What goes back over HTTP: JSON, and errors as `{error, message, hint}`."""

import json
from collections.abc import Mapping
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sigma_core.errors import (
    BadRequest,
    Cancelled,
    Damaged,
    QualityError,
    SigmaError,
    UnknownName,
    meant,
)

STATUS: Mapping[type[SigmaError], int] = {
    UnknownName: 404,
    BadRequest: 422,
    QualityError: 422,
    Cancelled: 409,
    Damaged: 500,
    SigmaError: 422,
}
"""HTTP status of each error a caller can act on."""

STATUS_OF_CODE = {error.code: status for error, status in STATUS.items()}


class Answer(JSONResponse):
    """JSON that is never NaN, and that holds any text a caller may have sent."""

    def render(self, content: Any) -> bytes:
        text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return text.encode("utf-8", "backslashreplace")  # half a surrogate pair: `\\ud800`


def problem(
    status: int, code: str, message: str, hint: str = "", headers: Mapping[str, str] | None = None
) -> Answer:
    """An error as every route answers it."""
    body = {"error": code, "message": message, "hint": hint}
    return Answer(body, status, headers=dict(headers or {}))


def refused(_request: Request, error: Exception) -> Response:
    """What the caller can mend, with the status of its class."""
    if not isinstance(error, SigmaError):
        raise error
    status = next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
    return problem(status, error.code, str(error), error.hint)


def missed(request: Request, error: Exception) -> Response:
    """No such route, or not by this method."""
    if not isinstance(error, HTTPException):
        raise error
    asked = f"{request.method} {_path(request)}"
    if error.status_code == 405:
        allowed = (error.headers or {}).get("Allow", "")
        hint = f"Use {allowed}." if allowed else ""
        return problem(405, "method", f"{asked} is not possible.", hint, error.headers)
    if error.status_code == 404:
        routes = [route.path for route in request.app.routes if isinstance(route, Route)]
        hint = f"{meant(_path(request), routes)} See /docs for all routes.".strip()
        return problem(404, "unknown_route", f"There is no {asked}.", hint)
    return problem(error.status_code, "http", error.detail, headers=error.headers)


def broken(_request: Request, error: Exception) -> Response:
    """A bug: the server's log has the traceback, the caller its name."""
    name = type(error).__name__
    return problem(
        500, "internal", f"The lab broke on this ({name}).", "The server's log says where."
    )


def _path(request: Request) -> str:
    """The path inside the API, wherever it is mounted."""
    root: str = request.scope.get("root_path", "")
    return request.url.path.removeprefix(root)
