"""What a key that is limited may see: which accounts, EAs and deals."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from metafleet.hub.fleet.models import EAInstance, TradingAccount
from metafleet.hub.identity.models import ApiKey
from metafleet.hub.kernel.errors import Fault, Malformed
from metafleet.hub.kernel.tenancy import Limits


def of(key: ApiKey) -> Limits | None:
    """Return the key's limits, in its tenant's scope; None for a key of the whole tenant."""
    if key.instance_ids:
        rows = EAInstance.objects.filter(tenant_id=key.tenant_id, id__in=key.instance_ids)
        found = list(rows.values_list("id", "account_id", "magic"))
        return Limits(
            accounts=frozenset(account for _, account, _ in found),
            instances=frozenset(key.instance_ids),
            magics=frozenset(magic for _, _, magic in found),
        )
    return Limits(accounts=frozenset(key.account_ids)) if key.account_ids else None


def check(*, tenant_id: UUID, accounts: Sequence[UUID], instances: Sequence[UUID]) -> None:
    """Raises Malformed for what is not the tenant's, and for both kinds of limits at once."""
    if accounts and instances:
        raise Malformed(Fault("/instanceIds", "Limit a key to accounts or to EAs, not to both."))
    known = TradingAccount.objects.filter(tenant_id=tenant_id, id__in=accounts, deleted_at=None)
    if known.count() < len(set(accounts)):
        raise Malformed(Fault("/accountIds", "One of these accounts is not here. Choose from the list."))
    running = EAInstance.objects.filter(tenant_id=tenant_id, id__in=instances, deleted_at=None)
    if running.count() < len(set(instances)):
        raise Malformed(Fault("/instanceIds", "One of these EAs is not here. Choose from the list."))
