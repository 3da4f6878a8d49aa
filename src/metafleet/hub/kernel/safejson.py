"""JSON for PostgreSQL's jsonb, which cannot hold a NUL."""

from __future__ import annotations

import re
from typing import Final

import msgspec

_ENCODER: Final = msgspec.json.Encoder()
_NUL: Final = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")
"""The escape itself: before it an even number of backslashes, which stand for themselves."""


def encode(rows: object) -> str:
    """Return the rows as JSON without the NULs that somebody may have sent in a text."""
    text = _ENCODER.encode(rows).decode()
    return _NUL.sub(r"\1", text) if "\\u0000" in text else text
