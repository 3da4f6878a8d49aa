"""Hosts: the machines that run EA runners. They register themselves, and say how they are.

A driver that knows its machines offers `machines()`; for the process driver it is the
machine that the worker runs on.
"""

from __future__ import annotations

import platform
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import psutil
from django.db import transaction

from metafleet.hub.fleet.drivers.contract import Driver
from metafleet.hub.fleet.errors import WrongState
from metafleet.hub.fleet.models import Host, HostState
from metafleet.hub.kernel.errors import NotFound

LOST_AFTER: Final = timedelta(seconds=60)
"""Four reports missed: longer than a worker takes to start anew."""
REPORT_EVERY_S: Final = 15.0
_LOOK_S: Final = 0.1
"""Over which the processor's load is measured."""


@dataclass(frozen=True, slots=True)
class Machine:
    """What a machine says of itself. `cpu` in cores, `cpu_percent` of all of them."""

    name: str
    cpu: float
    memory_mb: int
    cpu_percent: float | None = None
    memory_used_mb: float | None = None
    versions: dict[str, str] | None = None


def machines(runtime: Driver) -> Sequence[Machine]:
    """Return the machines on which this driver starts runners; none where it does not know them."""
    said: Callable[[], Sequence[Machine]] | None = getattr(runtime, "machines", None)
    if said is not None:
        return said()
    return [this_machine()] if runtime.name == "process" else []


def this_machine() -> Machine:
    """Look at the machine that this process runs on; takes a tenth of a second."""
    memory = psutil.virtual_memory()
    return Machine(
        name=socket.gethostname(),
        cpu=float(psutil.cpu_count() or 1),
        memory_mb=int(memory.total // 1_000_000),
        cpu_percent=psutil.cpu_percent(interval=_LOOK_S),
        memory_used_mb=round((memory.total - memory.available) / 1e6, 1),
        versions={"system": f"{platform.system()} {platform.release()}", "python": platform.python_version()},
    )


def record(*, driver: str, seen: Sequence[Machine], usd_per_hour: Decimal, now: datetime) -> None:
    """Write what the driver's machines say; a new name is a new host, and one that was lost is back."""
    rows = [
        Host(
            name=machine.name,
            driver=driver,
            cpu=machine.cpu,
            memory_mb=machine.memory_mb,
            cpu_percent=machine.cpu_percent,
            memory_used_mb=machine.memory_used_mb,
            versions=machine.versions or {},
            usd_per_hour=usd_per_hour,
            seen_at=now,
        )
        for machine in seen
    ]
    observed = ("driver", "cpu", "memory_mb", "cpu_percent", "memory_used_mb", "versions", "seen_at")
    priced = {"usd_per_hour": usd_per_hour}
    with transaction.atomic():
        Host.objects.bulk_create(rows, update_conflicts=True, unique_fields=["name"], update_fields=observed)
        heard = Host.objects.filter(name__in=[machine.name for machine in seen])
        heard.filter(group="").update(**priced)  # a group's hosts have the price of their group
        heard.filter(state=HostState.LOST).update(state=HostState.ACTIVE, state_reason="Heard again")
        heard.filter(state=HostState.GONE, group="").update(state=HostState.ACTIVE, state_reason="")


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
