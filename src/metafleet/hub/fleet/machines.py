"""Customers' own machines, as their host agents report them: list, name, forget."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

from django.db.models import QuerySet

from metafleet.hub.audit import changes as changed
from metafleet.hub.audit import operations as audit
from metafleet.hub.fleet.errors import WrongState
from metafleet.hub.fleet.models import Agent

MachineState = Literal["online", "late", "offline"]
LATE_AFTER: Final = timedelta(seconds=45)
OFFLINE_AFTER: Final = timedelta(minutes=2)


def machines(*, tenant_id: UUID) -> QuerySet[Agent]:
    """Return the tenant's machines by label, each with its terminals and their accounts."""
    return (
        Agent.objects.filter(tenant_id=tenant_id)
        .prefetch_related("terminals__terminal__account")
        .order_by("label", "id")
    )


def state(machine: Agent, now: datetime) -> MachineState:
    """Return whether it was heard lately."""
    silent = timedelta.max if machine.heartbeat_at is None else now - machine.heartbeat_at
    if silent > OFFLINE_AFTER:
        return "offline"
    return "late" if silent > LATE_AFTER else "online"


def rename(*, machine: Agent, actor: str, label: str, now: datetime) -> None:
    """Call it otherwise on the screens; its own name stays."""
    before, machine.label = machine.label, label.strip()
    machine.save(update_fields=("label", "updated_at"))
    changes = changed.between({"label": before}, {"label": machine.label})
    _record(machine, actor, "machine.renamed", now, changes)


def forget(*, machine: Agent, actor: str, now: datetime) -> None:
    """Remove it with what it said; its terminals stay. Raises WrongState while it is heard."""
    if state(machine, now) != "offline":
        raise WrongState(f"{machine.label} still reports: stop its agent first, and wait two minutes.")
    _record(machine, actor, "machine.forgotten", now, None)
    machine.delete()


def _record(machine: Agent, actor: str, action: str, now: datetime, changes: audit.Changes | None) -> None:
    audit.record(
        tenant_id=machine.tenant_id,
        actor=actor,
        action=action,
        subject=machine.label,
        subject_id=machine.id,
        now=now,
        changes=changes,
    )
