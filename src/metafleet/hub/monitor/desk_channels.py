"""A desk's channels: made, changed, removed. What is secret of their settings goes into the vault."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any, Final
from uuid import UUID
from zoneinfo import available_timezones

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from pydantic import ValidationError

from metafleet.hub.audit import operations as audit
from metafleet.hub.kernel.errors import Fault, Malformed, NotFound, Refused
from metafleet.hub.kernel.secrets import Secret
from metafleet.hub.monitor.channels import kinds
from metafleet.hub.monitor.channels.contract import Kind, Settings, secrets_of
from metafleet.hub.monitor.models import Channel, Delivery
from metafleet.hub.monitor.outgoing import AddressRefused, Outside
from metafleet.hub.vault import operations as vault

MOST: Final = 30


class TooManyChannels(Refused):
    def __init__(self) -> None:
        super().__init__(f"This desk has {MOST} channels, which is the most. Remove one first.")


class NameTaken(Refused):
    def __init__(self, name: str) -> None:
        super().__init__(f"There is a channel {name} already. Choose another name.")


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody says of a channel, beside its kind's settings."""

    name: str
    min_severity: str
    is_for_escalation: bool
    quiet_from: time | None
    quiet_to: time | None
    timezone: str


def channels(*, tenant_id: UUID) -> QuerySet[Channel]:
    return Channel.objects.filter(tenant_id=tenant_id).order_by("name")


def find(*, tenant_id: UUID, channel_id: UUID) -> Channel:
    """Raises NotFound, also for another tenant's."""
    row = channels(tenant_id=tenant_id).filter(id=channel_id).first()
    if row is None:
        raise NotFound("channel")
    return row


def find_delivery(*, tenant_id: UUID, delivery_id: UUID) -> Delivery:
    """Raises NotFound, also for another tenant's."""
    row = Delivery.objects.filter(tenant_id=tenant_id, id=delivery_id).select_related("channel").first()
    if row is None:
        raise NotFound("delivery")
    return row


def add(
    *,
    tenant_id: UUID,
    kind: str,
    wish: Wish,
    given: Mapping[str, str],
    outside: Outside,
    actor: str,
    now: datetime,
) -> tuple[Channel, dict[str, str]]:
    """Make a channel; return it with the secrets that were made for it, which are not told again.

    Raises Malformed, TooManyChannels, NameTaken.
    """
    if kind not in kinds():
        raise Malformed(Fault("/kind", f"There is no kind {kind}. Choose one of {', '.join(kinds())}."))
    if channels(tenant_id=tenant_id).count() >= MOST:
        raise TooManyChannels
    _check(wish)
    made = {name: make() for name, make in kinds()[kind].made.items() if not given.get(name)}
    settings = _read(kinds()[kind], {**given, **made}, outside)
    row = Channel(tenant_id=tenant_id, kind=kind, created_by=actor)
    _write(row, wish, settings)
    _record(row, actor, "channel.added", now)
    return row, made


def judge(*, kind: str, given: Mapping[str, str], outside: Outside) -> None:
    """Look at what was typed where its kind takes time for that. Not inside a transaction.

    Raises Malformed. What is not even readable passes: `add` and `change` say so.
    """
    found = kinds().get(kind)
    if found is None or found.judge is None:
        return
    try:
        settings = found.settings.model_validate(given)
    except ValidationError:
        return
    found.judge(settings, outside)


def change(
    *, row: Channel, wish: Wish, given: Mapping[str, str], outside: Outside, actor: str, now: datetime
) -> None:
    """Change it; a secret that is left empty stays as it was. A channel that was switched off works again.

    Raises Malformed, NameTaken.
    """
    _check(wish)
    kind = kinds()[row.kind]
    typed = {name: text for name, text in given.items() if text or name not in secrets_of(kind.settings)}
    settings = _read(kind, {**opened_settings(row).model_dump(), **typed}, outside)
    row.is_enabled, row.disabled_reason = True, ""
    _write(row, wish, settings)
    _record(row, actor, "channel.changed", now)


def remove(*, row: Channel, actor: str, now: datetime) -> None:
    """Destroy it with its secrets and its log."""
    vault.forget(tenant_id=row.tenant_id, owner_id=row.id)
    _record(row, actor, "channel.removed", now)
    row.delete()


def opened_settings(row: Channel) -> Settings:
    """Return the settings with what the vault keeps of them. For the moment of sending, or of changing."""
    settings = kinds()[row.kind].settings
    sealed = {
        name: vault.open_secret(tenant_id=row.tenant_id, owner_id=row.id, field=name).reveal()
        for name in secrets_of(settings)
    }
    kept: dict[str, Any] = {**row.settings, **sealed}
    return settings.model_construct(**kept)


def _check(wish: Wish) -> None:
    if wish.timezone not in available_timezones():
        raise Malformed(
            Fault("/timezone", f"There is no time zone {wish.timezone}. Use one like Europe/Berlin.")
        )
    if (wish.quiet_from is None) != (wish.quiet_to is None):
        raise Malformed(Fault("/quietTo", "Quiet hours need both ends. Give both or none."))


def _read(kind: Kind, given: Mapping[str, Any], outside: Outside) -> Settings:
    try:
        settings = kind.settings.model_validate(given)
    except ValidationError as error:
        raise Malformed(*(_fault(kind, one["loc"], one["type"]) for one in error.errors())) from None
    for name in kind.called:
        try:
            outside.check(getattr(settings, name))
        except AddressRefused as error:
            raise Malformed(Fault(f"/settings/{name}", str(error))) from error
    return settings


def _fault(kind: Kind, where: tuple[int | str, ...], what: str) -> Fault:
    """Never with what was typed: it may be a secret."""
    name = str(where[0]) if where else ""
    field = kind.settings.model_fields.get(name)
    if field is None:
        return Fault(f"/settings/{name}", f"{kind.title} has no setting {name}. Leave it out.")
    said = "is missing" if what == "missing" else "is not as it should be"
    return Fault(f"/settings/{name}", f"{field.title} {said}. {field.description}")


def _write(row: Channel, wish: Wish, settings: Settings) -> None:
    values = settings.model_dump()
    sealed = secrets_of(type(settings))
    row.settings = {name: value for name, value in values.items() if name not in sealed}
    row.name, row.min_severity, row.is_for_escalation = wish.name, wish.min_severity, wish.is_for_escalation
    row.quiet_from, row.quiet_to, row.timezone = wish.quiet_from, wish.quiet_to, wish.timezone
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise NameTaken(wish.name) from error
    for name in sealed:
        vault.seal(tenant_id=row.tenant_id, owner_id=row.id, field=name, secret=Secret(values[name]))


def _record(row: Channel, actor: str, action: str, now: datetime) -> None:
    audit.record(
        tenant_id=row.tenant_id,
        actor=actor,
        action=action,
        subject=row.name,
        subject_id=row.id,
        now=now,
        detail={"kind": row.kind, "minSeverity": row.min_severity},
    )
