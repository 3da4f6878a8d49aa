"""The gateway's HTTP protocol: patient, and with an answer's head and body in one write.

uvicorn writes them one after the other, and uvloop makes a system call and a packet of each: a
sixth of what a heartbeat costs. `--http metafleet.hub.gateway.protocol:Protocol`.
"""

from __future__ import annotations

import asyncio
from typing import Any, ClassVar

from metafleet.hub.kernel.patience import Patient


class Joined:
    """A transport whose writes of one turn of the loop leave together, at its end."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._held: list[bytes] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        if not self._held:
            self._loop.call_soon(self._flush)
        self._held.append(data)

    def close(self) -> None:
        """Let go of the connection, after what was written."""
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        if self._held:
            data, self._held = b"".join(self._held), []
            self._transport.write(data)


class Protocol(Patient):
    body_s: ClassVar[float] = 20.0
    """Of 1 MiB at most."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(Joined(transport, self.loop))  # type: ignore[arg-type]
