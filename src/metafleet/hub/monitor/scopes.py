"""What rules and maintenance windows are about: all of a desk, a group, an account, an EA, a machine."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple
from uuid import UUID

from metafleet.hub.fleet.models import Agent, AgentTerminal, EAInstance, TradingAccount
from metafleet.hub.kernel.errors import Fault, Malformed, NotFound
from metafleet.hub.monitor.models import AccountGroup, Scope
from metafleet.hub.monitor.rules.contract import Judges

_NOUNS: Final[Mapping[Scope, str]] = {
    Scope.GROUP: "group",
    Scope.ACCOUNT: "trading account",
    Scope.INSTANCE: "EA",
    Scope.HOST: "machine",
}
_OF_ACCOUNTS: Final = tuple(Scope)
_OF_EAS: Final = (Scope.TENANT, Scope.GROUP, Scope.ACCOUNT, Scope.INSTANCE)
SCOPES_OF: Final[Mapping[Judges, tuple[Scope, ...]]] = {
    "account": _OF_ACCOUNTS,
    "silence": _OF_ACCOUNTS,
    "spread": _OF_EAS,
    "results": _OF_EAS,
    "host": (Scope.TENANT, Scope.HOST),
    "tenant": (Scope.TENANT,),
    "platform": (Scope.TENANT,),
    "models": (Scope.TENANT,),
}
"""What a kind of rule may be narrowed to, by what it looks at."""


class Choice(NamedTuple):
    """A thing that can be named as a scope."""

    scope: Scope
    id: UUID
    label: str


@dataclass(frozen=True, slots=True)
class Desk:
    """All of a tenant that rules may judge, by what it belongs to."""

    tenant_id: UUID
    groups: Mapping[UUID, UUID | None]
    instances: Mapping[UUID, UUID]
    machines: Mapping[UUID, frozenset[UUID]]

    def subjects(self, judges: Judges, scope: str, scope_id: UUID | None) -> frozenset[UUID]:
        """Return whom a rule of that scope judges: accounts, EAs, machines, or the tenant itself."""
        match judges:
            case "account" | "silence":
                return self._accounts(scope, scope_id)
            case "spread" | "results":
                if scope == Scope.INSTANCE:
                    return frozenset({scope_id} & set(self.instances))  # type: ignore[arg-type]
                accounts = self._accounts(scope, scope_id)
                return frozenset(id_ for id_, account in self.instances.items() if account in accounts)
            case "host":
                return frozenset(id_ for id_ in self.machines if scope_id in {None, id_})
            case _:
                return frozenset({self.tenant_id})

    def _accounts(self, scope: str, scope_id: UUID | None) -> frozenset[UUID]:
        if scope_id is None:
            return frozenset(self.groups)
        if scope == Scope.GROUP:
            return frozenset(account for account, group in self.groups.items() if group == scope_id)
        if scope == Scope.HOST:
            return self.machines.get(scope_id, frozenset()) & frozenset(self.groups)
        account = self.instances.get(scope_id) if scope == Scope.INSTANCE else scope_id
        return frozenset({account} & set(self.groups))  # type: ignore[arg-type]


def desk(tenant_id: UUID) -> Desk:
    """Read it, in the tenant's scope."""
    accounts = TradingAccount.objects.filter(tenant_id=tenant_id, deleted_at=None)
    instances = EAInstance.objects.filter(tenant_id=tenant_id, deleted_at=None)
    seen: dict[UUID, set[UUID]] = defaultdict(set)
    for machine, account in AgentTerminal.objects.filter(tenant_id=tenant_id).values_list(
        "agent_id", "terminal__account_id"
    ):
        seen[machine].add(account)
    machines = Agent.objects.filter(tenant_id=tenant_id, revoked_at=None).values_list("id", flat=True)
    return Desk(
        tenant_id=tenant_id,
        groups=dict(accounts.values_list("id", "profile__group_id")),
        instances=dict(instances.values_list("id", "account_id")),
        machines={machine: frozenset(seen[machine]) for machine in machines},
    )


def choices(tenant_id: UUID) -> Iterator[Choice]:
    """Yield all that can be named, by kind and label."""
    groups = AccountGroup.objects.filter(tenant_id=tenant_id).order_by("name")
    accounts = TradingAccount.objects.filter(tenant_id=tenant_id, deleted_at=None).order_by("label")
    instances = EAInstance.objects.filter(tenant_id=tenant_id, deleted_at=None).order_by("name")
    machines = Agent.objects.filter(tenant_id=tenant_id, revoked_at=None).order_by("label")
    for scope, found in (
        (Scope.GROUP, groups.values_list("id", "name")),
        (Scope.ACCOUNT, accounts.values_list("id", "label")),
        (Scope.INSTANCE, instances.values_list("id", "name")),
        (Scope.HOST, machines.values_list("id", "label")),
    ):
        for id_, label in found:
            yield Choice(scope, id_, label)


def check(tenant_id: UUID, scope: str, scope_id: UUID | None) -> None:
    """Raises Malformed where scope and id do not go together, NotFound for what is not the tenant's."""
    if scope == Scope.TENANT:
        if scope_id is not None:
            raise Malformed(Fault("/scopeId", "All of the desk has no id. Leave it out."))
        return
    noun = _NOUNS[Scope(scope)]
    if scope_id is None:
        raise Malformed(Fault("/scopeId", f"Say which {noun} it is about."))
    if not any(one.scope == scope and one.id == scope_id for one in choices(tenant_id)):
        raise NotFound(noun)


def labels(tenant_id: UUID, ids: Iterable[UUID | None]) -> dict[UUID, str]:
    """Return what these are called that can be named."""
    wanted = {id_ for id_ in ids if id_}
    return {one.id: one.label for one in choices(tenant_id) if one.id in wanted} if wanted else {}
