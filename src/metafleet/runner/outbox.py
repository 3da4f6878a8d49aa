"""A durable outbox: facts on their way to the hub, in one append-only file.

A line is `<crc32, 8 hex digits> <JSON>`, the JSON either an entry or the ids that are
done with. An entry is on the disk (fsync) before `append` returns. That ids are done
is written without a flush: losing it costs one more post, which the hub knows already.
A line torn by a crash is cut off on opening; one garbled in the middle is set aside.
"""

from __future__ import annotations

import os
import threading
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final, Literal

import msgspec

COMPACT_ABOVE_BYTES: Final = 256 * 1024
"""The file is rewritten when it is above this and more than three quarters of it is done with."""

_BINARY: Final = getattr(os, "O_BINARY", 0)
"""Of Windows, which would write each end of a line as two bytes without it."""

Kind = Literal["trades", "result", "candles"]


class Entry(msgspec.Struct, frozen=True):
    """One thing to deliver. `body` is JSON whose shape `delivery` knows by kind."""

    id: int
    kind: Kind
    body: msgspec.Raw


class _Line(msgspec.Struct, omit_defaults=True):
    entry: Entry | None = None
    done: Sequence[int] = ()


class _Rejected(msgspec.Struct):
    reason: str
    kind: str
    body: msgspec.Raw | str


class Outbox:
    """Entries in the order they came. Safe to use from several threads; one process at a time."""

    def __init__(self, path: Path) -> None:
        """Open the file, or make it (mode 0600). Raises OSError where it cannot be written."""
        self._path = path
        self._rejected_path = path.with_suffix(".rejected.jsonl")
        self._guard = threading.Lock()
        self._pending: dict[int, Entry] = {}
        self._next_id = 1
        path.parent.mkdir(parents=True, exist_ok=True)
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | _BINARY, 0o600)
        self._size = 0
        self._load()

    def append(self, kind: Kind, body: bytes) -> Entry:
        """Keep one thing for delivery; it is on the disk when this returns. Raises OSError."""
        with self._guard:
            entry = Entry(self._next_id, kind, msgspec.Raw(body))
            self._write(_frame(_Line(entry=entry)), flush=True)
            self._next_id += 1
            self._pending[entry.id] = entry
            return entry

    def pending(self, kind: Kind | None = None) -> list[Entry]:
        """What is not delivered yet, oldest first."""
        with self._guard:
            return [entry for entry in self._pending.values() if kind in {None, entry.kind}]

    def drop(self, ids: Iterable[int]) -> None:
        """Forget what has been delivered."""
        with self._guard:
            known = [entry_id for entry_id in ids if self._pending.pop(entry_id, None) is not None]
            if known:
                self._write(_frame(_Line(done=known)), flush=False)
                self._compact_if_wasteful()

    def set_aside(self, entry: Entry, reason: str) -> None:
        """Move what the hub will never take to the rejected file, with the reason."""
        with self._guard:
            self._reject(_Rejected(reason, entry.kind, entry.body))
        self.drop([entry.id])

    def close(self) -> None:
        """Close the file; what is pending stays in it."""
        with self._guard:
            os.close(self._fd)

    def _load(self) -> None:
        raw = self._path.read_bytes()
        end_of_good = raw.rfind(b"\n") + 1
        for text in raw[:end_of_good].splitlines():
            line = _unframe(text)
            if line is None:
                self._reject(
                    _Rejected("garbled in the outbox file", "unknown", text.decode("utf-8", "replace"))
                )
            else:
                self._replay(line)
        if end_of_good < len(raw):
            os.ftruncate(self._fd, end_of_good)
        self._size = end_of_good

    def _replay(self, line: _Line) -> None:
        if line.entry is not None:
            self._pending[line.entry.id] = line.entry
            self._next_id = max(self._next_id, line.entry.id + 1)
        for entry_id in line.done:
            self._pending.pop(entry_id, None)

    def _write(self, data: bytes, *, flush: bool) -> None:
        try:
            _write_whole(self._fd, data)
            if flush:
                os.fsync(self._fd)
        except OSError:
            os.ftruncate(self._fd, self._size)
            raise
        self._size += len(data)

    def _reject(self, rejected: _Rejected) -> None:
        with self._rejected_path.open("ab") as file:
            file.write(msgspec.json.encode(rejected) + b"\n")
            file.flush()
            os.fsync(file.fileno())

    def _compact_if_wasteful(self) -> None:
        if self._size <= COMPACT_ABOVE_BYTES:
            return
        live = b"".join(_frame(_Line(entry=entry)) for entry in self._pending.values())
        if len(live) * 4 < self._size:
            self._replace_file(live)

    def _replace_file(self, live: bytes) -> None:
        """Write the living entries beside the file and rename over it: whole before or whole after."""
        fresh = self._path.with_suffix(".compact")
        fd = os.open(fresh, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND | _BINARY, 0o600)
        _write_whole(fd, live)
        os.fsync(fd)
        if os.name == "nt":  # there an open file can be neither renamed nor replaced
            os.close(fd)
            os.close(self._fd)
            fresh.replace(self._path)
            self._fd = os.open(self._path, os.O_RDWR | os.O_APPEND | _BINARY)
            self._size = len(live)
            return
        fresh.rename(self._path)
        folder = os.open(self._path.parent, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)
        os.close(self._fd)
        self._fd, self._size = fd, len(live)


def _write_whole(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def _frame(line: _Line) -> bytes:
    text = msgspec.json.encode(line)
    return b"%08x %s\n" % (zlib.crc32(text), text)


def _unframe(text: bytes) -> _Line | None:
    checksum, _, body = text.partition(b" ")
    if checksum != b"%08x" % zlib.crc32(body):
        return None
    try:
        return msgspec.json.decode(body, type=_Line)
    except msgspec.DecodeError:
        return None
