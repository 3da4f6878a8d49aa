"""What a rollout would meet: EAs on older versions, whether their inputs fit, and who goes first."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from metafleet.hub.catalogue import operations as catalogue
from metafleet.hub.catalogue.migrating import Migrated
from metafleet.hub.catalogue.models import EAVersion
from metafleet.hub.catalogue.queries import versions_since
from metafleet.hub.fleet.models import (
    AccountState,
    DesiredState,
    EAInstance,
    InstanceState,
    Rollout,
    RolloutMember,
)
from metafleet.hub.fleet.rollouts import choosing, fitting
from metafleet.hub.fleet.rollouts.books import Books, Key, Standing
from metafleet.hub.identity.models import Tenant
from metafleet.hub.kernel.tenancy import operator_scope, tenant_scope


@dataclass(frozen=True, slots=True)
class Affected:
    """An EA on an older version. can_return: the code of its version is here, so that it runs after a
    roll-back too."""

    instance: EAInstance
    tenant: str
    migrated: Migrated
    standing: Standing
    equity: Decimal | None
    can_return: bool
    is_canary: bool = False

    @property
    def fits(self) -> bool:
        return not self.migrated.faults


def affected(
    to: EAVersion, *, canaries: int, books: Books, migration: dict[str, Any] | None = None
) -> list[Affected]:
    """Return all that a rollout of this version would move, canaries first, then those that fit, by age.

    migration: in place of the version's own. Opens scopes of its own.
    """
    if migration is not None:
        to.input_migration = migration
    found = _affected(to, _older(to), books)
    first = {one.instance_id for one in choosing.canaries(candidates(found), canaries)}
    marked = [replace(one, is_canary=one.instance.id in first) for one in found]
    return sorted(marked, key=lambda one: (not one.is_canary, not one.fits, one.instance.created_at))


def candidates(found: Iterable[Affected]) -> list[choosing.Candidate]:
    """Return those that may be a canary: an EA that is wanted at work, and whose inputs fit."""
    return [
        choosing.Candidate(
            instance_id=one.instance.id,
            tenant_id=one.instance.tenant_id,
            rank=_rank(one.instance),
            lots=one.standing.lots,
            equity=one.equity,
            created_at=one.instance.created_at,
        )
        for one in found
        if one.fits and one.instance.desired_state != DesiredState.STOPPED
    ]


def left_over(rollout: Rollout, books: Books) -> list[Affected]:
    """Return what has an older version and is no member of the rollout yet, by age."""
    with operator_scope():
        members = set(RolloutMember.objects.filter(rollout=rollout).values_list("instance_id", flat=True))
    older = [row for row in _older(rollout.to_version) if row.id not in members]
    return _affected(rollout.to_version, older, books)


def standings(instances: Iterable[EAInstance], books: Books) -> dict[UUID, Standing]:
    """Return how each EA stands, asked tenant by tenant."""
    asked: defaultdict[UUID, dict[Key, UUID]] = defaultdict(dict)
    for row in instances:
        asked[row.tenant_id][row.account_id, row.magic] = row.id
    found: dict[UUID, Standing] = {}
    for tenant_id, keys in asked.items():
        with tenant_scope(tenant_id):
            told = books(tenant_id, keys)
        found |= {instance_id: told.get(key, Standing()) for key, instance_id in keys.items()}
    return found


def _older(to: EAVersion) -> list[EAInstance]:
    """EAs of the template on any version that was published before."""
    with operator_scope():
        rows = EAInstance.objects.filter(
            template_id=to.template_id, deleted_at=None, version__published_at__lt=to.published_at
        )
        return list(
            rows.exclude(version_id=to.id)
            .select_related("account", "version__template")
            .order_by("created_at", "id")
        )


def _affected(to: EAVersion, rows: list[EAInstance], books: Books) -> list[Affected]:
    steps: dict[UUID, list[dict[str, Any]]] = {}
    for row in rows:
        if row.version_id not in steps:
            passed = versions_since(row.version, to)
            steps[row.version_id] = [one.input_migration for one in passed]
    runnable = {row.version_id: catalogue.is_runnable(row.version) for row in rows}
    with operator_scope():
        names = dict(Tenant.objects.filter(id__in={row.tenant_id for row in rows}).values_list("id", "name"))
        equity = dict(
            AccountState.objects.filter(account_id__in={row.account_id for row in rows}).values_list(
                "account_id", "equity"
            )
        )
    told = standings(rows, books)
    return [
        Affected(
            instance=row,
            tenant=names.get(row.tenant_id, ""),
            migrated=fitting.fit_by(steps[row.version_id], to, row.inputs),
            standing=told[row.id],
            equity=equity.get(row.account_id),
            can_return=runnable[row.version_id],
        )
        for row in rows
    ]


def _rank(instance: EAInstance) -> int:
    if instance.desired_state == DesiredState.PAUSED:
        return 2
    return 0 if instance.state == InstanceState.RUNNING else 1


def per_tenant(members: Iterable[RolloutMember]) -> Mapping[UUID, int]:
    return Counter(member.tenant_id for member in members)
