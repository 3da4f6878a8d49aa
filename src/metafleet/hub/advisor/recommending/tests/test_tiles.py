from __future__ import annotations

from metafleet.hub.advisor.recommending.tiles import Tile, chain, missing


def sound(_: Tile) -> bool:
    return True


def test_at_first_the_whole_time_is_missing() -> None:
    assert chain([], 0, 100, sound) == []
    assert missing([], 0, 100) == [Tile(0, 100)]
    assert missing([], 100, 100) == []


def test_a_new_week_is_all_that_is_missing_after_a_year() -> None:
    have = chain([Tile(0, 100)], 7, 107, sound)
    assert have == [Tile(0, 100)]
    assert missing(have, 7, 107) == [Tile(100, 107)]


def test_stretches_follow_on_each_other() -> None:
    found = [Tile(107, 114), Tile(0, 100), Tile(100, 107), Tile(3, 50), Tile(120, 127)]
    assert chain(found, 14, 127, sound) == [Tile(0, 100), Tile(100, 107), Tile(107, 114)]


def test_what_was_tested_on_other_bars_counts_no_more() -> None:
    found = [Tile(0, 100), Tile(100, 107)]
    assert chain(found, 7, 107, lambda one: one.from_s != 100) == [Tile(0, 100)]
    assert chain(found, 7, 107, lambda one: one.from_s != 0) == []


def test_what_ends_before_the_year_begins_is_of_no_use() -> None:
    assert chain([Tile(0, 100), Tile(100, 200)], 150, 200, sound) == [Tile(100, 200)]
    assert chain([Tile(0, 100)], 150, 200, sound) == []
    assert chain([Tile(0, 300)], 0, 200, sound) == []
