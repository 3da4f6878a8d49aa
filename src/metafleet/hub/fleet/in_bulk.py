"""One verb for the EAs of many accounts, each in its own transaction: a refusal holds up no other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from metafleet.hub.fleet import operations, pauses
from metafleet.hub.fleet.models import DesiredState, EAInstance, TradingAccount
from metafleet.hub.kernel.errors import NotFound, Refused
from metafleet.hub.kernel.tenancy import tenant_scope


@dataclass(slots=True)
class Outcome:
    """What became of an account's EAs. eas: how many were to be moved; refused: why some were not."""

    account_id: UUID
    label: str
    eas: int = 0
    done: int = 0
    refused: list[str] = field(default_factory=list)


def pause(
    *, tenant_id: UUID, account_ids: Collection[UUID], actor: str, now: datetime, wish: pauses.Wish
) -> list[Outcome]:
    """Want every EA paused that is to run on these accounts. Raises NotFound, Malformed, before any is."""
    pauses.check(wish, now)

    def one(instance_id: UUID) -> None:
        operations.pause(instance_id=instance_id, tenant_id=tenant_id, actor=actor, now=now, wish=wish)

    return _each(tenant_id, account_ids, DesiredState.RUNNING, one)


def resume(*, tenant_id: UUID, account_ids: Collection[UUID], actor: str, now: datetime) -> list[Outcome]:
    """Want every EA to trade that is paused on these accounts; what is stopped stays so.

    Raises NotFound before any is resumed.
    """

    def one(instance_id: UUID) -> None:
        operations.resume(instance_id=instance_id, tenant_id=tenant_id, actor=actor, now=now)

    return _each(tenant_id, account_ids, DesiredState.PAUSED, one)


def _each(
    tenant_id: UUID, account_ids: Collection[UUID], desired: DesiredState, verb: Callable[[UUID], None]
) -> list[Outcome]:
    with tenant_scope(tenant_id):
        found = _outcomes(tenant_id, account_ids)
        instances = EAInstance.objects.filter(
            tenant_id=tenant_id, account_id__in=found, deleted_at=None, desired_state=desired
        )
        by_account: dict[UUID, list[UUID]] = defaultdict(list)
        for account_id, instance_id in instances.order_by("created_at").values_list("account_id", "id"):
            by_account[account_id].append(instance_id)
    for account_id, outcome in found.items():
        for instance_id in by_account[account_id]:
            _try(tenant_id, outcome, instance_id, verb)
    return list(found.values())


def _outcomes(tenant_id: UUID, account_ids: Collection[UUID]) -> dict[UUID, Outcome]:
    """Return one for each of the accounts, by their labels. Raises NotFound."""
    rows = TradingAccount.objects.filter(tenant_id=tenant_id, id__in=set(account_ids), deleted_at=None)
    found = {
        account_id: Outcome(account_id, label)
        for account_id, label in rows.order_by("label", "id").values_list("id", "label")
    }
    if len(found) != len(set(account_ids)):
        raise NotFound("trading account")
    return found


def _try(tenant_id: UUID, outcome: Outcome, instance_id: UUID, verb: Callable[[UUID], None]) -> None:
    outcome.eas += 1
    try:
        with tenant_scope(tenant_id):
            verb(instance_id)
    except Refused as refusal:
        outcome.refused.append(refusal.detail)
    else:
        outcome.done += 1
