"""Messages that are to go through channels: rows that are due.

A message is sent between two transactions: one takes it (a lease, and one attempt more), one writes what
came of it. Whoever dies in between leaves the row due when the lease ends, and it is sent once more under the
same id: each message goes at least once, and its receiver can tell the repeat. There is one row for each
channel and event, so nothing else repeats.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import F, Q, QuerySet

from metafleet.hub.audit import operations as audit
from metafleet.hub.kernel.nudges import enqueue_on_commit
from metafleet.hub.kernel.tenancy import operator_scope, tenant_scope
from metafleet.hub.monitor import digests
from metafleet.hub.monitor.channels import kinds
from metafleet.hub.monitor.channels.contract import MOST_SAID, ChannelError, Letter
from metafleet.hub.monitor.desk_channels import opened_settings
from metafleet.hub.monitor.models import (
    Channel,
    Delivery,
    DeliveryState,
    Incident,
    IncidentEvent,
    Severity,
)
from metafleet.hub.monitor.outgoing import Outside

LEASE: Final = timedelta(seconds=60)
"""Well above the time that a call may take."""
BACK_OFF: Final = tuple(timedelta(seconds=s) for s in (5, 30, 120, 600, 3600, 6 * 3600))
"""Until the next try; after the last a delivery has failed."""
HEAD_START: Final = timedelta(seconds=10)
"""Of whoever asked for a test, before a sweep sends it."""
KEPT: Final = 200
"""Deliveries that are done with, of each channel; older ones go."""
SWEEP_AT_MOST: Final = 200

_ORDER: Final = tuple(Severity)
_SYSTEM: Final = "system"


def announce(*, incident: Incident, event: IncidentEvent, now: datetime) -> None:
    """Queue the event for every channel that is to hear of it, in the open transaction."""
    if incident.is_muted:
        return
    message = message_of(incident, event)
    for channel in Channel.objects.filter(tenant_id=incident.tenant_id, is_enabled=True):
        if not is_told(channel, incident):
            continue
        if digests.is_storm(channel, now):
            digests.add(channel, message, now)
        else:
            row, is_new = Delivery.objects.get_or_create(
                tenant_id=incident.tenant_id,
                channel=channel,
                event=event,
                defaults={"message": message, "due_at": told_at(channel, incident.severity, now)},
            )
            if is_new and row.due_at == now:
                _nudge(row)


def is_told(channel: Channel, incident: Incident) -> bool:
    """Whether the incident is grave enough for the channel, and escalated where it waits for that."""
    if channel.is_for_escalation and not incident.escalation:
        return False
    return _ORDER.index(Severity(incident.severity)) >= _ORDER.index(Severity(channel.min_severity))


def told_at(channel: Channel, severity: str, now: datetime) -> datetime:
    """Return when: now, or for what is not critical when the channel's quiet hours end."""
    if channel.quiet_from is None or channel.quiet_to is None or severity == Severity.CRITICAL:
        return now
    here = now.astimezone(ZoneInfo(channel.timezone))
    start, end, clock = channel.quiet_from, channel.quiet_to, here.time()
    is_quiet = start <= clock < end if start <= end else clock >= start or clock < end
    if not is_quiet:
        return now
    ends = here.replace(hour=end.hour, minute=end.minute, second=0, microsecond=0)
    return (ends if clock < end else ends + timedelta(days=1)).astimezone(now.tzinfo)


def message_of(incident: Incident, event: IncidentEvent) -> dict[str, object]:
    """Return what is told of the event, before a channel words it."""
    return {
        "incidentId": str(incident.id),
        "eventId": str(event.id),
        "event": event.kind,
        "severity": incident.severity,
        "state": incident.state,
        "kind": incident.kind,
        "title": incident.title,
        "text": event.text,
        "subject": incident.subject_label,
        "accountId": str(incident.account_id) if incident.account_id else None,
        "at": event.at.isoformat(),
        "openedAt": incident.opened_at.isoformat(),
        "detail": incident.detail,
    }


def queue_test(*, channel: Channel, actor: str, now: datetime) -> Delivery:
    """Queue a message that says it is a test; who asks sends it at once."""
    message = {
        "event": "test",
        "severity": Severity.INFO,
        "title": f"Test of {channel.name}",
        "text": f"{actor} tries whether messages arrive here.",
        "at": now.isoformat(),
    }
    return Delivery.objects.create(
        tenant_id=channel.tenant_id, channel=channel, purpose="test", message=message, due_at=now
    )


def queue_report(*, channel: Channel, message: dict[str, object], now: datetime) -> Delivery:
    """Queue a report, in the open transaction; who asks sends it at once, or the next sweep does."""
    return Delivery.objects.create(
        tenant_id=channel.tenant_id, channel=channel, purpose="report", message=message, due_at=now
    )


def retry(*, row: Delivery, now: datetime) -> None:
    """Try what has failed once more, from the first attempt. What was sent or waits stays as it is."""
    changed = Delivery.objects.filter(id=row.id, state=DeliveryState.FAILED).update(
        state=DeliveryState.QUEUED, due_at=now, attempt=0, error="", updated_at=now
    )
    if changed:
        _nudge(row)


