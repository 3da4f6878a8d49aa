"""uvicorn's HTTP protocol, with an end to how long and how much it waits for.

uvicorn itself waits for ever for the rest of a request and for its answer to be read, and keeps a head of
any length: a few hundred connections that say a byte a minute are then all that a process has room for.
"""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import ClassVar, Final

import msgspec
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST_HEAD_BYTES: Final = 64 * 1024
"""Request line and headers. What arrives in one piece is counted once it is not the last piece of them."""


class Patient(HttpToolsProtocol):
    """Answers 408 to a request that does not come to its end in time, 431 to a head without end.

    Each limit is in seconds: from a request's first byte (or the connection) to the end of its head; from
    there to the end of its body; and for a full buffer of an answer to be read by who asked for it.
    """

    head_s: ClassVar[float] = 15.0
    body_s: ClassVar[float] = 120.0
    """10 MiB by a line of 1 Mbit/s."""
    unread_s: ClassVar[float] = 60.0

    _timer: asyncio.TimerHandle | None = None
    _unread: asyncio.TimerHandle | None = None
    _is_owed = False
    _is_headed = False
    _waits_for_body = False
    _head_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._timer = self.loop.call_later(self.head_s, self._give_up)

    def connection_lost(self, exc: Exception | None) -> None:
        self._end_wait()
        self._end_unread()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        # Nearly every request is here in one piece: then its end has been seen below, and no timer is made.
        self._is_owed = True
        super().data_received(data)
        if not self._is_owed:
            return
        if self._is_headed:
            if not self._waits_for_body:
                self._end_wait()
                self._waits_for_body = True
                self._timer = self.loop.call_later(self.body_s, self._give_up)
            return
        self._head_bytes += len(data)
        if self._head_bytes > MOST_HEAD_BYTES:
            self._refuse(431, f"The request line and the headers have at most {MOST_HEAD_BYTES} bytes.")
        elif self._timer is None:
            self._timer = self.loop.call_later(self.head_s, self._give_up)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._is_owed, self._is_headed, self._head_bytes = True, False, 0

    def on_headers_complete(self) -> None:
        self._is_headed = True
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._is_owed = self._is_headed = False
        self._end_wait()
        super().on_message_complete()

    def handle_websocket_upgrade(self) -> None:
        self._is_owed = False
        self._end_wait()
        super().handle_websocket_upgrade()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._unread = self.loop.call_later(self.unread_s, self.transport.abort)

    def resume_writing(self) -> None:
        self._end_unread()
        super().resume_writing()

    def _give_up(self) -> None:
        self._timer = None
        patience_s = self.body_s if self._is_headed else self.head_s
        self._refuse(408, f"The request took longer than {patience_s:g} seconds. Send it again.")

    def _refuse(self, status: int, detail: str) -> None:
        """Answer, where this request or the one before it has not begun to be answered, and hang up."""
        if self.transport.is_closing():
            return
        cycle = self.cycle
        is_free = not cycle.response_started if self._is_headed else cycle is None or cycle.response_complete
        if self._is_owed and is_free:
            self.transport.write(_answer(status, detail))
        if cycle is not None:
            cycle.disconnected = True
            cycle.message_event.set()
        self.transport.close()

    def _end_wait(self) -> None:
        self._waits_for_body = False
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _end_unread(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None


def _answer(status: int, detail: str) -> bytes:
    phrase = HTTPStatus(status).phrase
    body = msgspec.json.encode({"type": "about:blank", "title": phrase, "status": status, "detail": detail})
    head = (
        f"HTTP/1.1 {status} {phrase}\r\ncontent-type: application/problem+json\r\n"
        f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
    )
    return head.encode() + body
