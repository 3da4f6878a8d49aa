"""Slices of an engine's log, without an engine."""

from __future__ import annotations

from metafleet.hub.fleet.drivers.docker import log_lines

LOG = [
    b"2026-03-02T12:00:00.000001500Z one",
    b"2026-03-02T12:00:00.25Z two",
    b"not of the engine",
    b"2026-03-02T12:00:01Z three",
]
NOON = 1_772_452_800_000_000


def test_a_read_ends_after_its_last_line_and_the_next_goes_on_there() -> None:
    first = log_lines.cut(LOG, offset=0, most_bytes=8)
    assert (first.lines, first.next_offset) == (["one", "two"], NOON + 250_001)
    rest = log_lines.cut(LOG, offset=first.next_offset, most_bytes=100)
    assert (rest.lines, rest.next_offset) == (["three"], NOON + 1_000_001)
    assert log_lines.cut(LOG, offset=rest.next_offset, most_bytes=100).lines == []


def test_the_last_lines_are_those_that_fit() -> None:
    assert log_lines.cut(LOG, offset=None, most_bytes=10).lines == ["two", "three"]


def test_a_line_longer_than_a_read_is_not_waited_for_for_ever() -> None:
    assert log_lines.cut(LOG, offset=0, most_bytes=1).lines == ["one"]


def test_offsets_survive_a_browsers_numbers() -> None:
    assert log_lines.cut(LOG, offset=None, most_bytes=100).next_offset < 2**53