def due(now: datetime) -> list[tuple[UUID, UUID]]:
    """Return (tenant, delivery) of what is due, over all tenants, the longest waiting first."""
    with operator_scope():
        # Who asked for a test sends it: a sweep that took it in between would leave them without an answer.
        is_new_test = Q(purpose="test", attempt=0, created_at__gt=now - HEAD_START)
        rows = Delivery.objects.filter(~is_new_test, due_at__lte=now).order_by("due_at")
        return list(rows.values_list("tenant_id", "id")[:SWEEP_AT_MOST])


def deliver(*, tenant_id: UUID, delivery_id: UUID, now: datetime, outside: Outside) -> None:
    """Send it if it is due and nobody else has it, and write what came of it. Not inside a transaction."""
    with tenant_scope(tenant_id):
        row = _taken(tenant_id, delivery_id, now)
        if row is None:
            return
        settings = opened_settings(row.channel)
    letter = Letter(tenant_id, row.id, row.message, now)
    try:
        reply = kinds()[row.channel.kind].send(letter, settings, outside)
    except ChannelError as error:
        with tenant_scope(tenant_id):
            _failed(row, error, now)
    else:
        with tenant_scope(tenant_id):
            _sent(row, reply, now)


def _taken(tenant_id: UUID, delivery_id: UUID, now: datetime) -> Delivery | None:
    """Take the row for the time of a lease. None: not due, another has it, or it is given up."""
    taken = Delivery.objects.filter(
        tenant_id=tenant_id, id=delivery_id, state=DeliveryState.QUEUED, due_at__lte=now
    ).update(attempt=F("attempt") + 1, lease_until=now + LEASE, due_at=now + LEASE, updated_at=now)
    if not taken:
        return None
    row = Delivery.objects.select_related("channel").get(id=delivery_id)
    if not row.channel.is_enabled and row.purpose != "test":
        _end(row, DeliveryState.FAILED, now, error="The channel is off.")
        return None
    if row.attempt > len(BACK_OFF) + 1:
        _end(row, DeliveryState.FAILED, now, error="Given up: no attempt came to an end.")
        return None
    return row


def _sent(row: Delivery, reply: str, now: datetime) -> None:
    _end(row, DeliveryState.SENT, now, reply=reply[:MOST_SAID], error="", sent_at=now)
    if not row.channel.is_enabled and row.channel.disabled_reason:
        Channel.objects.filter(id=row.channel_id).update(is_enabled=True, disabled_reason="", updated_at=now)
    _drop_old(row.channel_id)


def _failed(row: Delivery, error: ChannelError, now: datetime) -> None:
    text = str(error)[:MOST_SAID]
    is_last = row.attempt > len(BACK_OFF) or row.purpose == "test"
    if not error.permanent and not is_last:
        _mine(row).update(
            due_at=now + BACK_OFF[row.attempt - 1], lease_until=None, error=text, updated_at=now
        )
        return
    _end(row, DeliveryState.FAILED, now, error=text)
    if error.permanent:
        _switch_off(row.channel, text, now)
    _drop_old(row.channel_id)


def _switch_off(channel: Channel, reason: str, now: datetime) -> None:
    """Say why on the channel and in the record, and tell it through the channels that are left."""
    changed = Channel.objects.filter(id=channel.id, is_enabled=True).update(
        is_enabled=False, disabled_reason=reason, updated_at=now
    )
    if not changed:
        return
    audit.record(
        tenant_id=channel.tenant_id,
        actor=_SYSTEM,
        action="channel.disabled",
        subject=channel.name,
        subject_id=channel.id,
        now=now,
        detail={"reason": reason},
    )
    message: dict[str, object] = {
        "event": "channel_disabled",
        "severity": Severity.WARNING,
        "title": f"Channel {channel.name} was switched off",
        "text": f"Nobody is told through it any more: {reason}",
        "at": now.isoformat(),
    }
    _queue_notices(Channel.objects.filter(tenant_id=channel.tenant_id, is_enabled=True), message, now)


def _queue_notices(channels: Iterable[Channel], message: dict[str, object], now: datetime) -> None:
    for channel in channels:
        when = told_at(channel, Severity.WARNING, now)
        row = Delivery.objects.create(
            tenant_id=channel.tenant_id, channel=channel, purpose="notice", message=message, due_at=when
        )
        if when == now:
            _nudge(row)


def _mine(row: Delivery) -> QuerySet[Delivery]:
    """The row, unless its lease ended and another took it: that one writes what came of it."""
    return Delivery.objects.filter(id=row.id, attempt=row.attempt, state=DeliveryState.QUEUED)


def _end(row: Delivery, state: DeliveryState, now: datetime, **facts: object) -> None:
    _mine(row).update(state=state, due_at=None, lease_until=None, updated_at=now, **facts)


def _drop_old(channel_id: UUID) -> None:
    rows = Delivery.objects.filter(Q(channel_id=channel_id) & ~Q(state=DeliveryState.QUEUED))
    kept = rows.order_by("-created_at").values_list("created_at", flat=True)[KEPT - 1 : KEPT]
    for oldest in kept:
        rows.filter(created_at__lt=oldest).delete()


def _nudge(row: Delivery) -> None:
    enqueue_on_commit("monitor.deliver", tenant_id=str(row.tenant_id), delivery_id=str(row.id))
