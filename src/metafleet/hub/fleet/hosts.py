"""Hosts: the machines that run EA runners. Their driver says which there are, and how they are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from metafleet.hub.fleet.drivers.contract import Machine
from metafleet.hub.fleet.errors import WrongState
from metafleet.hub.fleet.models import Host, HostState
from metafleet.hub.kernel.errors import NotFound

LOST_AFTER: Final = timedelta(seconds=60)
"""Four reports missed: longer than a worker takes to start anew."""
REPORT_EVERY_S: Final = 15.0
CLOSED_BY_ENGINE: Final = "Closed by its engine"
"""The reason of a drain that its engine began, which ends with it: a person's drain has another."""


def record(*, driver: str, seen: Sequence[Machine], usd_per_hour: Decimal, now: datetime) -> None:
    """Write what the driver says of its machines; a new name is a new host, one that was lost is back.

    What its engine does not hear is lost at once. What its engine has closed is drained, until it opens it.
    """
    rows = [
        Host(
            name=machine.name,
            driver=driver,
            provider_id=machine.provider_id,
            cpu=machine.cpu,
            memory_mb=machine.memory_mb,
            cpu_percent=machine.cpu_percent,
            memory_used_mb=machine.memory_used_mb,
            versions=dict(machine.versions),
            usd_per_hour=usd_per_hour,
            seen_at=now,
        )
        for machine in seen
        if machine.is_up
    ]
    observed = ("driver", "cpu", "memory_mb", "cpu_percent", "memory_used_mb", "versions", "seen_at")
    with transaction.atomic():
        Host.objects.bulk_create(rows, update_conflicts=True, unique_fields=["name"], update_fields=observed)
        heard = Host.objects.filter(name__in=[row.name for row in rows])
        heard.filter(state=HostState.LOST).update(state=HostState.ACTIVE, state_reason="Heard again")
        ours = heard.filter(group="")  # a group's hosts have its price, and their ids at its cloud
        ours.update(usd_per_hour=usd_per_hour)
        ours.filter(state=HostState.GONE).update(state=HostState.ACTIVE, state_reason="")
        _take_ids(list(ours), rows)
        _follow_the_engine(driver, seen, now)


def _take_ids(hosts: Sequence[Host], rows: Sequence[Host]) -> None:
    said = {row.name: row.provider_id for row in rows}
    changed = [host for host in hosts if host.provider_id != said[host.name]]
    for host in changed:
        host.provider_id = said[host.name]
    Host.objects.bulk_update(changed, ("provider_id",))


def _follow_the_engine(driver: str, seen: Sequence[Machine], now: datetime) -> None:
    """Take over which hosts the engine has lost, closed and opened again."""
    hosts = Host.objects.filter(driver=driver)
    down = [machine.name for machine in seen if not machine.is_up]
    hosts.filter(name__in=down, state=HostState.ACTIVE).update(
        state=HostState.LOST, state_reason="Its engine does not hear it"
    )
    up = [machine for machine in seen if machine.is_up]
    closed = [machine.name for machine in up if not machine.is_open]
    # What we have told it to close says nothing of the engine's own.
    hosts.filter(name__in=closed, state=HostState.ACTIVE, is_told_closed=False).update(
        state=HostState.DRAINING, state_reason=CLOSED_BY_ENGINE, drained_at=now
    )
    opened = [machine.name for machine in up if machine.is_open]
    hosts.filter(name__in=opened, state=HostState.DRAINING, state_reason=CLOSED_BY_ENGINE).update(
        state=HostState.ACTIVE, state_reason="Opened by its engine", drained_at=None
    )


def lose_silent(*, now: datetime) -> int:
    """Mark the hosts as lost that were not heard for LOST_AFTER; return how many.

    One that is being drained stays so: what is on it is moved all the same.
    """
    silent = Host.objects.filter(state=HostState.ACTIVE, seen_at__lt=now - LOST_AFTER)
    seconds = int(LOST_AFTER.total_seconds())
    return silent.update(state=HostState.LOST, state_reason=f"Not heard for {seconds} seconds")


def drain(*, host_id: UUID, reason: str, now: datetime) -> Host:
    """Start nothing more on the host and move away what is on it. Raises NotFound, WrongState."""
    host = _lock(host_id)
    if host.state == HostState.GONE:
        raise WrongState(f"{host.name} is gone, so there is nothing to drain.")
    if host.state != HostState.DRAINING:
        host.state, host.drained_at = HostState.DRAINING, now
    host.state_reason = reason
    host.save(update_fields=("state", "state_reason", "drained_at", "updated_at"))
    return host


def activate(*, host_id: UUID) -> Host:
    """Let the host take EAs again. Raises NotFound, WrongState unless it is being drained."""
    host = _lock(host_id)
    if host.state != HostState.DRAINING:
        raise WrongState(f"{host.name} is {host.state}: only a host that is being drained can be taken back.")
    host.state, host.state_reason, host.drained_at = HostState.ACTIVE, "", None
    host.save(update_fields=("state", "state_reason", "drained_at", "updated_at"))
    return host


def forget(*, host_id: UUID) -> Host:
    """Say that a host will not come back. Raises NotFound, WrongState while it is heard."""
    host = _lock(host_id)
    if host.state not in {HostState.LOST, HostState.GONE}:
        raise WrongState(f"{host.name} is {host.state}: end the machine first, and wait until it is lost.")
    host.state, host.state_reason = HostState.GONE, "Taken out by an operator"
    host.save(update_fields=("state", "state_reason", "updated_at"))
    return host


def _lock(host_id: UUID) -> Host:
    host = Host.objects.select_for_update().filter(id=host_id).first()
    if host is None:
        raise NotFound("host")
    return host


def as_detail(host: Host) -> dict[str, Any]:
    """What the record of deeds keeps of a host."""
    return {"host": host.name, "state": host.state, "reason": host.state_reason}
