"""Lists of tickets, small enough to stand in an import's summary."""

from __future__ import annotations

import base64
import zlib
from array import array
from collections.abc import Iterable
from itertools import pairwise


def pack(tickets: Iterable[int]) -> str:
    """Return the tickets as text: sorted, differences, compressed; some two bytes each."""
    found = sorted(set(tickets))
    # Differences may exceed 63 bits only where both ends of the range occur: kept as unsigned.
    steps = array("Q", (after - before for before, after in pairwise(found)))
    body = array("q", found[:1]).tobytes() + steps.tobytes()
    return base64.b85encode(zlib.compress(body, 6)).decode()


def unpack(text: str) -> list[int]:
    """Return what `pack` was given, sorted."""
    body = zlib.decompress(base64.b85decode(text))
    found = array("q", body[:8]).tolist()
    for step in array("Q", body[8:]):
        found.append(found[-1] + step)
    return found
