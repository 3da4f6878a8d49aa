"""Budgets and burn rates by hand's reckoning; what is kept of the counts, and for how long."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from metafleet.hub.kernel.models import ObjectiveCount
from metafleet.hub.kernel.objectives import counts
from metafleet.hub.kernel.objectives.counts import Count, Tally
from metafleet.hub.kernel.objectives.definitions import BURNS, COMMANDS, DEALS, OBJECTIVES, WEB_AVAILABILITY
from metafleet.hub.monitor.objectives import budget, keeping, queries

NOW = datetime(2026, 3, 30, 12, 0, 30, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def all_windows(tally: Tally, **other: Tally) -> Mapping[timedelta, Tally]:
    named = {"minutes_5": 5 * MINUTE, "hours_1": HOUR, "hours_6": 6 * HOUR}
    return dict.fromkeys(budget.WINDOWS, tally) | {named[name]: tally for name, tally in other.items()}


@pytest.mark.parametrize(
    ("tally", "left", "rate"),
    [
        (Tally(10_000, 0), 1, 0),
        (Tally(10_000, 50), 0.5, 0.5),
        (Tally(10_000, 100), 0, 1),
        (Tally(10_000, 250), -1.5, 2.5),
        (Tally(1, 1), -99, 100),
    ],
)
def test_a_budget_of_one_in_a_hundred(tally: Tally, left: float, rate: float) -> None:
    assert budget.left_ratio(DEALS, tally) == pytest.approx(left)
    assert budget.burn_rate(DEALS, tally) == pytest.approx(rate)


def test_of_nothing_there_is_no_figure() -> None:
    nothing = Tally(0, 0)
    figures = (
        budget.left_ratio(DEALS, nothing), budget.burn_rate(DEALS, nothing), budget.good_ratio(nothing),
    )  # fmt: skip
    assert figures == (None, None, None)
    assert budget.state(DEALS, nothing, all_windows(nothing)) == "no data"
    assert budget.curve(DEALS, [nothing, nothing]) == [1, 1]


def test_an_alarm_sounds_by_both_its_windows() -> None:
    bad, fine = Tally(1000, 200), Tally(1000, 0)
    assert budget.alarm(DEALS, all_windows(bad)) == BURNS[0]
    over = all_windows(fine, hours_1=bad)
    assert budget.alarm(DEALS, over) is None, "the trouble is over: five minutes are fine"
    begun = all_windows(fine, minutes_5=bad)
    assert budget.alarm(DEALS, begun) is None, "five minutes alone are no hour"
    assert budget.alarm(DEALS, all_windows(Tally(1000, 40))) == BURNS[2]


def test_one_bad_of_three_commands_is_no_alarm() -> None:
    assert budget.alarm(COMMANDS, all_windows(Tally(19, 10))) is None
    assert budget.alarm(COMMANDS, all_windows(Tally(20, 10))) == BURNS[0]
    assert budget.alarm(DEALS, all_windows(Tally(3, 1))) == BURNS[0]


def test_what_burns_says_so_though_it_is_spent_and_what_is_over_is_spent() -> None:
    spent = Tally(1000, 900)
    assert budget.state(DEALS, spent, all_windows(spent)) == "burning"
    assert budget.state(DEALS, spent, all_windows(Tally(10, 0))) == "spent"
    assert budget.state(DEALS, Tally(1000, 1), all_windows(Tally(10, 0))) == "fine"


def test_the_curve_goes_down_from_all_to_what_is_left() -> None:
    parts = [Tally(100, 1), Tally(0, 0), Tally(300, 0), Tally(600, 2)]
    assert budget.curve(DEALS, parts) == pytest.approx([0.9, 0.9, 0.9, 0.7])
    assert budget.left_ratio(DEALS, Tally(1000, 3)) == pytest.approx(0.7)


def add(*said: Count) -> None:
    with connection.cursor() as cursor:
        cursor.execute(counts.ADD, [counts.as_json(said)])


def kept(resolution: str) -> list[tuple[str, datetime, int, int]]:
    rows = ObjectiveCount.objects.filter(resolution=resolution).order_by("objective", "at")
    return [(row.objective, row.at, row.total, row.bad) for row in rows]


@pytest.mark.django_db
def test_old_minutes_become_hours_and_nothing_is_lost() -> None:
    old = datetime(2026, 3, 20, 7, 0, tzinfo=UTC)
    add(Count("deals", old, 10, 1), Count("deals", old + 59 * MINUTE, 5, 2), Count("judge", old, 4, 0))
    add(Count("deals", old + HOUR, 7, 0), Count("deals", NOW - HOUR, 1, 1))
    keeping.keep(now=NOW)
    assert kept("hour") == [("deals", old, 15, 3), ("deals", old + HOUR, 7, 0), ("judge", old, 4, 0)]
    assert kept("minute") == [("deals", NOW - HOUR, 1, 1)]
    add(Count("deals", old + 2 * MINUTE, 100, 10))
    keeping.keep(now=NOW)
    keeping.keep(now=NOW)
    assert kept("hour")[0] == ("deals", old, 115, 13), "a count that came late joins its hour"
    assert [row[2] for row in kept("ever")] == [123, 4]


@pytest.mark.django_db
def test_an_hour_that_begins_to_be_old_is_folded_as_a_whole() -> None:
    edge = datetime(2026, 3, 26, 12, 0, tzinfo=UTC)
    add(Count("deals", edge - MINUTE, 1, 0), Count("deals", edge, 1, 0), Count("deals", edge + MINUTE, 1, 0))
    keeping.keep(now=NOW)
    assert [row[1] for row in kept("minute")] == [edge, edge + MINUTE]


@pytest.mark.django_db
def test_what_no_budget_needs_goes_and_what_was_ever_counted_stays() -> None:
    add(Count("deals", NOW - 31 * DAY, 10, 10), Count("deals", NOW - 29 * DAY, 5, 5))
    keeping.keep(now=NOW)
    assert [row[2] for row in kept("hour")] == [5]
    assert queries.ever()["deals"] == (15, 15)


@pytest.mark.django_db
def test_a_new_installation_has_no_figures() -> None:
    found = queries.standings(now=NOW)
    assert [standing.objective for standing in found] == list(OBJECTIVES)
    assert {(standing.state, standing.left_ratio, len(standing.curve)) for standing in found} == {
        ("no data", None, 0)
    }


@pytest.mark.django_db
def test_a_standing_sums_minutes_and_hours_by_its_windows() -> None:
    add(Count("web-availability", NOW - 29 * DAY, 1000, 1000))
    add(Count("web-availability", NOW - 10 * DAY, 90_000, 20))
    keeping.keep(now=NOW)
    add(Count("web-availability", NOW - 2 * HOUR + MINUTE, 9_000, 0))
    add(Count("web-availability", NOW - 2 * MINUTE, 1_000, 20))
    standing = next(one for one in queries.standings(now=NOW) if one.objective is WEB_AVAILABILITY)
    assert standing.of_period == (100_000, 40)
    assert standing.left_ratio == pytest.approx(0.6)
    assert standing.windows[5 * MINUTE] == (1_000, 20)
    assert standing.windows[2 * HOUR] == (10_000, 20)
    assert standing.burn_rates == pytest.approx({HOUR: 20, 6 * HOUR: 2, DAY: 2, 3 * DAY: 2})
    assert standing.state == "burning"
    first, *_, (last_at, last) = standing.curve
    assert first[1] == 1
    assert last_at == NOW
    assert last == pytest.approx(0.6)
    assert 10 * 4 <= len(standing.curve) <= 10 * 4 + 3
