"""What a program has beside its terminal: clocks, files, a timer, the web. Each can be made to fail.

A file is on the disk only once it was flushed or closed; when the power goes, what was written last may be
there in part, as a real disk may leave it.
"""

from __future__ import annotations

import hashlib
import http.client
import random
import re
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

FILE_READ, FILE_WRITE, FILE_REWRITE = 1, 2, 512
FILE_SHARE_READ, FILE_SHARE_WRITE = 128, 256
CANNOT_OPEN, NOT_EXIST, WRITE_FAILED, NOT_MOVED, BAD_HANDLE = 5004, 5019, 5026, 5020, 5008
NOT_ALLOWED: Final = {"mql5": 4014, "mql4": 4060}
INVALID_ADDRESS, NO_CONNECTION, TIMEOUT, REQUEST_FAILED = 5200, 5201, 5202, 5203

BEGIN_MSC: Final = 1_757_289_600_000
"""The clock's beginning: Monday, 8 September 2025, 00:00 UTC."""


class MqlError(Exception):
    """What GetLastError gives after the function has failed."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


@dataclass(slots=True)
class _Open:
    path: Path
    can_write: bool
    data: bytearray
    holder: object
    flags: int
    at: int = 0
    is_changed: bool = False


Asked = Callable[[str, str, bytes], tuple[int, bytes, bytes] | None]
Carry = Callable[[str, str, str, float, bytes], tuple[int, bytes, bytes]]


@dataclass(slots=True)
class Machine:
    """folder: where its files are. allowed: addresses of the terminal's list.

    server_offset_s: how far the server's clock is east of UTC. wrong_s: how far this machine's is ahead.
    last_tick_s: server time of the last tick, where TimeCurrent is that. carry: brings requests to the hub.

    web: asked before the real request goes out; what it returns (status, headers, body) is the answer then,
    and an OSError that it raises a broken connection. is_full: no byte more can be written. room: so many
    of a file can. The program is told only where tells_it_is_full: what is buffered is lost in silence.

    Several programs may share one, as a terminal's charts do: what one holds open is closed to the others.
    """

    folder: Path
    platform: str = "mql5"
    allowed: tuple[str, ...] = ()
    server_offset_s: Callable[[], int] = lambda: 0
    web: Asked | None = None
    carry: Carry = field(default_factory=lambda: carried)
    wrong_s: int = 0
    last_tick_s: Callable[[], int] | None = None
    is_full: bool = False
    tells_it_is_full: bool = True
    room: int | None = None
    seed: int = 1
    timer_ms: int = 0
    timer_at_msc: int = 0
    is_stopped: bool = False
    requests: list[tuple[str, str, bytes]] = field(default_factory=list)
    variables: dict[str, float] = field(default_factory=dict)
    _clock: list[int] = field(default_factory=lambda: [BEGIN_MSC])
    _files: dict[int, _Open] = field(default_factory=dict)
    _handles: int = 0
    _asking: object = None

    def beside(self, folder: Path) -> Machine:
        """Return another machine of the same time and web, with files of its own."""
        return replace(self, folder=folder, requests=[], variables={}, _files={})

    def now_msc(self) -> int:
        """UTC, milliseconds."""
        return self._clock[0]

    def advance_to(self, msc: int) -> None:
        self._clock[0] = max(self._clock[0], msc)

    def cut_power(self, holder: object) -> None:
        """Lose what a program did not flush; of the file that was being written some part may be there."""
        chance = random.Random(self.seed)
        for one in self._files.values():
            if one.holder is holder and one.is_changed and chance.random() < 0.5:
                one.path.write_bytes(bytes(one.data[: chance.randrange(len(one.data) + 1)]))
        self.let_go(holder)

    def holds(self, holder: object) -> list[str]:
        """Return the names of the files that a program has open."""
        return [one.path.name for one in self._files.values() if one.holder is holder]

    def let_go(self, holder: object) -> None:
        """Close the files of a program that has ended."""
        self._files = {handle: one for handle, one in self._files.items() if one.holder is not holder}

    def answer(self, name: str, arguments: list[str], holder: object = None) -> list[object] | None:
        """Return the answer to a program's question; None for one of the terminal's. Raises MqlError."""
        self._asking = holder
        handler = getattr(self, f"_{_snake(name)}", None)
        if handler is None:
            return None
        found = handler(*arguments)
        return found if isinstance(found, list) else [found]

    # Clocks and events

    def _time_trade_server(self) -> int:
        return self._clock[0] // 1000 + self.server_offset_s()

    def _time_current(self) -> int:
        return self.last_tick_s() if self.last_tick_s else self._time_trade_server()

    def _time_gmt(self) -> int:
        return self._clock[0] // 1000 + self.wrong_s

    _time_local = _time_gmt

    def _get_tick_count64(self) -> int:
        return self._clock[0] - BEGIN_MSC + 1_000_000

    def _sleep(self, ms: str) -> int:
        self._clock[0] += int(ms)
        return 1

    def _event_set_millisecond_timer(self, ms: str) -> int:
        self.timer_ms = int(ms)
        self.timer_at_msc = self._clock[0] + self.timer_ms
        return 1

    def _event_kill_timer(self) -> int:
        self.timer_ms = 0
        return 1

    def _is_stopped(self) -> int:
        return int(self.is_stopped)

    def _expert_remove(self) -> int:
        self.is_stopped = True
        return 1

    def _global_variable_check(self, name: str) -> int:
        return int(name in self.variables)

    def _global_variable_get(self, name: str) -> float:
        if name not in self.variables:
            raise MqlError(4501)
        return self.variables[name]

    def _global_variable_set(self, name: str, value: str) -> int:
        self.variables[name] = float(value)
        return self._time_current()

    def _sha256(self, data: str) -> bytes:
        return hashlib.sha256(data.encode("utf-8", "surrogateescape")).digest()

    # Files

    def _path(self, name: str) -> Path:
        path = (self.folder / name.replace("\\", "/")).resolve()
        if not path.is_relative_to(self.folder.resolve()):
            raise MqlError(5002)
        return path

    def _file_open(self, name: str, flags: str) -> int:
        path, wanted = self._path(name), int(flags)
        can_write = bool(wanted & FILE_WRITE)
        if not path.exists() and not can_write:
            raise MqlError(NOT_EXIST)
        if can_write and self.is_full and not path.exists():
            raise MqlError(CANNOT_OPEN)
        if any(one.path == path and _collide(one.flags, wanted) for one in self._files.values()):
            raise MqlError(CANNOT_OPEN)
        data = bytearray(path.read_bytes()) if path.exists() and wanted & FILE_READ else bytearray()
        self._handles += 1
        self._files[self._handles] = _Open(path, can_write, data, self._asking, wanted)
        if can_write and not wanted & FILE_READ:
            # Opened to be written alone, a file is empty from then on.
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"")
        return self._handles

    def _opened(self, handle: str) -> _Open:
        try:
            return self._files[int(handle)]
        except KeyError:
            raise MqlError(BAD_HANDLE) from None

    def _file_write(self, handle: str, data: str) -> int:
        one, come = self._opened(handle), data.encode("utf-8", "surrogateescape")
        if not one.can_write or (self.is_full and self.tells_it_is_full):
            raise MqlError(WRITE_FAILED)
        one.data[one.at : one.at + len(come)] = come
        one.at += len(come)
        one.is_changed = True
        return len(come)

    def _file_read(self, handle: str, count: str) -> bytes:
        one, most = self._opened(handle), int(count)
        end = len(one.data) if most < 0 else one.at + most
        found = bytes(one.data[one.at : end])
        one.at += len(found)
        return found

    def _file_seek(self, handle: str, offset: str, origin: str) -> int:
        one = self._opened(handle)
        one.at = (0, one.at, len(one.data))[int(origin)] + int(offset)
        return 1

    def _file_size(self, handle: str) -> int:
        return len(self._opened(handle).data)

    def _file_flush(self, handle: str) -> int:
        one = self._opened(handle)
        if one.is_changed:
            one.path.parent.mkdir(parents=True, exist_ok=True)
            one.path.write_bytes(bytes(one.data[: 0 if self.is_full else self.room]))
            one.is_changed = False
        return 1

    def _file_close(self, handle: str) -> int:
        self._file_flush(handle)
        del self._files[int(handle)]
        return 1

    def _file_is_exist(self, name: str, common: str) -> int:  # noqa: ARG002 - MQL's argument
        return int(self._path(name).is_file())

    def _file_delete(self, name: str, common: str) -> int:  # noqa: ARG002 - MQL's argument
        path = self._path(name)
        if not path.is_file():
            raise MqlError(NOT_EXIST)
        path.unlink()
        return 1

    def _file_move(self, source: str, common: str, target: str, flags: str) -> int:  # noqa: ARG002 - MQL's
        here, there = self._path(source), self._path(target)
        if not here.is_file() or (there.exists() and not int(flags) & FILE_REWRITE):
            raise MqlError(NOT_MOVED)
        here.replace(there)
        return 1

    def _folder_create(self, name: str, common: str) -> int:  # noqa: ARG002 - MQL's argument
        self._path(name).mkdir(parents=True, exist_ok=True)
        return 1

    # The web

    def _web_request(
        self, method: str, address: str, headers: str, timeout_ms: str, body: str
    ) -> list[object]:
        if not any(address.startswith(one) for one in self.allowed):
            raise MqlError(NOT_ALLOWED[self.platform])
        sent = body.encode("utf-8", "surrogateescape")
        self.requests.append((method, address, sent))
        try:
            made = self.web(method, address, sent) if self.web else None
            status, heads, came = made or self.carry(method, address, headers, int(timeout_ms) / 1000, sent)
        except TimeoutError:
            self._clock[0] += int(timeout_ms)
            raise MqlError(TIMEOUT) from None
        except (OSError, http.client.HTTPException):
            raise MqlError(NO_CONNECTION) from None
        return [status, heads, came]


def carried(
    method: str, address: str, headers: str, timeout_s: float, body: bytes
) -> tuple[int, bytes, bytes]:
    """Send a request; return status, headers and body of the answer. Raises OSError, HTTPException."""
    parts = urllib.parse.urlsplit(address)
    if parts.hostname is None:
        raise MqlError(INVALID_ADDRESS)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname, parts.port, timeout=timeout_s)
    try:
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        heads = dict(line.split(": ", 1) for line in headers.split("\r\n") if ": " in line)
        connection.request(method, path, body or None, heads)
        answer = connection.getresponse()
        came = answer.read()
        lines = "".join(f"{name}: {value}\r\n" for name, value in answer.getheaders())
        return answer.status, lines.encode("latin-1"), came
    finally:
        connection.close()


def _collide(held: int, wanted: int) -> bool:
    """Whether one of two that have a file open does something that the other does not share."""
    return any(
        one & does and not other & shares
        for one, other in ((held, wanted), (wanted, held))
        for does, shares in ((FILE_READ, FILE_SHARE_READ), (FILE_WRITE, FILE_SHARE_WRITE))
    )


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
