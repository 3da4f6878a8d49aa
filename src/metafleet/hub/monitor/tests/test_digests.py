"""When much happens at once: the first things one by one, the rest together."""

from __future__ import annotations

from datetime import timedelta

import pytest

from metafleet.hub.kernel.tenancy import tenant_scope
from metafleet.hub.monitor import digests
from metafleet.hub.monitor.models import Delivery
from metafleet.hub.monitor.tests.incidents import add, announce, rows, send_due
from metafleet.hub.monitor.tests.sink import Sink
from tests.cast import NOW, Person

MINUTE = timedelta(minutes=1)


@pytest.fixture
def told(alice: Person, sink: Sink) -> Person:
    add(alice, sink)
    return alice


def storm(person: Person, count: int) -> None:
    for number in range(count):
        announce(person, severity="critical" if number == count - 1 else "warning")
        with tenant_scope(person.tenant_id):  # rows are stamped by the wall clock: take them along
            Delivery.objects.update(created_at=NOW)


def test_what_is_more_than_a_person_reads_comes_together(told: Person, sink: Sink) -> None:
    storm(told, digests.ONE_BY_ONE + 30)
    made = rows(told)
    assert [row.purpose for row in made] == ["alert"] * digests.ONE_BY_ONE + ["digest"]
    assert send_due(sink, NOW) == digests.ONE_BY_ONE
    assert send_due(sink, NOW + MINUTE) == 1
    digest = made[-1].message
    assert (digest["title"], digest["severity"]) == ("30 more within a minute", "critical")
    assert digest["text"].count("\n") == digests.NAMED
    assert digest["text"].endswith("and 10 more: see Alerts.")


def test_a_minute_later_things_are_told_one_by_one_again(told: Person) -> None:
    storm(told, digests.ONE_BY_ONE + 1)
    announce(told, now=NOW + 2 * MINUTE)
    assert [row.purpose for row in rows(told)].count("alert") == digests.ONE_BY_ONE + 1


def test_a_digest_that_is_under_way_takes_no_more(told: Person, sink: Sink) -> None:
    storm(told, digests.ONE_BY_ONE + 1)
    send_due(sink, NOW + MINUTE)
    storm(told, 1)
    assert [row.message.get("count") for row in rows(told) if row.purpose == "digest"] == [1, 1]
