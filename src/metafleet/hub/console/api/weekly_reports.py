"""The weekly report: switched on and off for a channel, looked at, sent now."""

from __future__ import annotations

from typing import Final, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema
from pydantic import Field

from metafleet.hub.console.access import actor, needs
from metafleet.hub.console.api.channels import shown_delivery
from metafleet.hub.console.policy import POLICY
from metafleet.hub.console.schemas import channels as shown
from metafleet.hub.console.schemas import weekly_reports as forms
from metafleet.hub.identity.rights import Right
from metafleet.hub.kernel import clock
from metafleet.hub.kernel.tenancy import tenant_scope
from metafleet.hub.monitor import deliveries, desk_channels, sending
from metafleet.hub.monitor.models import WeeklyReport
from metafleet.hub.monitor.weekly import schedule
from metafleet.hub.monitor.weekly.figures import week_of
from metafleet.hub.monitor.weekly.letter import worded

router = Router(by_alias=True)
_PAGE: Final = {"responses": {200: {"content": {"text/html": {"schema": {"type": "string"}}}}}}
_ALONE: Final = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"
"""A mail has its style within it, and nothing else: no script runs there, and nothing is fetched."""


class Wanted(Schema):
    """Which week: `this`, as it is so far, or the `last` whole one."""

    week: Literal["this", "last"] = "this"
    timezone: forms.Timezone = Field("UTC", max_length=64)


@router.get("/alerts/channels/{uuid:channel_id}/weekly-report", response=forms.WeeklyReport)
@needs(Right.READ, takes_limited_keys=False)
def weekly_report(request: HttpRequest, channel_id: UUID) -> forms.WeeklyReport:
    """Whether the weekly report goes through the channel, and when it does next."""
    who = actor(request)
    with tenant_scope(who.tenant_id):
        channel = desk_channels.find(tenant_id=who.tenant_id, channel_id=channel_id)
        return _shown(schedule.find(channel=channel), channel.timezone)


@router.put("/alerts/channels/{uuid:channel_id}/weekly-report", response=forms.WeeklyReport)
@needs(Right.ADMIN, takes_limited_keys=False)
def keep_weekly_report(
    request: HttpRequest, channel_id: UUID, form: forms.WeeklyReportForm
) -> forms.WeeklyReport:
    """Switch it on, at this hour of Mondays, or off."""
    who, now = actor(request), clock.now()
    with tenant_scope(who.tenant_id):
        channel = desk_channels.find(tenant_id=who.tenant_id, channel_id=channel_id)
        if not form.is_on:
            schedule.stop(channel=channel, actor=who.name, now=now)
            return _shown(None, form.timezone)
        row = schedule.keep(channel=channel, hour=form.hour, timezone=form.timezone, actor=who.name, now=now)
        return _shown(row, row.timezone)


@router.post("/alerts/channels/{uuid:channel_id}/weekly-report/send", response=shown.Delivery)
@needs(Right.ADMIN, takes_limited_keys=False)
def send_weekly_report(request: HttpRequest, channel_id: UUID) -> shown.Delivery:
    """Send the week as it is so far now, and say what the mail server answered."""
    who, now = actor(request), clock.now()
    with tenant_scope(who.tenant_id):
        channel = desk_channels.find(tenant_id=who.tenant_id, channel_id=channel_id)
        kept = schedule.find(channel=channel)
        zone = kept.timezone if kept else channel.timezone
        row = schedule.queue_now(channel=channel, timezone=zone, now=now)
    deliveries.deliver(tenant_id=who.tenant_id, delivery_id=row.id, now=now, outside=sending.outside())
    with tenant_scope(who.tenant_id):
        return shown_delivery(desk_channels.find_delivery(tenant_id=who.tenant_id, delivery_id=row.id))


@router.get("/alerts/weekly-report", openapi_extra=_PAGE)
@needs(Right.READ, takes_limited_keys=False)
def see_weekly_report(request: HttpRequest, wanted: Query[Wanted]) -> HttpResponse:
    """The report as the mail shows it. A page of its own, that may do nothing."""
    who, now = actor(request), clock.now()
    schedule.check_timezone(wanted.timezone)
    week = week_of(now, wanted.timezone)
    with tenant_scope(who.tenant_id):
        message = schedule.message_of(who.tenant_id, week if wanted.week == "this" else week.before(), now)
    page = HttpResponse(worded(message["figures"]).html)
    page[POLICY] = _ALONE
    return page


def _shown(row: WeeklyReport | None, timezone: str) -> forms.WeeklyReport:
    if row is None:
        return forms.WeeklyReport(is_on=False, hour=8, timezone=timezone, next_at=None)
    return forms.WeeklyReport(is_on=True, hour=row.hour, timezone=row.timezone, next_at=row.due_at)
