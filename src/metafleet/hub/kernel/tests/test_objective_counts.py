"""A process's counts for the objectives: by the minute, and kept while nobody takes them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from metafleet.hub.kernel.metering import Durations
from metafleet.hub.kernel.objectives import counts
from metafleet.hub.kernel.objectives.counts import Count, Sheet, Tally
from metafleet.hub.kernel.objectives.definitions import Lateness

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


class Source:
    """What a process has counted since it began."""

    def __init__(self) -> None:
        self.tally = Tally(7, 3)

    def more(self, total: int, bad: int) -> None:
        self.tally = Tally(self.tally.total + total, self.tally.bad + bad)


@pytest.fixture
def source() -> Source:
    return Source()


@pytest.fixture
def sheet(source: Source) -> Sheet:
    return Sheet({"deals": lambda: source.tally})


def test_what_was_counted_since_is_noted_by_the_minute(sheet: Sheet, source: Source) -> None:
    sheet.note(NOON)
    assert sheet.waiting() == []
    source.more(10, 1)
    sheet.note(NOON + timedelta(seconds=59))
    source.more(5, 0)
    sheet.note(NOON + timedelta(seconds=61))
    assert sheet.waiting() == [Count("deals", NOON, 10, 1), Count("deals", NOON + MINUTE, 5, 0)]


def test_what_is_written_is_forgotten_and_what_came_meanwhile_is_not(sheet: Sheet, source: Source) -> None:
    source.more(10, 1)
    sheet.note(NOON)
    written = sheet.waiting()
    source.more(2, 2)
    sheet.note(NOON)
    sheet.written(written)
    assert sheet.waiting() == [Count("deals", NOON, 2, 2)]
    sheet.written(sheet.waiting())
    assert sheet.waiting() == []


def test_a_database_that_is_away_for_long_costs_no_count_and_little_memory(
    sheet: Sheet, source: Source
) -> None:
    for minute in range(counts.MOST_MINUTES + 50):
        source.more(3, 1)
        sheet.note(NOON + minute * MINUTE)
    waiting = sheet.waiting()
    assert len(waiting) == counts.MOST_MINUTES
    assert sum(count.total for count in waiting) == 3 * (counts.MOST_MINUTES + 50)
    assert sum(count.bad for count in waiting) == counts.MOST_MINUTES + 50
    assert (waiting[0].total, waiting[0].at) == (51 * 3, NOON + 50 * MINUTE)


def test_only_a_bound_of_the_histogram_can_be_asked_for() -> None:
    durations = Durations("metafleet_test_seconds", "Of a test.")
    for seconds in (0.1, 1, 1.01, 40):
        durations.took(seconds)
    assert durations.tally(Lateness("", 1)) == (4, 2)
    with pytest.raises(ValueError, match="not in tuple"):
        durations.tally(Lateness("", 0.7))
