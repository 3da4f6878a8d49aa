"""Which stretches of a symbol's time are tested already, and which are to be: a year at first, then weeks.

A stretch is tested from flat to flat, so that a new week costs a week. What was tested on bars that have
changed since is of other bars, and counts no more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec


class Tile(msgspec.Struct, frozen=True, order=True):
    """A stretch: from one second to before the other, by the server's clock."""

    from_s: int
    to_s: int


def chain(found: Iterable[Tile], begin_s: int, end_s: int, is_sound: Callable[[Tile], bool]) -> list[Tile]:
    """Return stretches that follow on each other and begin at `begin_s` or before, as far as they go.

    Of several that begin together the longest is taken, none that goes beyond `end_s`. An empty list: none
    covers the beginning. is_sound: says whether the bars are still the same.
    """
    usable = sorted(
        (one for one in set(found) if begin_s < one.to_s <= end_s), key=lambda one: (one.from_s, -one.to_s)
    )
    best: list[Tile] = []
    for place, first in enumerate(usable):
        if first.from_s > begin_s:
            break
        made = _from(usable[place:], is_sound)
        if made and (not best or made[-1].to_s > best[-1].to_s):
            best = made
        if best and best[-1].to_s == end_s:
            break
    return best


def _from(usable: list[Tile], is_sound: Callable[[Tile], bool]) -> list[Tile]:
    first, *rest = usable
    if not is_sound(first):
        return []
    made = [first]
    for one in rest:
        if one.from_s == made[-1].to_s and is_sound(one):
            made.append(one)
    return made


def missing(have: list[Tile], begin_s: int, end_s: int) -> list[Tile]:
    """Return what is to be tested beside these."""
    if not have:
        return [Tile(begin_s, end_s)] if begin_s < end_s else []
    return [Tile(have[-1].to_s, end_s)] if have[-1].to_s < end_s else []
