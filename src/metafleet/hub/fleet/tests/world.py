"""One EA instance of Alice's, a driver in memory, and a clock that a test moves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from metafleet.hub.fleet import reconcile
from metafleet.hub.fleet.drivers.contract import (
    DriverError,
    LogSlice,
    Machine,
    RuntimeSpec,
    Sight,
    Started,
)
from metafleet.hub.fleet.models import Command, CommandState, EAInstance, Run, Terminal
from metafleet.hub.kernel.tenancy import tenant_scope
from tests.cast import NOW, Person

A_SECOND = timedelta(seconds=1)


class MemoryDriver:
    """Runtimes that live and die as a test says."""

    name = "memory"

    def __init__(self) -> None:
        self.alive: set[UUID] = set()
        self.started: list[RuntimeSpec] = []
        self.refusal: DriverError | None = None
        self.sight = Sight(alive=False)
        self.where = ""

    def start(self, spec: RuntimeSpec) -> Started:
        if self.refusal:
            raise self.refusal
        self.started.append(spec)
        self.alive.add(spec.instance_id)
        return Started({"pid": len(self.started)}, "here", "none")

    def inspect(self, instance_id: UUID, handle: dict[str, Any]) -> Sight:
        return Sight(alive=True, host=self.where) if instance_id in self.alive else self.sight

    def living(self, handles: Mapping[UUID, dict[str, Any]]) -> set[UUID]:
        return self.alive & set(handles)

    def stop(self, instance_id: UUID, handle: dict[str, Any], *, force: bool) -> None:
        self.alive.discard(instance_id)

    def isolation_gap(self) -> str:
        return ""

    def logs(self, instance_id: UUID, *, offset: int | None, most_bytes: int) -> LogSlice:
        return LogSlice([], 0)

    def hosts(self) -> Sequence[Machine]:
        return []


class World:
    """One instance, its driver and a clock that a test moves."""

    def __init__(self, person: Person, instance: EAInstance, driver: MemoryDriver) -> None:
        self.person = person
        self.instance_id = instance.id
        self.driver = driver
        self.now = NOW

    def reconcile(self, after: timedelta = timedelta(0)) -> list[str]:
        self.now += after
        taken = reconcile.reconcile(tenant_id=self.person.tenant_id, instance_id=self.instance_id)
        with tenant_scope(self.person.tenant_id):  # rows are stamped by the wall clock: take them along
            for model in (Run, Command):
                model.objects.filter(created_at__gt=NOW + timedelta(days=1)).update(created_at=self.now)
        return taken

    def instance(self) -> EAInstance:
        with tenant_scope(self.person.tenant_id):
            return EAInstance.objects.select_related("account", "version", "terminal").get(
                id=self.instance_id
            )

    def run(self) -> Run:
        with tenant_scope(self.person.tenant_id):
            return Run.objects.select_related("version").order_by("-generation")[0]

    def act(self, verb: Any, **wishes: Any) -> None:
        with tenant_scope(self.person.tenant_id):
            verb(
                instance_id=self.instance_id,
                tenant_id=self.person.tenant_id,
                actor=self.person.email,
                now=self.now,
                **wishes,
            )

    def report(self, status: str = "running", error: str = "", **proof: Any) -> None:
        """Write what the gateway writes when the runner's heartbeat comes."""
        instance = self.instance()
        version = self.run().version or instance.version
        honest = {
            "login": str(instance.account.login),
            "server": instance.account.server,
            "hash": version.content_hash,
            "version": version.version,
            "symbol": instance.symbol,
            "firstTickAt": self.now.isoformat(),
        }
        with tenant_scope(self.person.tenant_id):
            Terminal.objects.filter(instance_id=self.instance_id).update(trade_allowed=True)
            Run.objects.filter(id=self.run().id).update(
                reported_status=status,
                reported_error=error,
                first_heartbeat_at=self.now,
                heartbeat_at=self.now,
                report=honest | proof,
            )

    def commands(self) -> list[str]:
        with tenant_scope(self.person.tenant_id):
            return [row.type for row in Command.objects.order_by("created_at")]


def running(world: World) -> World:
    """Bring the instance up: started, reported, receipt written."""
    world.reconcile()
    world.report()
    world.reconcile()
    return world


def answer(world: World, kind: str, state: CommandState = CommandState.DONE) -> None:
    """The runner answers what it was told last of this kind."""
    with tenant_scope(world.person.tenant_id):
        newest = Command.objects.filter(type=kind).order_by("-created_at")[0]
        finished_at = None if state == CommandState.LEASED else world.now
        Command.objects.filter(id=newest.id).update(state=state, finished_at=finished_at)


def said(world: World) -> list[tuple[str, str]]:
    """Return every command's type and state, oldest first."""
    with tenant_scope(world.person.tenant_id):
        return [(row.type, row.state) for row in Command.objects.order_by("created_at")]


def die(world: World, *last_words: str) -> None:
    """The runner reports these statuses and is gone; a second later somebody looks."""
    for word in last_words:
        world.report(word)
    world.driver.alive.clear()
    world.reconcile(A_SECOND)
