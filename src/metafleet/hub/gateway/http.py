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


class Request:
    """One HTTP request. `id`: as its reply and the log name it. `path_end`: what the route's prefix left
    over; terminal and tenant: once known."""

    __slots__ = ("_receive", "id", "method", "path", "path_end", "scope", "tenant_id", "terminal_id")

    def __init__(self, scope: Scope, receive: Receive, id: str) -> None:  # noqa: A002 - what it is
        self.id = id
        self.scope = scope
        self._receive = receive
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.path_end = ""
        self.terminal_id: UUID | None = None
        self.tenant_id: UUID | None = None

    def header(self, name: bytes) -> bytes:
        """Return the header's value, empty where there is none. `name` in lower case."""
        for key, value in self.scope["headers"]:
            if key == name:
                return bytes(value)
        return b""

    def query(self, name: str) -> str | None:
        """Return the first value of a query parameter."""
        for key, value in parse_qsl(self.scope["query_string"].decode("latin-1"), keep_blank_values=True):
            if key == name:
                return str(value)
        return None

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

    async def receive(self) -> Message:
        return await self._receive()


class Response:
    """A whole answer; `headers` beside type and length."""

    __slots__ = ("body", "content_type", "headers", "status")

    def __init__(self, body: bytes, *, status: int = 200, content_type: bytes = JSON) -> None:
        self.body = body
        self.status = status
        self.content_type = content_type
        self.headers: list[tuple[bytes, bytes]] = []

    async def send(self, send: Send, request_id: str) -> None:
        headers = [
            (b"content-type", self.content_type),
            (b"content-length", b"%d" % len(self.body)),
            (b"x-request-id", request_id.encode()),
            *_ALWAYS,
        ]
        headers += self.headers
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self.body})
