"""Questions about the items that could not be recorded."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

from metafleet.hub.fleet.models import TradingAccount
from metafleet.hub.journal.models import FailedItem


def failed_items(*, tenant_id: UUID) -> QuerySet[FailedItem]:
    """The tenant's items, newest first."""
    return FailedItem.objects.filter(tenant_id=tenant_id).order_by("-created_at", "-id")


def labels(*, tenant_id: UUID) -> dict[UUID, str]:
    """Return every account's label, also of those that were removed: their items stay."""
    return dict(TradingAccount.objects.filter(tenant_id=tenant_id).values_list("id", "label"))
