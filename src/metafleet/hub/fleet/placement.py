"""Where an EA runs: which host has room, by what EAs were measured to need, and how one is moved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import Avg, Q

from metafleet.hub.audit import operations as audit
from metafleet.hub.fleet import commands
from metafleet.hub.fleet.clouds import SIMULATED
from metafleet.hub.fleet.models import (
    AccountState,
    CommandState,
    DesiredState,
    EAInstance,
    Host,
    HostState,
    Run,
    RunState,
)
from metafleet.hub.kernel.tenancy import operator_scope, tenant_scope

USABLE: Final = 0.85
"""Share of a host that EAs may fill; the rest is for the system and for bursts."""
HEADROOM: Final = 1.25
"""An EA is given this much more than it used on average."""
LEAST_CPU: Final = 0.01
LEAST_MEMORY_MB: Final = 16.0
MOVES_AT_MOST: Final = 20
"""EAs moved in one sweep, so that a drain does not stop a whole host's EAs at the same moment."""
ACTOR: Final = "system:fleet"


@dataclass(frozen=True, slots=True)
class Need:
    """What an EA is expected to use: `cpu` in cores."""

    cpu: float
    memory_mb: float

    def __add__(self, other: Need) -> Need:
        return Need(self.cpu + other.cpu, self.memory_mb + other.memory_mb)


@dataclass(frozen=True, slots=True)
class Seat:
    """A host as the choice sees it. `used`: by the EAs that are on it now."""

    name: str
    cpu: float
    memory_mb: float
    used: Need
    is_open: bool


def filled(seat: Seat, extra: Need | None = None) -> float:
    """Return how full the host is with `extra` on it: its tighter resource, 1.0 for all that EAs may fill."""
    used = seat.used + extra if extra else seat.used
    return max(used.cpu / (seat.cpu * USABLE), used.memory_mb / (seat.memory_mb * USABLE))


def choose(seats: Iterable[Seat], need: Need) -> str | None:
    """Return the host that is least full with the EA on it; None where none has room."""
    fitting = [(filled(seat, need), seat.name) for seat in seats if seat.is_open and filled(seat, need) <= 1]
    return min(fitting)[1] if fitting else None


def room(seat: Seat, need: Need) -> int:
    """Return how many more EAs of that need fit on the host."""
    if not seat.is_open:
        return 0
    by_cpu = (seat.cpu * USABLE - seat.used.cpu) / need.cpu
    by_memory = (seat.memory_mb * USABLE - seat.used.memory_mb) / need.memory_mb
    return max(0, int(min(by_cpu, by_memory) + 1e-9))


def request(asked: Need, measured: Need | None) -> Need:
    """Return what to plan with: what was measured with headroom, at most what the template asks for.

    The template's figure is what the driver enforces, so an EA never uses more.
    """
    if measured is None:
        return asked
    return Need(
        cpu=min(asked.cpu, max(LEAST_CPU, measured.cpu * HEADROOM)),
        memory_mb=min(asked.memory_mb, max(LEAST_MEMORY_MB, measured.memory_mb * HEADROOM)),
    )


@dataclass(frozen=True, slots=True)
class Fleet:
    """Where every living run is, and what it needs. `typical`: the mean need of those that live."""

    seats: dict[str, Seat]
    counts: Counter[str]
    typical: Need


def survey() -> Fleet:
    """Look at all hosts and all living runs. Opens an operator's scope of its own."""
    with operator_scope():
        live = Run.objects.filter(ended_at__isnull=True)
        templates = live.values(
            "instance__template_id", "instance__template__cpu", "instance__template__memory_mb"
        ).annotate(cpu=Avg("cpu_percent"), memory=Avg("memory_mb"))
        needs = {
            row["instance__template_id"]: request(
                Need(float(row["instance__template__cpu"]), float(row["instance__template__memory_mb"])),
                Need(row["cpu"] / 100, row["memory"]) if row["memory"] and row["cpu"] is not None else None,
            )
            for row in templates
        }
        placed = list(live.values_list("host", "instance__template_id"))
    hosts = list(Host.objects.exclude(state=HostState.GONE))
    return _fleet(hosts, [(host, needs[template]) for host, template in placed])


def _fleet(hosts: Sequence[Host], placed: Sequence[tuple[str, Need]]) -> Fleet:
    used: dict[str, Need] = {}
    for name, need in placed:
        used[name] = used.get(name, Need(0, 0)) + need
    seats = {
        host.name: Seat(
            name=host.name,
            cpu=host.cpu,
            memory_mb=host.memory_mb,
            used=used.get(host.name, Need(0, 0)),
            is_open=host.state == HostState.ACTIVE and host.driver != SIMULATED,
        )
        for host in hosts
    }
    total = sum((need for _, need in placed), Need(0, 0))
    typical = Need(total.cpu / len(placed), total.memory_mb / len(placed)) if placed else Need(0.1, 64)
    return Fleet(seats, Counter(name for name, _ in placed), typical)


