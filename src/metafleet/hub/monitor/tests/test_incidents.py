"""Incidents: once while they last, told of, taken over, escalated, resolved."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from threading import Thread
from typing import cast
from uuid import UUID, uuid4

import pytest
from django.conf import settings
from django.db import connection

from metafleet.hub.audit.models import AuditEntry
from metafleet.hub.kernel.errors import Malformed, NotFound
from metafleet.hub.kernel.tenancy import tenant_scope
from metafleet.hub.monitor import incidents, sending
from metafleet.hub.monitor.incidents import About, Happening, Settled
from metafleet.hub.monitor.models import (
    Channel,
    Delivery,
    EventKind,
    Incident,
    IncidentEvent,
    IncidentState,
    MaintenanceWindow,
    Scope,
    Severity,
)
from tests.cast import NOW, Person, sign_up

ACCOUNT = UUID(int=7)
GROUP = UUID(int=8)
LOSS = Happening(
    key=f"loss:{ACCOUNT}",
    kind="loss",
    title="Down 1,000 USD today",
    text="Equity 99,000 USD, 1,000 below the day's start.",
    severity=Severity.WARNING,
    about=About(Scope.ACCOUNT, ACCOUNT, "Alpha", ACCOUNT, frozenset({GROUP})),
    detail={"value": -1000, "limit": -1000, "unit": "USD"},
)
WORSE = replace(LOSS, severity=Severity.CRITICAL, text="Equity 95,000 USD.", title="Down 5,000 USD today")
SOON = timedelta(minutes=1)


@pytest.fixture
def desk(alice: Person) -> Iterator[UUID]:
    with tenant_scope(alice.tenant_id):
        Channel.objects.create(tenant_id=alice.tenant_id, kind="webhook", name="All", created_by="alice")
    with tenant_scope(alice.tenant_id):
        yield alice.tenant_id


def see(desk: UUID, happening: Happening = LOSS, after: timedelta = timedelta()) -> Incident:
    return incidents.report(tenant_id=desk, happening=happening, now=NOW + after)[0]


def timeline(row: Incident) -> list[str]:
    return list(IncidentEvent.objects.filter(incident=row).order_by("at").values_list("kind", flat=True))


def told(row: Incident) -> list[str]:
    found = Delivery.objects.filter(event__incident=row).order_by("event__at")
    return list(found.values_list("event__kind", flat=True))


def test_what_lasts_is_one_incident_that_is_told_once(desk: UUID) -> None:
    first, sight = incidents.report(tenant_id=desk, happening=LOSS, now=NOW)
    again, second = incidents.report(tenant_id=desk, happening=LOSS, now=NOW + SOON)
    assert (first.id, sight, second) == (again.id, "new", "again")
    assert again.last_seen_at == NOW + SOON
    assert (timeline(first), told(first)) == (["opened"], ["opened"])


def test_what_comes_back_is_a_new_one(desk: UUID) -> None:
    first = see(desk)
    assert incidents.settle(tenant_id=desk, key=LOSS.key, text="Back above.", now=NOW + SOON)
    assert incidents.settle(tenant_id=desk, key=LOSS.key, text="Back above.", now=NOW + SOON) is None
    second = see(desk, after=2 * SOON)
    assert first.id != second.id
    assert told(first) == ["opened", "resolved"]


def test_what_gets_worse_is_told_again_though_somebody_has_it(desk: UUID) -> None:
    row = see(desk)
    incidents.acknowledge(tenant_id=desk, incident_id=row.id, actor="alice", now=NOW + SOON)
    again = see(desk, WORSE, 2 * SOON)
    assert (again.state, again.severity, again.title) == ("open", "critical", "Down 5,000 USD today")
    assert told(row) == ["opened", "worse"]
    assert see(desk, LOSS, 3 * SOON).severity == "critical"


def test_a_person_takes_it_over_once(desk: UUID) -> None:
    row = see(desk, WORSE)
    for _ in range(2):
        taken = incidents.acknowledge(tenant_id=desk, incident_id=row.id, actor="alice", now=NOW + SOON)
    assert (taken.state, taken.acknowledged_by, taken.due_at) == ("acknowledged", "alice", None)
    assert timeline(row) == ["opened", "acknowledged"]
    assert AuditEntry.objects.filter(action="incident.acknowledged", subject_id=row.id).count() == 1


def test_what_is_resolved_stays_so(desk: UUID) -> None:
    row = see(desk)
    incidents.resolve(tenant_id=desk, incident_id=row.id, actor="alice", text="A test.", now=NOW + SOON)
    incidents.resolve(tenant_id=desk, incident_id=row.id, actor="alice", text="Again.", now=NOW + SOON)
    with pytest.raises(Settled, match="a new one opens"):
        incidents.acknowledge(tenant_id=desk, incident_id=row.id, actor="alice", now=NOW + SOON)
    with pytest.raises(Settled):
        incidents.snooze(tenant_id=desk, incident_id=row.id, actor="a", until=NOW + 2 * SOON, now=NOW)
    assert timeline(row) == ["opened", "resolved"]


def test_people_can_say_something(desk: UUID) -> None:
    row = see(desk)
    incidents.comment(tenant_id=desk, incident_id=row.id, actor="alice", text=" News at 14:30 ", now=NOW)
    with pytest.raises(Malformed, match="Write what"):
        incidents.comment(tenant_id=desk, incident_id=row.id, actor="alice", text="  ", now=NOW)
    assert IncidentEvent.objects.get(incident=row, kind="noted").text == "News at 14:30"
    assert told(row) == ["opened"]


@pytest.mark.parametrize("until", [NOW, NOW - SOON, NOW + timedelta(days=31)])
def test_a_snooze_ends_within_a_month(desk: UUID, until: object) -> None:
    row = see(desk)
    with pytest.raises(Malformed, match="30 days"):
        incidents.snooze(tenant_id=desk, incident_id=row.id, actor="a", until=until, now=NOW)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "happening", [{"muted_until": NOW + SOON}, {"about": replace(LOSS.about, within=frozenset({GROUP}))}]
)
def test_nobody_is_told_of_what_is_muted_or_under_maintenance(
    desk: UUID, happening: dict[str, object]
) -> None:
    if "about" in happening:
        MaintenanceWindow.objects.create(
            tenant_id=desk, scope="group", scope_id=GROUP, starts_at=NOW - SOON, ends_at=NOW + SOON
        )
    row = see(desk, replace(LOSS, **happening))  # type: ignore[arg-type]
    assert (row.is_muted, timeline(row), told(row)) == (True, ["opened"], [])


@pytest.mark.parametrize(
    ("scope_id", "starts", "ends"),
    [(UUID(int=9), -SOON, SOON), (GROUP, -2 * SOON, timedelta()), (None, SOON, 2 * SOON)],
)
def test_a_window_of_others_or_of_another_time_mutes_nothing(
    desk: UUID, scope_id: UUID | None, starts: timedelta, ends: timedelta
) -> None:
    MaintenanceWindow.objects.create(
        tenant_id=desk, scope="group", scope_id=scope_id, starts_at=NOW + starts, ends_at=NOW + ends
    )
    assert told(see(desk)) == ["opened"]


def test_an_incident_of_another_tenant_is_not_there(desk: UUID) -> None:
    with pytest.raises(NotFound):
        incidents.acknowledge(tenant_id=desk, incident_id=uuid4(), actor="charlie", now=NOW)


# The sweep looks over all tenants, so it is not inside anybody's scope.


@pytest.fixture
def quiet_desk(transactional_db: None) -> UUID:
    person = sign_up("alice@example.com")
    with tenant_scope(person.tenant_id):
        Channel.objects.create(tenant_id=person.tenant_id, kind="webhook", name="All", created_by="alice")
    return person.tenant_id


def within(desk: UUID, do: Callable[[], object]) -> object:
    with tenant_scope(desk):
        return do()


def test_what_nobody_takes_over_escalates_and_then_rests(quiet_desk: UUID) -> None:
    within(quiet_desk, lambda: see(quiet_desk, WORSE))
    now = NOW
    counts = []
    for _ in range(5):
        now += incidents.ESCALATES_AFTER
        counts.append(incidents.sweep(now=now))
    assert counts == [1, 1, 1, 0, 0]
    row = within(quiet_desk, Incident.objects.get)
    assert isinstance(row, Incident)
    assert row.escalation == incidents.MOST_ESCALATIONS
    assert within(quiet_desk, lambda: told(row)) == ["opened", "escalated", "escalated", "escalated"]


def test_beat_has_the_escalation_looked_after(quiet_desk: UUID) -> None:
    within(quiet_desk, lambda: see(quiet_desk, WORSE))  # long ago, by the clock
    assert settings.CELERY_BEAT_SCHEDULE["monitor.sweep_incidents"]["task"] == sending.sweep_incidents.name
    sending.sweep_incidents()
    row = within(quiet_desk, Incident.objects.get)
    assert isinstance(row, Incident)
    assert (row.escalation, within(quiet_desk, lambda: timeline(row))) == (1, ["opened", "escalated"])


def test_a_snoozed_incident_is_quiet_and_comes_back(quiet_desk: UUID) -> None:
    row = within(quiet_desk, lambda: see(quiet_desk))
    assert isinstance(row, Incident)
    until = NOW + timedelta(hours=1)
    within(
        quiet_desk,
        lambda: incidents.snooze(
            tenant_id=quiet_desk, incident_id=row.id, actor="alice", until=until, now=NOW
        ),
    )
    within(
        quiet_desk,
        lambda: incidents.note(
            incident=Incident.objects.get(),
            kind=EventKind.ACTED,
            text="Paused.",
            actor="system",
            now=NOW + SOON,
        ),
    )
    assert incidents.sweep(now=until - SOON) == 0
    assert within(quiet_desk, lambda: told(row)) == ["opened"]
    assert incidents.sweep(now=until) == 1
    assert incidents.sweep(now=until + SOON) == 0
    assert within(quiet_desk, lambda: told(row)) == ["opened", "worse"]


def test_two_that_see_it_at_once_open_one(quiet_desk: UUID) -> None:
    def look() -> None:
        try:
            within(quiet_desk, lambda: see(quiet_desk))
        finally:
            connection.close()

    threads = [Thread(target=look) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    states = within(quiet_desk, lambda: list(Incident.objects.values_list("state", flat=True)))
    assert states == [IncidentState.OPEN]
    assert within(quiet_desk, Delivery.objects.count) == 1


def plan(desk: UUID, hours: int, **scope: object) -> MaintenanceWindow:
    with tenant_scope(desk):
        return MaintenanceWindow.objects.create(
            tenant_id=desk,
            starts_at=NOW,
            ends_at=NOW + timedelta(hours=hours),
            created_by="alice",
            **{"scope": Scope.TENANT, **scope},
        )


def seen_and_told(desk: UUID, happening: Happening) -> Callable[[], list[str]]:
    """See it now; return what asks what was told of it so far."""
    row = within(desk, lambda: see(desk, happening))
    assert isinstance(row, Incident)
    return lambda: cast(list[str], within(desk, lambda: told(row)))


def test_what_still_lasts_after_its_maintenance_is_told_then(quiet_desk: UUID) -> None:
    plan(quiet_desk, 1, scope=Scope.GROUP, scope_id=GROUP)
    asked = seen_and_told(quiet_desk, WORSE)
    assert asked() == []
    assert incidents.sweep(now=NOW + timedelta(minutes=30)) == 0
    assert incidents.sweep(now=NOW + timedelta(hours=1)) == 1
    assert asked() == ["worse"]
    assert incidents.sweep(now=NOW + timedelta(hours=1, minutes=15)) == 1
    assert asked() == ["worse", "escalated"]


def test_a_window_that_was_made_longer_keeps_it_quiet(quiet_desk: UUID) -> None:
    window = plan(quiet_desk, 1)
    asked = seen_and_told(quiet_desk, LOSS)
    with tenant_scope(quiet_desk):
        MaintenanceWindow.objects.filter(id=window.id).update(ends_at=NOW + timedelta(hours=2))
    assert incidents.sweep(now=NOW + timedelta(hours=1)) == 1
    assert asked() == []
    assert incidents.sweep(now=NOW + timedelta(hours=2)) == 1
    assert asked() == ["worse"]


def test_what_a_muted_rule_found_is_told_when_it_is_muted_no_more(quiet_desk: UUID) -> None:
    asked = seen_and_told(quiet_desk, replace(LOSS, muted_until=NOW + timedelta(minutes=5)))
    assert asked() == []
    assert incidents.sweep(now=NOW + timedelta(minutes=5)) == 1
    assert asked() == ["worse"]
