"""A body that is too large is refused while it comes in, before anything of it is written anywhere."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from metafleet.hub.console.uploads import Uploads

MIB = 1024 * 1024
IMPORTS = f"/api/accounts/{UUID(int=7)}/imports"
PICTURES = f"/api/trades/{UUID(int=7)}/screenshots"


class Kept:
    """Keeps what it is sent, as Django does."""

    def __init__(self) -> None:
        self.size = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        more = True
        while more:
            message = await receive()
            self.size += len(message.get("body", b""))
            more = message.get("more_body", False)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})


async def pieces(size: int) -> AsyncIterator[bytes]:
    """No length is announced of these."""
    for start in range(0, size, MIB // 4):
        yield b"x" * min(MIB // 4, size - start)


@pytest.mark.parametrize(
    ("address", "most"),
    [("/api/me", MIB), ("/", MIB), (IMPORTS, 10 * MIB + 65536), (PICTURES, 3 * MIB + 65536)],
)
@pytest.mark.parametrize("is_announced", [True, False])
async def test_a_body_has_as_much_as_its_address_takes(address: str, most: int, is_announced: bool) -> None:
    for size, status in ((most, 200), (most + 1, 413)):
        kept = Kept()
        transport = httpx.ASGITransport(app=Uploads(kept))
        body: Any = b"x" * size if is_announced else pieces(size)
        async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
            answer = await client.post(address, content=body)
        assert answer.status_code == status
        assert kept.size <= (0 if status == 413 and is_announced else most)
        if status == 413:
            said = answer.json()
            assert "may have at most" in said["detail"]
            assert said["instance"] == answer.headers["x-request-id"]


@pytest.mark.parametrize("length", ["-1", "x", "9" * 30])
async def test_a_length_that_is_none_is_refused(length: str) -> None:
    transport = httpx.ASGITransport(app=Uploads(Kept()))
    async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
        answer = await client.post("/api/me", content=b"x", headers={"Content-Length": length})
    assert answer.status_code == 413
