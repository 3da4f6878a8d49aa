"""The gateway's HTTP protocol: patient, and with an answer's head and body in one write.

uvicorn writes them one after the other, and uvloop makes a system call and a packet of each: a
sixth of what a heartbeat costs. `--http metafleet.hub.gateway.protocol:Protocol`.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any, ClassVar
from weakref import ref

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

from metafleet.hub.gateway.http import WHOLE
from metafleet.hub.kernel.patience import Patient


class Joined:
    """A transport whose writes of one turn of the loop leave together, at its end."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._held: list[bytes] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def is_closing(self) -> bool:
        # Asked with each request.
        return self._transport.is_closing()

    def write(self, data: bytes) -> None:
        if not self._held:
            self._loop.call_soon(self._flush)
        self._held.append(data)

    def write_whole(self, data: bytes) -> None:
        """Write what nothing will be joined to."""
        self._flush()
        self._transport.write(data)

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

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        # The application is called in a later turn of the loop.
        if self.cycle is not None and self.cycle.scope is self.scope:
            # Weakly: else the two would hold each other until the collector comes.
            whole: Any = partial(_answer, ref(self.cycle))
            self.scope["extensions"] = {WHOLE: whole}


def _answer(of: ref[RequestResponseCycle], status: int, head: bytes, body: bytes) -> bool:
    """Answer in one go, without the general case's look at each header: `head` is our own.

    Return False where it is no plain answer on a connection that is kept: uvicorn knows what to do.
    """
    cycle = of()
    if (
        cycle is None
        or not cycle.keep_alive
        or cycle.response_started
        or cycle.disconnected
        or cycle.flow.write_paused
        or cycle.scope["method"] == "HEAD"
    ):
        return False
    cycle.response_started = cycle.response_complete = True
    cycle.waiting_for_100_continue = False
    before = b"".join([b"%b: %b\r\n" % header for header in cycle.default_headers])
    whole = b"%b%b%b\r\n%b" % (STATUS_LINE[status], before, head, body)
    transport: Any = cycle.transport
    transport.write_whole(whole)
    cycle.message_event.set()
    cycle.on_response()
    return True
