"""How much a request may carry: 1 MiB, and a file where an address takes one."""

from __future__ import annotations

import re
import secrets
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from metafleet.hub.console.schemas import Problem

_MIB: Final = 1024 * 1024
_AROUND: Final = 64 * 1024
"""Bytes that a form has around its file."""
_TAKES: Final = (
    (re.compile(r"/api/accounts/[0-9a-f-]{36}/imports"), 10),
    (re.compile(r"/api/trades/[0-9a-f-]{36}/screenshots"), 3),
    (re.compile(r"/api/models"), 8),
)
"""Addresses, and the most MiB of the file that each takes."""


class TooMuch(Exception):
    """More of a body came than its address takes."""


class Uploads:
    """Refuses what is too large before it is kept.

    Django writes a body to the disk, all of it, before it looks at the address or at who asks.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the request, or answer 413."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most, detail = _limit(scope["path"])
        if _announced(scope) > most:
            await _refuse(send, detail)
            return
        received = 0

        async def receive_some() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > most:
                raise TooMuch
            return message

        try:
            await self._app(scope, receive_some, send)
        except TooMuch:
            await _refuse(send, detail)


def _limit(path: str) -> tuple[int, str]:
    """Return the most bytes of a body, and what is said of more."""
    for address, mebibytes in _TAKES:
        if address.fullmatch(path):
            return mebibytes * _MIB + _AROUND, f"The file may have at most {mebibytes} MiB."
    return _MIB, "A request may have at most 1 MiB."


def _announced(scope: Scope) -> int:
    length = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
    return int(length) if length.isdigit() and len(length) < 20 else 2**63


async def _refuse(send: Send, detail: str) -> None:
    request_id = secrets.token_hex(8)
    said = Problem(title="Content Too Large", status=413, detail=detail, instance=request_id, errors=[])
    headers = [
        (b"content-type", b"application/problem+json"),
        (b"x-content-type-options", b"nosniff"),
        (b"x-request-id", request_id.encode()),
        (b"connection", b"close"),  # the rest is not read
    ]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": said.model_dump_json(by_alias=True).encode()})
