"""A request and a response, as much of them as the gateway needs: no framework on the hot path."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from ipaddress import IPv4Address, ip_address, ip_network
from typing import Any, Final
from urllib.parse import parse_qsl
from uuid import UUID

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

JSON: Final = b"application/json"
PROBLEM: Final = b"application/problem+json"
_IPV6_PREFIX: Final = 64
_ALWAYS: Final = ((b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff"))
"""Answers carry tokens and passwords."""
_HEAD: Final = b"content-type: %b\r\ncontent-length: %d\r\nx-request-id: %b\r\n" + b"".join(
    b"%b: %b\r\n" % header for header in _ALWAYS
)
Whole = Callable[[int, bytes, bytes], bool]
"""(status, lines of the head, body) → whether the answer was taken."""
WHOLE: Final = "metafleet.whole"
"""The server's extension, a `Whole`."""
_NONE: Final[dict[str, Any]] = {}


class Request:
    """One HTTP request. `id`: as its reply and the log name it. `path_end`: what the route's prefix left
    over; terminal and tenant: once known."""

    __slots__ = (
        *("_headers", "id", "method", "path", "path_end", "receive", "scope", "tenant_id", "terminal_id"),
    )

    def __init__(self, scope: Scope, receive: Receive, id: str) -> None:  # noqa: A002 - what it is
        self.id = id
        self.scope = scope
        self.receive = receive
        self._headers: dict[bytes, bytes] | None = None
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.path_end = ""
        self.terminal_id: UUID | None = None
        self.tenant_id: UUID | None = None

    def header(self, name: bytes) -> bytes:
        """Return the header's value, empty where there is none. `name` in lower case."""
        if self._headers is None:
            # Of two with one name the first counts.
            self._headers = dict(reversed(self.scope["headers"]))
        return self._headers.get(name, b"")

    @property
    def peer(self) -> str:
        """The other side's address, as it is or as a trusted proxy tells it."""
        client = self.scope.get("client")
        return str(client[0]) if client else "unknown"

    @property
    def address(self) -> str:
        """Whom limits by address are for. Who has one address of IPv6 has a whole network of them."""
        try:
            found = ip_address(self.peer)
        except ValueError:
            return self.peer
        if isinstance(found, IPv4Address):
            return str(found)
        return str(found.ipv4_mapped or ip_network((found.packed, _IPV6_PREFIX), strict=False))


def query(scope: Scope, name: str) -> str | None:
    """Return the first value of a query parameter."""
    for key, value in parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True):
        if key == name:
            return str(value)
    return None


class Response:
    """A whole answer; `headers` beside type and length."""

    __slots__ = ("body", "content_type", "headers", "status")

    def __init__(self, body: bytes, *, status: int = 200, content_type: bytes = JSON) -> None:
        self.body = body
        self.status = status
        self.content_type = content_type
        self.headers: list[tuple[bytes, bytes]] = []

    def write(self, whole: Whole, request_id: str) -> bool:
        """Answer in one piece; return whether the server took it so."""
        if self.headers:
            return False
        head = _HEAD % (self.content_type, len(self.body), request_id.encode())
        return whole(self.status, head, self.body)

    async def send(self, send: Send, request: Request) -> None:
        """Answer the request, in one piece where the server takes it so: a heartbeat is little more."""
        whole = request.scope.get("extensions", _NONE).get(WHOLE)
        if whole is None or not self.write(whole, request.id):
            await self.send_in_pieces(send, request.id)

    async def send_in_pieces(self, send: Send, request_id: str) -> None:
        headers = [
            (b"content-type", self.content_type),
            (b"content-length", b"%d" % len(self.body)),
            (b"x-request-id", request_id.encode()),
            *_ALWAYS,
        ]
        headers += self.headers
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self.body})


Answer = Callable[[Response, str], None]
"""Takes a whole answer and its request's id, once, at any time."""
Leave = Callable[[], None]
"""Says, at any time, that the sender of a request has gone."""
Quick = Callable[[Scope, bytes, Answer], Leave | None]
"""(scope, body, where the answer goes) → whom to tell when the sender leaves; None, and nothing was done,
for a request that is to have a task of its own."""
