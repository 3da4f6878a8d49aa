"""A small fleet on one version, a second version, runners of a model, and a clock that a test moves."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from metafleet.hub.audit.models import AuditEntry
from metafleet.hub.catalogue.models import EATemplate, EAVersion
from metafleet.hub.catalogue.queries import newest_version
from metafleet.hub.fleet import leases, operations, reconcile, watch
from metafleet.hub.fleet.drivers.contract import LogSlice, Machine, RuntimeSpec, Sight, Started
from metafleet.hub.fleet.models import AccountState, EAInstance, Rollout, RolloutDecision, RolloutMember
from metafleet.hub.fleet.rollouts import operations as rollouts
from metafleet.hub.fleet.rollouts import planning, watching
from metafleet.hub.fleet.rollouts.books import Key, Standing
from metafleet.hub.fleet.rollouts.operations import Wish
from metafleet.hub.fleet.tests.model import ModelDriver
from metafleet.hub.kernel import clock, nudges
from metafleet.hub.kernel.tenancy import tenant_scope
from tests.cast import NOW, Person, connect, deploy

OPERATOR = "operator@example.com"
TURN = timedelta(seconds=5)
LATE_AFTER = timedelta(seconds=15)
A_MINUTE = timedelta(minutes=1)


class ModelDrivers:
    """One model of a machine for each EA."""

    name = "model"

    def __init__(self) -> None:
        self.models: dict[UUID, ModelDriver] = {}
        self.owners: dict[UUID, UUID] = {}

    def start(self, spec: RuntimeSpec) -> Started:
        with tenant_scope(self.owners[spec.instance_id]):
            return self.models[spec.instance_id].start(spec)

    def inspect(self, instance_id: UUID, handle: dict[str, Any]) -> Sight:
        return self.models[instance_id].inspect(instance_id, handle)

    def living(self, handles: Mapping[UUID, dict[str, Any]]) -> set[UUID]:
        return {name for name, handle in handles.items() if self.models[name].living({name: handle})}

    def stop(self, instance_id: UUID, handle: dict[str, Any], *, force: bool) -> None:
        self.models[instance_id].stop(instance_id, handle, force=force)

    def logs(self, instance_id: UUID, *, offset: int | None, most_bytes: int) -> LogSlice:
        return LogSlice([], 0)

    def isolation_gap(self) -> str:
        return ""

    def hosts(self) -> Sequence[Machine]:
        return []


class Stage:
    """EAs of several people, and what the journal would know of them."""

    def __init__(self, people: Collection[Person], monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = NOW
        self.people = list(people)
        self.drivers = ModelDrivers()
        self.standings: dict[Key, Standing] = {}
        self.silent: set[UUID] = set()
        self.eas: dict[str, tuple[Person, UUID]] = {}
        monkeypatch.setattr(reconcile, "driver", lambda _: self.drivers)
        monkeypatch.setattr(clock, "now", lambda: self.now)
        monkeypatch.setattr(nudges, "_send", lambda *_: None)

    def deploy(self, name: str, person: Person, symbol: str = "EURUSD", **inputs: Any) -> EAInstance:
        login = 5001 + len(self.eas)
        row: EAInstance = deploy(person, connect(person, login, label=name), symbol=symbol, **inputs)
        with tenant_scope(person.tenant_id):
            EAInstance.objects.filter(id=row.id).update(name=name, created_at=NOW + len(self.eas) * A_MINUTE)
            self.drivers.owners[row.id] = person.tenant_id
            self.drivers.models[row.id] = ModelDriver(row.terminal.id, self.now)
        self.eas[name] = (person, row.id)
        return row

    def release(self, number: str = "2.0.0", **changes: Any) -> EAVersion:
        """Release another version of the EA: changes are made to the schema's properties, None removes."""
        template = EATemplate.objects.get(slug="trend-following")
        before = newest_version(template)
        assert before is not None
        assert before.published_at is not None
        migration = changes.pop("migration", {})
        schema = deepcopy(before.input_schema)
        for name, said in changes.items():
            if said is None:
                del schema["properties"][name]
            else:
                schema["properties"][name] = schema["properties"].get(name, {}) | said
        return EAVersion.objects.create(
            template=template,
            version=number,
            content_hash=f"sha256:{number}",
            source="# another version",
            input_schema=schema,
            input_migration=migration,
            changelog="Trades less on Fridays",
            published_at=before.published_at + A_MINUTE,
        )

    def start(self, to: EAVersion, **wishes: Any) -> Rollout:
        wish = replace(Wish(watch_minutes=2), **wishes)
        found = planning.affected(to, canaries=wish.canaries, books=self.books)
        return rollouts.start(to=to, wish=wish, found=found, actor=OPERATOR, now=self.now)

    def books(self, tenant_id: UUID, keys: Collection[Key]) -> Mapping[Key, Standing]:
        return {key: self.standings[key] for key in keys if key in self.standings}

    def stand(self, name: str, profit: str = "0", positions: int = 0, lots: str = "0") -> None:
        row = self.ea(name)
        self.standings[row.account_id, row.magic] = Standing(Decimal(profit), positions, Decimal(lots))

    def turn(self) -> None:
        """Let five seconds pass: runners live, the sweep reconciles, the rollouts' watch looks."""
        self.now += TURN
        self.live()
        self.look()

    def live(self) -> None:
        due: set[UUID] = set()
        for person, instance_id in self.eas.values():
            with tenant_scope(person.tenant_id):
                if instance_id not in self.silent:
                    self.drivers.models[instance_id].live(self.now)
                if EAInstance.objects.filter(id=instance_id, reconcile_due_at__lte=self.now).exists():
                    due.add(instance_id)
        due |= {instance_id for _, instance_id in watch.changed(self.drivers, self.now)}
        for person, instance_id in self.eas.values():
            if instance_id in due:
                reconcile.reconcile(tenant_id=person.tenant_id, instance_id=instance_id)

    def look(self) -> None:
        watching.watch_due(books=self.books, late_after=LATE_AFTER, now=self.now)

    def turns(self, span: timedelta) -> None:
        for _ in range(int(span / TURN)):
            self.turn()

    def settle(self) -> None:
        """Turn until every rollout has ended and every EA is where it is wanted; fails if never."""
        for _ in range(150):
            self.turn()
            if not Rollout.objects.filter(ended_at=None).exists() and self.is_calm():
                return
        raise AssertionError(f"never settled: {[(row.state, row.waiting) for row in Rollout.objects.all()]}")

    def is_calm(self) -> bool:
        return all(self.ea(name).reconcile_due_at is None for name in self.eas)

    def ea(self, name: str) -> EAInstance:
        person, instance_id = self.eas[name]
        with tenant_scope(person.tenant_id):
            return EAInstance.objects.select_related("account", "version", "terminal").get(id=instance_id)

    def versions(self) -> dict[str, str]:
        return {name: self.ea(name).version.version for name in self.eas}

    def member(self, name: str) -> RolloutMember | None:
        person, instance_id = self.eas[name]
        with tenant_scope(person.tenant_id):
            return RolloutMember.objects.filter(instance_id=instance_id).order_by("-created_at").first()

    def deeds(self, name: str) -> list[tuple[str, dict[str, Any]]]:
        """What befell the EA in its owner's activity, besides its deployment."""
        person, instance_id = self.eas[name]
        with tenant_scope(person.tenant_id):
            found = AuditEntry.objects.filter(subject_id=instance_id).exclude(action="instance.deployed")
            return list(found.order_by("created_at").values_list("action", "detail"))

    def act(self, name: str, verb: Any, **wishes: Any) -> None:
        person, instance_id = self.eas[name]
        with tenant_scope(person.tenant_id):
            verb(
                instance_id=instance_id,
                tenant_id=person.tenant_id,
                actor=person.email,
                now=self.now,
                **wishes,
            )

    def crash(self, name: str, times: int = 1) -> None:
        """The EA's process ends by itself, so often, each time once it is up."""
        for _ in range(times):
            runner = self.drivers.models[self.eas[name][1]].runners[-1]
            runner.is_alive, runner.exit_code = False, 1
            self.turns(timedelta(seconds=20))

    def set_equity(self, name: str, equity: str) -> None:
        row = self.ea(name)
        with tenant_scope(row.tenant_id):
            AccountState.objects.filter(account_id=row.account_id).update(equity=equity)


def log() -> list[tuple[str, str]]:
    """Every decision: what, and why."""
    return list(RolloutDecision.objects.order_by("created_at").values_list("action", "reason"))


def newest() -> Rollout:
    return Rollout.objects.order_by("-created_at")[0]


pause, stop, lease = operations.pause, operations.stop, leases.LEASE
