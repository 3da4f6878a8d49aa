"""Incidents of the cast, as what is told of."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from metafleet.hub.kernel.tenancy import tenant_scope
from metafleet.hub.monitor import deliveries, desk_channels, incidents
from metafleet.hub.monitor.incidents import About, Happening
from metafleet.hub.monitor.models import Channel, Delivery, Incident, IncidentEvent, Scope, Severity
from metafleet.hub.monitor.tests.sink import Sink
from tests.cast import NOW, Person

PLAIN = desk_channels.Wish("Desk", "info", False, None, None, "UTC")


def add(
    person: Person, sink: Sink, wish: desk_channels.Wish = PLAIN, kind: str = "webhook", **given: str
) -> Channel:
    with tenant_scope(person.tenant_id):
        row, _ = desk_channels.add(
            tenant_id=person.tenant_id,
            kind=kind,
            wish=wish,
            given=given or {"url": f"{sink.url}/in"},
            outside=sink.outside(),
            actor=person.email,
            now=NOW,
        )
    return row


def announce(
    person: Person, *, severity: str = "warning", now: datetime = NOW, **facts: Any
) -> IncidentEvent:
    with tenant_scope(person.tenant_id):
        incident = Incident.objects.create(
            tenant_id=person.tenant_id,
            key=f"test:{Incident.objects.count()}",
            kind="daily_loss",
            subject="account",
            subject_label="Demo",
            severity=severity,
            title="Daily loss",
            opened_at=now,
            last_seen_at=now,
            **facts,
        )
        event = IncidentEvent.objects.create(
            tenant_id=person.tenant_id, incident=incident, kind="opened", text="92 %", actor="system", at=now
        )
        deliveries.announce(incident=incident, event=event, now=now)
    return event


def rows(person: Person) -> list[Delivery]:
    with tenant_scope(person.tenant_id):
        return list(Delivery.objects.select_related("channel").order_by("created_at"))


def send_due(sink: Sink, now: datetime) -> int:
    """Send what is due at `now`; return how many were."""
    due = deliveries.due(now)
    for tenant_id, delivery_id in due:
        deliveries.deliver(tenant_id=tenant_id, delivery_id=delivery_id, now=now, outside=sink.outside())
    return len(due)


def see(
    person: Person, number: int, severity: Severity = Severity.WARNING, now: datetime = NOW, **facts: Any
) -> Incident:
    """Report the loss of that many hundred, of an account of its own. The same number is the same one."""
    about = About(Scope.ACCOUNT, UUID(int=number), f"Alpha {number}", UUID(int=number))
    lost = 100.0 * number
    told: dict[str, Any] = {
        "key": f"loss:{number}",
        "kind": "loss",
        "title": f"Down {lost:,.0f} USD today",
        "text": f"Equity {10_000 - lost:,.2f} USD, {lost:,.0f} below the day's start.",
        "about": about,
        "detail": {"value": lost, "limit": 1000.0, "unit": "money", "currency": "USD"},
        **facts,
    }
    with tenant_scope(person.tenant_id):
        happening = Happening(severity=severity, **told)
        return incidents.report(tenant_id=person.tenant_id, happening=happening, now=now)[0]
