"""Around every endpoint: a request id, refusals as problem documents, one log line."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from metafleet.hub.gateway import replies
from metafleet.hub.gateway.body import decode, read_body
from metafleet.hub.gateway.callers import Caller, check_terminal
from metafleet.hub.gateway.gateway import Gateway
from metafleet.hub.kernel import clock
from metafleet.hub.kernel.errors import Refused

_log = logging.getLogger("metafleet.gateway")

Endpoint = Callable[[Gateway, Request], Awaitable[Response]]


class _Claims(msgspec.Struct, frozen=True, rename="camel"):
    """Who a body says that it comes from."""

    terminal_id: str | None = None
    auth_token: str | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """A request that was let in. `now`: when it arrived."""

    caller: Caller
    body: bytes
    now: datetime


def answered(endpoint: Endpoint) -> Callable[[Request], Awaitable[Response]]:
    """Wrap an endpoint so that whatever happens in it becomes one reply and one line in the log."""

    async def answer(request: Request) -> Response:
        request_id = secrets.token_hex(8)
        began_s = time.perf_counter()
        detail = ""
        try:
            response = await endpoint(request.app.state.gateway, request)
        except Refused as refused:
            response, detail = replies.refusal(refused, request_id), refused.detail
        except Exception:  # noqa: BLE001 - the last stop: a sender gets an answer, and the log the reason
            _log.exception("id=%s %s %s failed", request_id, request.method, request.url.path)
            response = replies.problem(500, "The hub made a mistake; it is in its log.", request_id)
        response.headers["X-Request-Id"] = request_id
        _note(request, response.status_code, request_id, time.perf_counter() - began_s, detail)
        return response

    return answer


async def unknown(_request: Request, error: Exception) -> Response:
    """Answer for an address or a method that does not exist here."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    request_id = secrets.token_hex(8)
    response = replies.problem(status, "There is no such address or method here.", request_id)
    response.headers["X-Request-Id"] = request_id
    return response


async def admit(gateway: Gateway, request: Request, kind: str) -> Call:
    """Return the call of a terminal that may speak, and speak now.

    The token comes as a bearer, or else as authToken in the body.
    Raises Unauthorised, Throttled, TooLarge, Malformed.
    """
    now = clock.now()
    token = _bearer(request)
    body = await read_body(request)
    caller = await gateway.callers.identify(token, now) if token else None
    claims = decode(body, _Claims) if request.method == "POST" else _Claims()
    if caller is None:
        caller = await gateway.callers.identify(claims.auth_token, now)
    check_terminal(caller, claims.terminal_id)
    request.state.terminal = caller.slot.terminal_id
    bucket = f"hosted.{kind}" if caller.slot.instance_id else kind
    await gateway.limiter.spend(bucket, str(caller.slot.terminal_id))
    return Call(caller, body, now)


def _bearer(request: Request) -> str | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def _note(request: Request, status: int, request_id: str, took_s: float, detail: str) -> None:
    level = logging.DEBUG if status < 400 else logging.WARNING if status >= 500 else logging.INFO
    if _log.isEnabledFor(level):
        terminal = getattr(request.state, "terminal", "-")
        took_ms = took_s * 1000
        _log.log(
            level,
            "id=%s %s %s %d %.1f ms terminal=%s %s",
            *(request_id, request.method, request.url.path, status, took_ms, terminal, detail),
        )
