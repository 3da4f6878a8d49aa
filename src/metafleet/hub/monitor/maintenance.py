"""Maintenance windows: times in which nobody is told of what happens. Rules judge and act all the same."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

from metafleet.hub.audit import operations as audit
from metafleet.hub.kernel import live
from metafleet.hub.kernel.errors import Fault, Malformed, NotFound, Refused
from metafleet.hub.monitor import scopes
from metafleet.hub.monitor.models import MaintenanceWindow

State = Literal["planned", "on", "over"]
LONGEST: Final = timedelta(days=30)
FARTHEST: Final = timedelta(days=366)
MOST: Final = 100
PAST_SHOWN: Final = 50


class TooManyWindows(Refused):
    def __init__(self) -> None:
        super().__init__(f"{MOST} windows are planned or on, which is the most. End one first.")


@dataclass(frozen=True, slots=True)
class Wish:
    """scope_id: None for all of the desk. starts_at: None for now."""

    scope: str
    scope_id: UUID | None
    starts_at: datetime | None
    ends_at: datetime
    reason: str


def windows(*, tenant_id: UUID, now: datetime) -> list[MaintenanceWindow]:
    """Return those that are on or planned, the next to begin first; then the newest that are over."""
    rows = MaintenanceWindow.objects.filter(tenant_id=tenant_id)
    coming = rows.filter(ends_at__gt=now).order_by("starts_at", "id")
    return [*coming, *rows.filter(ends_at__lte=now).order_by("-ends_at", "id")[:PAST_SHOWN]]


def state(row: MaintenanceWindow, now: datetime) -> State:
    if row.ends_at <= now:
        return "over"
    return "on" if row.starts_at <= now else "planned"


def plan(*, tenant_id: UUID, wish: Wish, actor: str, now: datetime) -> MaintenanceWindow:
    """Make one. Raises Malformed, NotFound for a subject of others, TooManyWindows."""
    starts_at = wish.starts_at or now
    _check(starts_at, wish.ends_at, now)
    scopes.check(tenant_id, wish.scope, wish.scope_id)
    if MaintenanceWindow.objects.filter(tenant_id=tenant_id, ends_at__gt=now).count() >= MOST:
        raise TooManyWindows
    row = MaintenanceWindow.objects.create(
        tenant_id=tenant_id,
        scope=wish.scope,
        scope_id=wish.scope_id,
        reason=wish.reason,
        starts_at=starts_at,
        ends_at=wish.ends_at,
        created_by=actor,
    )
    _record(row, actor, "maintenance.planned", now)
    return row


def end(*, tenant_id: UUID, window_id: UUID, actor: str, now: datetime) -> MaintenanceWindow:
    """End it now; one that has not begun never does. Twice is once.

    Raises NotFound, also for another tenant's.
    """
    row = MaintenanceWindow.objects.filter(tenant_id=tenant_id, id=window_id).select_for_update().first()
    if row is None:
        raise NotFound("maintenance window")
    before = state(row, now)
    if before == "over":
        return row
    row.starts_at, row.ends_at = min(row.starts_at, now), now
    row.save(update_fields=("starts_at", "ends_at", "updated_at"))
    _record(row, actor, "maintenance.ended" if before == "on" else "maintenance.cancelled", now)
    return row


def _check(starts_at: datetime, ends_at: datetime, now: datetime) -> None:
    if ends_at <= now:
        raise Malformed(Fault("/endsAt", "It is over already. Choose a time to come."))
    if ends_at <= starts_at:
        raise Malformed(Fault("/endsAt", "It ends before it begins. Choose a later time."))
    if ends_at - starts_at > LONGEST:
        raise Malformed(Fault("/endsAt", "A window lasts 30 days at most. Choose an earlier time."))
    if starts_at > now + FARTHEST:
        raise Malformed(Fault("/startsAt", "Choose a time within a year."))


def _record(row: MaintenanceWindow, actor: str, action: str, now: datetime) -> None:
    found = scopes.labels(row.tenant_id, [row.scope_id])
    subject = found.get(row.scope_id, "") if row.scope_id else "the desk"
    audit.record(
        tenant_id=row.tenant_id,
        actor=actor,
        action=action,
        subject=subject or row.scope,
        subject_id=row.id,
        now=now,
        detail={
            "scope": row.scope,
            "from": row.starts_at.isoformat(),
            "to": row.ends_at.isoformat(),
            "reason": row.reason,
        },
    )
    live.publish_on_commit(row.tenant_id, "maintenance", id=str(row.id))
