"""Slices of an engine's log. The engine keeps lines by time, so an offset here is an instant.

It is in microseconds since the epoch: finer ones would not survive a browser's numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from metafleet.hub.fleet.drivers.contract import LogSlice

TAIL_LINES = 2000
"""Lines asked for when only the last ones are wanted; a page of them is far smaller."""

_STAMPED = re.compile(rb"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z ?")


def window(offset: int | None) -> dict[str, Any]:
    """Return what to ask the engine for: the last lines, all of them, or those from an instant on."""
    if offset is None:
        return {"tail": TAIL_LINES}
    return {"since": offset / 1e6} if offset > 0 else {}


def cut(raw: Iterable[bytes], *, offset: int | None, most_bytes: int) -> LogSlice:
    """Return the first lines of what was read from `offset`, or the last ones for None.

    raw: lines as `<RFC 3339 instant> <text>`, in order; what has no instant is left out.
    """
    stamped = [found for line in raw if (found := _parse(line)) and found[0] >= (offset or 0)]
    kept = _first(stamped, most_bytes) if offset is not None else _first(stamped[::-1], most_bytes)[::-1]
    if not kept:
        return LogSlice([], offset or 0)
    return LogSlice([text.decode(errors="replace") for _, text in kept], kept[-1][0] + 1)


def _first(lines: list[tuple[int, bytes]], most_bytes: int) -> list[tuple[int, bytes]]:
    """Return lines until they are `most_bytes` long together; one at least."""
    total = 0
    for count, (_, text) in enumerate(lines):
        total += len(text) + 1
        if total > most_bytes and count:
            return lines[:count]
    return lines


def _parse(line: bytes) -> tuple[int, bytes] | None:
    found = _STAMPED.match(line)
    if found is None:
        return None
    second = datetime.fromisoformat(found[1].decode()).replace(tzinfo=UTC)
    micros = int((found[2] or b"0").ljust(9, b"0")[:6])
    return int(second.timestamp()) * 1_000_000 + micros, line[found.end() :]
