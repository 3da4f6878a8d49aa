"""Incidents: opened once while they last, told of, taken over by a person, resolved.

Every step is a line of the timeline and, unless nobody is to be told, a message to the channels, in
one transaction.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Literal
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Max, Q

from metafleet.hub.audit import operations as audit
from metafleet.hub.kernel import live
from metafleet.hub.kernel.errors import Fault, Malformed, NotFound, Refused
from metafleet.hub.kernel.tenancy import operator_scope, tenant_scope
from metafleet.hub.monitor import deliveries
from metafleet.hub.monitor.models import (
    EventKind,
    Incident,
    IncidentEvent,
    IncidentState,
    MaintenanceWindow,
    Rule,
    Scope,
    Severity,
)

Sight = Literal["new", "worse", "again"]
SYSTEM: Final = "system:monitor"
ESCALATES_AFTER: Final = timedelta(minutes=15)
"""How long a critical incident may wait for a person before it is told again, louder."""
MOST_ESCALATIONS: Final = 3
LONGEST_SNOOZE: Final = timedelta(days=30)
_SEVERITIES: Final = tuple(Severity)
_TOLD: Final = frozenset(
    {EventKind.OPENED, EventKind.WORSE, EventKind.ACTED, EventKind.ESCALATED, EventKind.RESOLVED}
)


class Settled(Refused):
    """The incident is over; nothing of it changes any more."""

    def __init__(self) -> None:
        super().__init__("This incident is resolved. If it comes back, a new one opens.")


@dataclass(frozen=True, slots=True)
class About:
    """Whom it concerns. `within`: every scope that a maintenance window may name to cover it."""

    scope: Scope
    id: UUID | None
    label: str
    account_id: UUID | None = None
    within: frozenset[UUID] = frozenset()


@dataclass(frozen=True, slots=True)
class Happening:
    """What there is to know. key: names it while it lasts. detail: the figures, as {value, limit, unit}."""

    key: str
    kind: str
    title: str
    text: str
    severity: Severity
    about: About
    rule_id: UUID | None = None
    detail: dict[str, Any] = field(default_factory=dict)
    muted_until: datetime | None = None


def report(*, tenant_id: UUID, happening: Happening, now: datetime) -> tuple[Incident, Sight]:
    """Open an incident, or see one that is open again; return it, and which of the two.

    What has become more severe is told anew, and wakes one that was acknowledged or snoozed.
    """
    row = _open_row(tenant_id, happening.key)
    if row is not None:
        return _see_again(row, happening, now)
    quiet_until = _quiet_until(tenant_id, happening, now)
    row = Incident(
        tenant_id=tenant_id,
        key=happening.key,
        kind=happening.kind,
        rule_id=happening.rule_id,
        subject=happening.about.scope,
        subject_id=happening.about.id,
        subject_label=happening.about.label[:120],
        account_id=happening.about.account_id,
        severity=happening.severity,
        title=happening.title[:200],
        detail=happening.detail,
        is_muted=quiet_until is not None,
        opened_at=now,
        last_seen_at=now,
        due_at=quiet_until or (now + ESCALATES_AFTER if happening.severity == Severity.CRITICAL else None),
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        # Somebody else has just opened it.
        again = _open_row(tenant_id, happening.key)
        if again is None:
            raise
        return _see_again(again, happening, now)
    _add(row, EventKind.OPENED, happening.text, SYSTEM, now, happening.detail)
    return row, "new"


def note(
    *,
    incident: Incident,
    kind: EventKind,
    text: str,
    actor: str,
    now: datetime,
    is_told: bool = True,
    **detail: Any,
) -> IncidentEvent:
    """Add a line to the timeline, as what the system did about it. is_told: to the channels too."""
    return _add(incident, kind, text, actor, now, detail, is_told=is_told)


def comment(*, tenant_id: UUID, incident_id: UUID, actor: str, text: str, now: datetime) -> Incident:
    """Add what a person says. Raises NotFound; Malformed for nothing said."""
    row = _held(tenant_id, incident_id)
    if not text.strip():
        raise Malformed(Fault("/text", "Write what there is to say about this incident."))
    _add(row, EventKind.NOTED, text.strip(), actor, now)
    return row


def acknowledge(*, tenant_id: UUID, incident_id: UUID, actor: str, now: datetime) -> Incident:
    """A person has it: it escalates no more. Twice is once. Raises NotFound, Settled."""
    row = _held(tenant_id, incident_id)
    _must_be_open(row)
    if row.state == IncidentState.ACKNOWLEDGED:
        return row
    row.state, row.acknowledged_at, row.acknowledged_by = IncidentState.ACKNOWLEDGED, now, actor
    row.due_at = row.snoozed_until
    row.save()
    _add(row, EventKind.ACKNOWLEDGED, f"{actor} has it.", actor, now)
    _record(row, actor, "incident.acknowledged", now)
    return row


def snooze(*, tenant_id: UUID, incident_id: UUID, actor: str, until: datetime, now: datetime) -> Incident:
    """Tell nobody of it until then; then it is told again if it still lasts.

    Raises NotFound, Settled, Malformed for a time that has passed or is more than 30 days away.
    """
    row = _held(tenant_id, incident_id)
    _must_be_open(row)
    if not now < until <= now + LONGEST_SNOOZE:
        raise Malformed(Fault("/until", "Choose a time within the next 30 days."))
    row.snoozed_until = row.due_at = until
    row.save()
    _add(row, EventKind.SNOOZED, f"Quiet until {until:%Y-%m-%d %H:%M} UTC.", actor, now)
    _record(row, actor, "incident.snoozed", now, until=until.isoformat())
    return row


def resolve(*, tenant_id: UUID, incident_id: UUID, actor: str, text: str, now: datetime) -> Incident:
    """A person says that it is over. Twice is once. Raises NotFound."""
    row = _held(tenant_id, incident_id)
    if row.state != IncidentState.RESOLVED:
        _settle(row, actor, text.strip() or f"{actor} says that it is over.", now)
        _record(row, actor, "incident.resolved", now)
    return row


def settle(*, tenant_id: UUID, key: str, text: str, now: datetime, **detail: Any) -> Incident | None:
    """What the incident of this key was about has passed; None where none is open."""
    row = _open_row(tenant_id, key)
    if row is not None:
        _settle(row, SYSTEM, text, now, **detail)
    return row


def maintained_until(tenant_id: UUID, ids: Collection[UUID], now: datetime) -> datetime | None:
    """Return when the last of the maintenance windows ends that cover now what has one of these ids."""
    windows = MaintenanceWindow.objects.filter(
        Q(scope_id=None) | Q(scope_id__in=ids), tenant_id=tenant_id, starts_at__lte=now, ends_at__gt=now
    )
    found: datetime | None = windows.aggregate(end=Max("ends_at"))["end"]
    return found


def _quiet_until(tenant_id: UUID, happening: Happening, now: datetime) -> datetime | None:
    """Return until when nobody is told of it, None where people are."""
    about = happening.about
    ids = {*about.within, *([about.id] if about.id else [])}
    ends = [maintained_until(tenant_id, ids, now), happening.muted_until]
    return max((end for end in ends if end is not None and end > now), default=None)


def _still_quiet_until(row: Incident, now: datetime) -> datetime | None:
    ids = {id_ for id_ in (row.subject_id, row.account_id) if id_ is not None}
    ends = [maintained_until(row.tenant_id, ids, now)]
    if row.rule_id is not None:
        rules = Rule.objects.filter(id=row.rule_id, muted_until__gt=now)
        ends.append(rules.values_list("muted_until", flat=True).first())
    return max((end for end in ends if end is not None), default=None)


def sweep(*, now: datetime, limit: int = 200) -> int:
    """Escalate what nobody has taken over, and wake what was snoozed, over all tenants; return how many."""
    with operator_scope():
        due = list(
            Incident.objects.filter(due_at__lte=now).order_by("due_at").values_list("tenant_id", "id")[:limit]
        )
    for tenant_id, incident_id in due:
        with tenant_scope(tenant_id):
            _look(_held(tenant_id, incident_id), now)
    return len(due)


def _look(row: Incident, now: datetime) -> None:
    if row.due_at is None or row.due_at > now:
        return
    if row.state == IncidentState.RESOLVED:
        row.due_at = None
        row.save()
        return
    if row.is_muted:
        _unmute(row, now)
        return
    if row.snoozed_until is not None:
        row.snoozed_until = None
        row.due_at = _escalates_at(row, now)
        row.save()
        _add(row, EventKind.WORSE, f"Still so after its snooze: {row.title}", SYSTEM, now)
        return
    row.escalation += 1
    row.due_at = now + ESCALATES_AFTER if row.escalation < MOST_ESCALATIONS else None
    row.save()
    waited = int((now - row.opened_at).total_seconds() // 60)
    _add(row, EventKind.ESCALATED, f"Nobody has taken it over in {waited} minutes: {row.title}", SYSTEM, now)


def _unmute(row: Incident, now: datetime) -> None:
    """What still lasts when nobody keeps it quiet any more is told then."""
    quiet_until = _still_quiet_until(row, now)
    if quiet_until is not None:
        row.due_at = quiet_until
        row.save()
        return
    row.is_muted, row.due_at = False, _escalates_at(row, now)
    row.save()
    _add(row, EventKind.WORSE, f"Still so, and no longer muted: {row.title}", SYSTEM, now)


def _escalates_at(row: Incident, now: datetime) -> datetime | None:
    is_waiting = row.state == IncidentState.OPEN and row.severity == Severity.CRITICAL
    return now + ESCALATES_AFTER if is_waiting else None


def _see_again(row: Incident, happening: Happening, now: datetime) -> tuple[Incident, Sight]:
    is_worse = _SEVERITIES.index(happening.severity) > _SEVERITIES.index(Severity(row.severity))
    row.last_seen_at, row.detail, row.title = now, happening.detail, happening.title[:200]
    if is_worse:
        row.severity = happening.severity
        row.state, row.snoozed_until = IncidentState.OPEN, None
        row.due_at = row.due_at if row.is_muted else _escalates_at(row, now)
    row.save()
    if is_worse:
        _add(row, EventKind.WORSE, happening.text, SYSTEM, now, happening.detail)
        return row, "worse"
    return row, "again"


def _settle(row: Incident, actor: str, text: str, now: datetime, **detail: Any) -> None:
    row.state, row.resolved_at, row.resolved_by = IncidentState.RESOLVED, now, actor
    row.due_at = row.snoozed_until = None
    row.save()
    _add(row, EventKind.RESOLVED, text, actor, now, detail)


def _open_row(tenant_id: UUID, key: str) -> Incident | None:
    return (
        Incident.objects.select_for_update()
        .filter(tenant_id=tenant_id, key=key, resolved_at__isnull=True)
        .first()
    )


def _held(tenant_id: UUID, incident_id: UUID) -> Incident:
    row = Incident.objects.select_for_update().filter(tenant_id=tenant_id, id=incident_id).first()
    if row is None:
        raise NotFound("incident")
    return row


def _must_be_open(row: Incident) -> None:
    if row.state == IncidentState.RESOLVED:
        raise Settled


def _add(
    row: Incident,
    kind: EventKind,
    text: str,
    actor: str,
    now: datetime,
    detail: dict[str, Any] | None = None,
    *,
    is_told: bool = True,
) -> IncidentEvent:
    event = IncidentEvent.objects.create(
        tenant_id=row.tenant_id,
        incident=row,
        kind=kind,
        text=text[:500],
        actor=actor,
        at=now,
        detail=detail or {},
    )
    is_quiet = row.snoozed_until is not None and row.snoozed_until > now and kind != EventKind.RESOLVED
    if is_told and kind in _TOLD and not is_quiet:
        deliveries.announce(incident=row, event=event, now=now)
    live.publish_on_commit(row.tenant_id, "incident", id=str(row.id), accountId=row.account_id)
    return event


def _record(row: Incident, actor: str, action: str, now: datetime, **detail: Any) -> None:
    audit.record(
        tenant_id=row.tenant_id,
        actor=actor,
        action=action,
        subject=row.title,
        subject_id=row.id,
        now=now,
        detail=detail,
    )
