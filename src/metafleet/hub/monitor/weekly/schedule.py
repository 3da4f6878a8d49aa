"""When the weekly report goes: on Mondays, about the week that ended. A row that is due; once a week."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo, available_timezones

from metafleet.hub.audit import operations as audit
from metafleet.hub.identity.models import Tenant
from metafleet.hub.kernel.errors import Fault, Malformed, Refused
from metafleet.hub.kernel.tenancy import operator_scope, tenant_scope
from metafleet.hub.monitor import deliveries
from metafleet.hub.monitor.models import Channel, Delivery, WeeklyReport
from metafleet.hub.monitor.weekly.figures import Week, figures, week_of
from metafleet.hub.monitor.weekly.letter import worded


class NoMail(Refused):
    def __init__(self) -> None:
        super().__init__("The weekly report is a mail. Choose a channel that is one, or add it.")


def find(*, channel: Channel) -> WeeklyReport | None:
    return WeeklyReport.objects.filter(channel=channel).first()


def keep(*, channel: Channel, hour: int, timezone: str, actor: str, now: datetime) -> WeeklyReport:
    """Send it through the channel from now on, or at another hour. Raises NoMail, Malformed."""
    _must_be_mail(channel)
    check_timezone(timezone)
    row, _ = WeeklyReport.objects.update_or_create(
        channel=channel,
        defaults={
            "tenant_id": channel.tenant_id,
            "hour": hour,
            "timezone": timezone,
            "due_at": next_due(hour, timezone, now),
        },
        create_defaults={
            "tenant_id": channel.tenant_id,
            "hour": hour,
            "timezone": timezone,
            "due_at": next_due(hour, timezone, now),
            "created_by": actor,
        },
    )
    _record(channel, actor, "report.weekly_on", now, {"hour": hour, "timezone": timezone})
    return row


def check_timezone(timezone: str) -> None:
    """Raises Malformed."""
    if timezone not in available_timezones():
        raise Malformed(Fault("/timezone", f"There is no time zone {timezone}. Use one like Europe/Berlin."))


def stop(*, channel: Channel, actor: str, now: datetime) -> None:
    """Send it no more. Twice is once."""
    dropped, _ = WeeklyReport.objects.filter(channel=channel).delete()
    if dropped:
        _record(channel, actor, "report.weekly_off", now, {})


def next_due(hour: int, timezone: str, now: datetime) -> datetime:
    """Return the next Monday at this hour of that clock, after `now`."""
    here = now.astimezone(ZoneInfo(timezone))
    monday = here.date() - timedelta(days=here.weekday())
    at = datetime.combine(monday, time(hour), ZoneInfo(timezone))
    if at <= now:
        at = datetime.combine(monday + timedelta(days=7), time(hour), ZoneInfo(timezone))
    return at.astimezone(now.tzinfo)


def due(*, now: datetime) -> list[tuple[UUID, UUID]]:
    """Return (tenant, report) of what is due, over all tenants."""
    with operator_scope():
        rows = WeeklyReport.objects.filter(due_at__lte=now).order_by("due_at")
        return list(rows.values_list("tenant_id", "id"))


def send_due(*, tenant_id: UUID, report_id: UUID, now: datetime) -> Delivery | None:
    """Queue the report of the week that ended, and make the next one due, in one transaction.

    None where another did it, or the channel is off. Not inside a scope.
    """
    with tenant_scope(tenant_id):
        row = WeeklyReport.objects.select_related("channel").filter(id=report_id, due_at__lte=now).first()
        if row is None:
            return None
        message = message_of(tenant_id, week_of(now, row.timezone).before(), now)
    with tenant_scope(tenant_id):
        held = WeeklyReport.objects.select_for_update().filter(id=report_id, due_at__lte=now).first()
        if held is None:
            return None
        held.due_at = next_due(held.hour, held.timezone, now)
        held.save(update_fields=("due_at", "updated_at"))
        if not row.channel.is_enabled:
            return None
        return deliveries.queue_report(channel=row.channel, message=message, now=now)


def queue_now(*, channel: Channel, timezone: str, now: datetime) -> Delivery:
    """Queue the report of the week as it is so far; who asks sends it at once. Raises NoMail."""
    _must_be_mail(channel)
    message = message_of(channel.tenant_id, week_of(now, timezone), now)
    return deliveries.queue_report(channel=channel, message=message, now=now)


def message_of(tenant_id: UUID, week: Week, now: datetime) -> dict[str, Any]:
    """Return what is told, in the tenant's scope, before the channel words it."""
    desk = Tenant.objects.get(id=tenant_id).name
    told = figures(tenant_id=tenant_id, desk=desk, week=week, now=now)
    return {
        "event": "weekly_report",
        "severity": "info",
        "title": worded(told).subject,
        "text": f"The week of {desk}.",
        "at": now.isoformat(),
        "figures": told,
    }


def _must_be_mail(channel: Channel) -> None:
    if channel.kind != "email":
        raise NoMail


def _record(channel: Channel, actor: str, action: str, now: datetime, detail: dict[str, Any]) -> None:
    audit.record(
        tenant_id=channel.tenant_id,
        actor=actor,
        action=action,
        subject=channel.name,
        subject_id=channel.id,
        now=now,
        detail=detail,
    )
