"""Group masks: which symbols `group="*USD*, !EUR*"` means.

Source: MetaTrader5 5.0.6231: conditions parted by commas; `*`, any run of characters, is the only wildcard;
a leading `!` excludes; upper and lower case differ.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

Match = Callable[[str], bool]


@lru_cache(maxsize=256)
def mask(text: str) -> Match:
    """Return what says whether a name is kept: some plain condition matches it, and no excluding one does."""
    conditions = [condition.strip() for condition in text.split(",")]
    kept = [_condition(one) for one in conditions if one and not one.startswith("!")]
    dropped = [_condition(one[1:]) for one in conditions if one.startswith("!")]

    def matches(name: str) -> bool:
        return any(match(name) for match in kept) and not any(match(name) for match in dropped)

    return matches


def _condition(pattern: str) -> Match:
    first, *rest = pattern.split("*")
    if not rest:
        return first.__eq__
    *middle, last = rest

    def matches(name: str) -> bool:
        if len(name) < len(first) + len(last) or not name.startswith(first) or not name.endswith(last):
            return False
        # The leftmost place of each part leaves the most room for those after it.
        at, end = len(first), len(name) - len(last)
        for part in middle:
            at = name.find(part, at, end)
            if at < 0:
                return False
            at += len(part)
        return True

    return matches
