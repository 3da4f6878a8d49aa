"""Arrays that grow, at the sizes at which they move."""

from __future__ import annotations

import pytest

from metafleet.engine.market.arrays import RATES, Growing


def bar(number: int) -> tuple[int, float, float, float, float, int, int, int]:
    return number, 1.0, 1.0, 1.0, 1.0, 1, 1, 0


@pytest.mark.parametrize("size", range(12))
def test_what_is_put_after_the_end_comes_along_when_it_moves(size: int) -> None:
    grown = Growing(RATES, room=4)
    for number in range(size):
        grown.append(bar(number))
    for place in range(3):
        grown.put(place, bar(100 + place))
    assert grown.size == size
    assert grown.array["time"][: size + 3].tolist() == [*range(size), 100, 101, 102]


def test_what_is_kept_comes_along_too() -> None:
    grown = Growing(RATES, keep=4, room=4)
    for number in range(50):
        grown.append(bar(number))
        grown.put(0, bar(-1))
        grown.put(1, bar(-2))
        held = grown.array["time"][: grown.size + 2].tolist()
        assert held[-2:] == [-1, -2]
        assert held[:-2][-4:] == list(range(number + 1))[-4:]
