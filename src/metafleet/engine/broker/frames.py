"""Frames of the broker's socket: a 4-byte big-endian length, then that many bytes of msgpack."""

from __future__ import annotations

import struct
from typing import Final

MAX_FRAME_BYTES: Final = 4 * 1024 * 1024
"""Neither side sends or accepts more; the longest answer, 5,000 deals, takes about 1.5 MiB."""

HEADER: Final = struct.Struct(">I")


class FrameTooLarge(ValueError):
    """A frame is longer than MAX_FRAME_BYTES."""


def frame(body: bytes) -> bytes:
    """Return the body with its length before it. Raises FrameTooLarge."""
    _check(len(body))
    return HEADER.pack(len(body)) + body


def head(frame: bytearray) -> None:
    """Write the length before a body that stands behind room for it. Raises FrameTooLarge."""
    length = len(frame) - HEADER.size
    _check(length)
    HEADER.pack_into(frame, 0, length)


def body_length(header: bytes | bytearray | memoryview) -> int:
    """Return the length that a 4-byte header announces. Raises FrameTooLarge."""
    length: int = HEADER.unpack(header)[0]
    _check(length)
    return length


def _check(length: int) -> None:
    if length > MAX_FRAME_BYTES:
        raise FrameTooLarge(f"a frame of {length} bytes; at most {MAX_FRAME_BYTES} are allowed")