def home(instance: EAInstance) -> str:
    """Return the name of the host that it was moved to; "" where none was said or that one is not open."""
    host = instance.host
    return host.name if host is not None and host.state == HostState.ACTIVE else ""


def avoided(driver: str) -> tuple[str, ...]:
    """Return the engine's ids of the driver's hosts on which nothing is to be started just now."""
    draining = Host.objects.filter(driver=driver, state=HostState.DRAINING).exclude(provider_id="")
    return tuple(draining.order_by("name").values_list("provider_id", flat=True))


def closed(driver: str) -> str:
    """Return why none of the driver's hosts takes a start, in words; "" where one does, or none is known.

    A host that is lost neither takes one nor keeps one off: where it was the last, the driver says so.
    """
    there = Host.objects.filter(driver=driver, state__in=(HostState.ACTIVE, HostState.DRAINING))
    states = dict(there.values_list("name", "state"))
    draining = [name for name, state in states.items() if state == HostState.DRAINING]
    if len(draining) < len(states) or not draining:
        return ""
    who = f"{draining[0]} is" if len(draining) == 1 else f"All {len(draining)} hosts are"
    return f"{who} being drained: it starts when a host takes EAs again"


@dataclass(frozen=True, slots=True)
class Moved:
    """What came of moving a host's EAs. `waiting`: those that hold positions, by name."""

    moved: int
    waiting: tuple[str, ...]
    homeless: int


def move_away(*, host: Host, actor: str, even_with_positions: bool, now: datetime) -> Moved:
    """Move the EAs of this host to hosts of the same driver that have room.

    A runner is told to stop; its end makes the reconciler start the next generation where it was
    placed. An EA is moved while its account holds no position, unless `even_with_positions`: they
    then keep their broker-side stops while the EA is between two hosts. Safe to repeat.
    """
    fleet = survey()
    others = set(
        Host.objects.filter(driver=host.driver, state=HostState.ACTIVE)
        .exclude(id=host.id)
        .values_list("name", flat=True)
    )
    seats = {name: seat for name, seat in fleet.seats.items() if name in others}
    moved, homeless, waiting = 0, 0, []
    for tenant_id, instance_id, name in _living_on(host):
        if moved >= MOVES_AT_MOST:
            break
        target = choose(seats.values(), fleet.typical)
        if target is None:
            homeless += 1
            continue
        with tenant_scope(tenant_id):
            done = _move(instance_id, target, actor, even_with_positions=even_with_positions, now=now)
        if done is None:
            waiting.append(name)
        elif done:
            moved += 1
            seat = seats[target]
            seats[target] = Seat(seat.name, seat.cpu, seat.memory_mb, seat.used + fleet.typical, is_open=True)
    return Moved(moved, tuple(waiting), homeless)


def _living_on(host: Host) -> list[tuple[UUID, UUID, str]]:
    with operator_scope():
        runs = Run.objects.filter(host=host.name, ended_at__isnull=True, state=RunState.RUNNING)
        runs = runs.exclude(instance__desired_state=DesiredState.STOPPED).order_by("created_at")
        return list(runs.values_list("tenant_id", "instance_id", "instance__name"))


def _move(
    instance_id: UUID, target: str, actor: str, *, even_with_positions: bool, now: datetime
) -> bool | None:
    """Return whether it was told to move; None while it holds positions, False when it goes already."""
    instance = (
        EAInstance.objects.select_for_update(of=("self",)).select_related("terminal").get(id=instance_id)
    )
    under_way = Q(type="STOP", state__in=(CommandState.QUEUED, CommandState.LEASED))
    if (
        instance.desired_state == DesiredState.STOPPED
        or instance.terminal.commands.filter(under_way).exists()
    ):
        return False
    if not even_with_positions and not _is_flat(instance):
        return None
    instance.host = Host.objects.get(name=target)
    instance.save(update_fields=("host", "updated_at"))
    commands.queue(
        terminal=instance.terminal, type="STOP", payload={"closePositions": False}, actor=actor, now=now
    )
    audit.record(
        tenant_id=instance.tenant_id,
        actor=actor,
        action="instance.moved",
        subject=instance.name,
        subject_id=instance.id,
        now=now,
        detail={"to": target},
    )
    return True


def _is_flat(instance: EAInstance) -> bool:
    """Whether its whole account was seen without a position: what is not known counts as held."""
    state = AccountState.objects.filter(account_id=instance.account_id).first()
    return state is not None and state.open_positions == 0


def move_all_due(*, now: datetime) -> int:
    """Move what may move from every host that is being drained; return how many EAs that were."""
    return sum(
        move_away(host=host, actor=ACTOR, even_with_positions=False, now=now).moved
        for host in Host.objects.filter(state=HostState.DRAINING)
    )
