"""Bad items: copies of good deals with one thing wrong, each with a mark to be found by."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any, Final

NO_JSON: Final = b'{"trades": [{"ticket": 1, "profit": nan}]}'
"""What MQL's StringFormat makes of a number that is none."""

Item = dict[str, Any]


def spoil(items: list[Item], marks: set[str], owner: str, rng: random.Random) -> tuple[list[Item], set[int]]:
    """Return the items with bad ones among them, and at which places those are; add their marks."""
    mixed, bad = list(items), []
    for _ in range(rng.randint(1, 3)):
        if not items:
            break
        mark = f"bad-{owner}-{len(marks)}."
        item = {**rng.choice(items), "comment": mark}
        rng.choice(_WAYS)(item)
        marks.add(mark)
        bad.append(item)
        mixed.insert(rng.randint(0, len(mixed)), item)
    return mixed, {index for index, item in enumerate(mixed) if any(item is one for one in bad)}


def _no_number(item: Item) -> None:
    item["profit"] = "NaN"


def _no_ticket(item: Item) -> None:
    del item["ticket"]


def _half_a_ticket(item: Item) -> None:
    item["ticket"] = "12x"


def _no_time(item: Item) -> None:
    item.pop("timeMsc", None)
    item["openTime"] = "yesterday"


def _endless(item: Item) -> None:
    item["commission"] = "-Infinity"


def _too_much(item: Item) -> None:
    item["swap"] = "1e30"


_WAYS: Final[tuple[Callable[[Item], None], ...]] = (
    _no_number,
    _no_ticket,
    _half_a_ticket,
    _no_time,
    _endless,
    _too_much,
)
