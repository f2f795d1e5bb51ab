"""Who may call, how much, and how often.

Without SIGMA_API_TOKEN only this machine is answered, and only under its own name: a page of
another site that points a name of its own at 127.0.0.1 is turned away by the Host check, a form
of another site by the Origin check. With a token anyone who sends it is answered, and nobody else,
not even this machine: behind a proxy every caller looks local.
"""

import hmac
import os
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sigma_core.api._answers import problem
from sigma_core.errors import BadRequest, in_line

PUBLIC = ("/docs", "/openapi.json")
"""What says nothing about this lab, only how to call one."""
FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip")
CALLERS_KEPT = 1024


@dataclass(frozen=True)
class Limits:
    """What a caller may ask of the API."""

    token: str = ""
    """Empty: only this machine is answered."""
    per_minute: int = 1200
    """Requests of one address; 0 for no limit. A tenth of them may come at once."""
    body_bytes: int = 1_000_000

    @classmethod
    def here(cls) -> "Limits":
        """From SIGMA_API_TOKEN and SIGMA_API_RATE. Raises BadRequest if the rate is no number."""
        rate = os.environ.get("SIGMA_API_RATE", str(cls.per_minute))
        if not rate.isdecimal():
            raise BadRequest(
                f"SIGMA_API_RATE is {rate!r}.", hint="Give requests per minute; 0 for no limit."
            )
        return cls(token=os.environ.get("SIGMA_API_TOKEN", ""), per_minute=int(rate))


class Guard:
    """ASGI middleware that turns away what should not reach a verb."""

    def __init__(
        self, app: ASGIApp, *, limits: Limits, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._app = app
        self._limits = limits
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        refusal = self._refusal(scope, Headers(scope=scope))
        if refusal is not None:
            return await refusal(scope, receive, send)
        body = _Body(receive, self._limits.body_bytes)
        try:
            await self._app(scope, body.receive, send)
        except _TooLarge:
            await _too_large(self._limits.body_bytes)(scope, receive, send)

    def _refusal(self, scope: Scope, headers: Headers) -> Response | None:
        return self._hurried(scope) or self._foreign(scope, headers) or self._unfit(scope, headers)

    def _hurried(self, scope: Scope) -> Response | None:
        """Too many requests: a bucket of tokens for each address, refilled steadily."""
        per_second = self._limits.per_minute / 60
        if not per_second:
            return None
        who, now, full = _address(scope), self._clock(), max(1.0, 6 * per_second)
        left, since = self._buckets.pop(who, (full, now))
        left = min(full, left + (now - since) * per_second)
        self._buckets[who] = (left - 1 if left >= 1 else left, now)
        if len(self._buckets) > CALLERS_KEPT:
            self._buckets.popitem(last=False)
        if left >= 1:
            return None
        wait = {"Retry-After": str(max(1, round((1 - left) / per_second)))}
        hint = f"At most {self._limits.per_minute} a minute; SIGMA_API_RATE sets it."
        return problem(429, "too_many", "Too many requests from this address.", hint, wait)

    def _foreign(self, scope: Scope, headers: Headers) -> Response | None:
        """A caller from elsewhere, or a page of another site."""
        host, origin = headers.get("host", ""), headers.get("origin")
        if origin is not None and urlsplit(origin).netloc != host:
            return problem(403, "forbidden", f"Origin {origin!r} is not this server.")
        if self._limits.token:
            return None if _inner_path(scope) in PUBLIC else self._without_token(headers)
        if not _is_local(_address(scope)) or any(name in headers for name in FORWARDED):
            hint = "Set SIGMA_API_TOKEN on the server and send it as a bearer token."
            return problem(403, "forbidden", "Only this machine is answered.", hint)
        if not _is_local(urlsplit(f"//{host}").hostname or ""):
            hint = "Call it as localhost or 127.0.0.1, or set SIGMA_API_TOKEN on the server."
            return problem(403, "forbidden", f"Host {host!r} is not this machine.", hint)
        return None

    def _without_token(self, headers: Headers) -> Response | None:
        given = headers.get("authorization", "").encode()
        if hmac.compare_digest(given, f"Bearer {self._limits.token}".encode()):
            return None
        hint = "Send the header: Authorization: Bearer <SIGMA_API_TOKEN of the server>."
        how = {"WWW-Authenticate": "Bearer"}
        return problem(401, "unauthorized", "The token is missing or wrong.", hint, how)

    def _unfit(self, scope: Scope, headers: Headers) -> Response | None:
        """A body that is too large, or not said to be JSON."""
        length = headers.get("content-length", "0")
        if length.isdecimal() and int(length[:20]) > self._limits.body_bytes:
            return _too_large(self._limits.body_bytes)
        kind = headers.get("content-type", "").split(";")[0].strip().lower()
        has_body = length != "0" or "transfer-encoding" in headers
        if scope["method"] == "POST" and has_body and kind != "application/json":
            hint = "Send the header: Content-Type: application/json."
            return problem(415, "media_type", f"Content-Type is {kind!r}.", hint)
        return None


class Names:
    """ASGI middleware that answers names which would be paths (`..`, a NUL) as the API answers all
    else: the dashboard's own server, which comes after it, has two bare words for them.
    """

    def __init__(self, app: ASGIApp, *, under: str) -> None:
        self._app = app
        self._under = f"{under}/"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        strange = ".." in path.replace("\\", "/").split("/") or "\x00" in path
        answer = self._app
        if scope["type"] == "http" and path.startswith(self._under) and strange:
            asked = f"{scope['method']} {in_line(path.removeprefix(self._under[:-1]))}"
            hint = "Names have no .. and no control sign in them. See /docs for all routes."
            answer = problem(404, "unknown_route", f"There is no {asked}.", hint)
        await answer(scope, receive, send)


class _TooLarge(Exception):
    """More was sent than was announced."""


class _Body:
    """Counts a body as it comes: its length need not have been announced."""

    def __init__(self, receive: Receive, limit: int) -> None:
        self._receive = receive
        self._left = limit

    async def receive(self) -> Message:
        message = await self._receive()
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            raise _TooLarge
        return message


def _too_large(limit: int) -> Response:
    says = f"The body is larger than {limit:,} bytes."
    return problem(413, "too_large", says, "Send less; long lists belong into a file of the pack.")


def _address(scope: Scope) -> str:
    client = scope.get("client")
    return client[0] if client else ""


def _is_local(name: str) -> bool:
    if name == "localhost":
        return True
    try:
        address = ip_address(name)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def _inner_path(scope: Scope) -> str:
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", ""))
