"""Messages that are to go through channels: rows that are due."""

from __future__ import annotations

from datetime import datetime

from metafleet.hub.monitor.models import Channel, Delivery, Incident, IncidentEvent, Severity

_ORDER = tuple(Severity)


def announce(*, incident: Incident, event: IncidentEvent, now: datetime) -> None:
    """Queue the event for every channel that is to hear of it, in the open transaction."""
    if incident.is_muted:
        return
    for channel in Channel.objects.filter(tenant_id=incident.tenant_id, is_enabled=True):
        if _ORDER.index(Severity(incident.severity)) >= _ORDER.index(Severity(channel.min_severity)):
            Delivery.objects.get_or_create(
                tenant_id=incident.tenant_id,
                channel=channel,
                event=event,
                defaults={"message": message_of(incident, event), "due_at": now},
            )


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
