"""Questions about imports. Nothing here writes."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

from metafleet.hub.journal.models import Import
from metafleet.hub.kernel.errors import NotFound

MOST_LISTED = 200


def imports(*, tenant_id: UUID, account_id: UUID | None = None) -> QuerySet[Import]:
    """Return the tenant's imports, the newest first, without their files."""
    found = Import.objects.filter(tenant_id=tenant_id).defer("content").select_related("account")
    if account_id is not None:
        found = found.filter(account_id=account_id)
    return found.order_by("-created_at", "id")[:MOST_LISTED]


def find_import(*, tenant_id: UUID, import_id: UUID) -> Import:
    """Return an import without its file. Raises NotFound, also for another tenant's."""
    found = (
        Import.objects.filter(tenant_id=tenant_id, id=import_id).defer("content").select_related("account")
    )
    row = found.first()
    if row is None:
        raise NotFound("import")
    return row
