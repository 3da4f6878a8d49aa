"""Channels of alerts: list, add, change, remove, try, and the log of what went through them."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Status

from metafleet.hub.console.access import actor, needs
from metafleet.hub.console.schemas import channels as shown
from metafleet.hub.identity.rights import Right
from metafleet.hub.kernel import clock
from metafleet.hub.kernel.tenancy import tenant_scope
from metafleet.hub.monitor import deliveries, desk_channels, sending
from metafleet.hub.monitor.channels import kinds
from metafleet.hub.monitor.channels.contract import Kind, secrets_of
from metafleet.hub.monitor.models import Channel, Delivery

router = Router(by_alias=True)
LOG_SHOWN: Final = 50


@router.get("/alerts/channel-kinds", response=list[shown.ChannelKind])
@needs(Right.READ)
def list_channel_kinds(request: HttpRequest) -> list[shown.ChannelKind]:
    """What kinds of channels there are, and what each asks for."""
    return [_kind(kind) for kind in kinds().values()]


@router.get("/alerts/channels", response=list[shown.Channel])
@needs(Right.READ, takes_limited_keys=False)
def list_channels(request: HttpRequest) -> list[shown.Channel]:
    who = actor(request)
    with tenant_scope(who.tenant_id):
        rows = desk_channels.channels(tenant_id=who.tenant_id)[: desk_channels.MOST]
        return [_channel(row) for row in rows]


@router.post("/alerts/channels", response={201: shown.NewChannel})
@needs(Right.ADMIN, takes_limited_keys=False)
def add_channel(request: HttpRequest, form: shown.NewChannelForm) -> Status[shown.NewChannel]:
    """Add a channel. A secret that is made for it is told this once."""
    who = actor(request)
    desk_channels.judge(kind=form.kind, given=form.settings, outside=sending.outside())
    with tenant_scope(who.tenant_id):
        row, made = desk_channels.add(
            tenant_id=who.tenant_id,
            kind=form.kind,
            wish=_wish(form),
            given=form.settings,
            outside=sending.outside(),
            actor=who.name,
            now=clock.now(),
        )
        return Status(201, shown.NewChannel(**_channel(row).model_dump(), made=made))


@router.put("/alerts/channels/{uuid:channel_id}", response=shown.Channel)
@needs(Right.ADMIN, takes_limited_keys=False)
def change_channel(request: HttpRequest, channel_id: UUID, form: shown.ChannelForm) -> shown.Channel:
    """Change a channel; a secret that is left out stays. One that was switched off is on again."""
    who = actor(request)
    with tenant_scope(who.tenant_id):
        kind = desk_channels.find(tenant_id=who.tenant_id, channel_id=channel_id).kind
    desk_channels.judge(kind=kind, given=form.settings, outside=sending.outside())
    with tenant_scope(who.tenant_id):
        row = desk_channels.find(tenant_id=who.tenant_id, channel_id=channel_id)
        desk_channels.change(
            row=row,
            wish=_wish(form),
            given=form.settings,
            outside=sending.outside(),
            actor=who.name,
            now=clock.now(),
        )
        return _channel(row)


@router.delete("/alerts/channels/{uuid:channel_id}", response={204: None})
@needs(Right.ADMIN, takes_limited_keys=False)
def remove_channel(request: HttpRequest, channel_id: UUID) -> Status[None]:
    """Remove a channel with its secrets and its log."""
    who = actor(request)
    with tenant_scope(who.tenant_id):
        row = desk_channels.find(tenant_id=who.tenant_id, channel_id=channel_id)
        desk_channels.remove(row=row, actor=who.name, now=clock.now())
    return Status(204, None)


@router.post("/alerts/channels/{uuid:channel_id}/test", response=shown.Delivery)
@needs(Right.ADMIN, takes_limited_keys=False)
def test_channel(request: HttpRequest, channel_id: UUID) -> shown.Delivery:
    """Send a message through it now, and say what its receiver answered."""
    who, now = actor(request), clock.now()
    with tenant_scope(who.tenant_id):
        channel = desk_channels.find(tenant_id=who.tenant_id, channel_id=channel_id)
        row = deliveries.queue_test(channel=channel, actor=who.name, now=now)
    deliveries.deliver(tenant_id=who.tenant_id, delivery_id=row.id, now=now, outside=sending.outside())
    with tenant_scope(who.tenant_id):
        return shown_delivery(desk_channels.find_delivery(tenant_id=who.tenant_id, delivery_id=row.id))


@router.get("/alerts/channels/{uuid:channel_id}/deliveries", response=list[shown.Delivery])
@needs(Right.READ, takes_limited_keys=False)
def list_deliveries(request: HttpRequest, channel_id: UUID) -> list[shown.Delivery]:
    """The newest messages of the channel."""
    who = actor(request)
    with tenant_scope(who.tenant_id):
        row = desk_channels.find(tenant_id=who.tenant_id, channel_id=channel_id)
        return [shown_delivery(one) for one in row.deliveries.order_by("-created_at")[:LOG_SHOWN]]


@router.post("/alerts/deliveries/{uuid:delivery_id}/retry", response=shown.Delivery)
@needs(Right.ADMIN, takes_limited_keys=False)
def retry_delivery(request: HttpRequest, delivery_id: UUID) -> shown.Delivery:
    """Try a message that failed once more."""
    who = actor(request)
    with tenant_scope(who.tenant_id):
        row = desk_channels.find_delivery(tenant_id=who.tenant_id, delivery_id=delivery_id)
        deliveries.retry(row=row, now=clock.now())
        row.refresh_from_db()
        return shown_delivery(row)


def _wish(form: shown.ChannelForm) -> desk_channels.Wish:
    return desk_channels.Wish(
        name=form.name,
        min_severity=form.min_severity,
        is_for_escalation=form.is_for_escalation,
        quiet_from=form.quiet_from,
        quiet_to=form.quiet_to,
        timezone=form.timezone,
    )


def _kind(kind: Kind) -> shown.ChannelKind:
    secrets = secrets_of(kind.settings)
    fields = [
        shown.ChannelField(
            name=name,
            title=one.title or name,
            description=one.description or "",
            is_secret=name in secrets,
            is_made=name in kind.made,
        )
        for name, one in kind.settings.model_fields.items()
    ]
    return shown.ChannelKind(kind=kind.name, title=kind.title, note=kind.note, fields=fields)


def _channel(row: Channel) -> shown.Channel:
    last = row.deliveries.order_by("-created_at").first()
    facts: dict[str, Any] = {
        name: getattr(row, name) for name in shown.Channel.model_fields if name not in {"kind_title", "last"}
    }
    return shown.Channel(
        **facts, kind_title=kinds()[row.kind].title, last=shown_delivery(last) if last else None
    )


def shown_delivery(row: Delivery) -> shown.Delivery:
    return shown.Delivery(**delivery_facts(row))


def delivery_facts(row: Delivery) -> dict[str, Any]:
    """Return what the API tells of a delivery, by its fields."""
    told = {"title": row.message["title"], "severity": row.message["severity"]}
    return {name: told[name] if name in told else getattr(row, name) for name in shown.Delivery.model_fields}
