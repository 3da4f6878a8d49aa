"""Items that could not be recorded: list, try again, discard."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Status
from ninja.params.functions import Query as QueryParam

from metafleet.hub.console import failures, present, schemas
from metafleet.hub.console.access import actor, needs
from metafleet.hub.identity.rights import Right
from metafleet.hub.journal import failed
from metafleet.hub.kernel import clock
from metafleet.hub.kernel.errors import NotFound
from metafleet.hub.kernel.tenancy import tenant_scope

router = Router(by_alias=True)


@router.get("/failed-items", response=schemas.FailedItemPage)
@needs(Right.READ)
def list_failed_items(
    request: HttpRequest,
    account: UUID | None = None,
    page: int = QueryParam(1, ge=1, le=10_000),
    page_size: int = QueryParam(50, ge=1, le=200, alias="pageSize"),
) -> schemas.FailedItemPage:
    """Items of the tenant, newest first."""
    who = actor(request)
    with tenant_scope(who.tenant_id):
        found = failures.failed_items(tenant_id=who.tenant_id)
        if account is not None:
            found = found.filter(account_id=account)
        labels = failures.labels(tenant_id=who.tenant_id)
        first = (page - 1) * page_size
        return schemas.FailedItemPage(
            items=[
                present.failed_item(row, labels[row.account_id]) for row in found[first : first + page_size]
            ],
            total=found.count(),
            page=page,
            page_size=page_size,
        )


@router.post("/failed-items/{uuid:item_id}/retry", response=schemas.Retried)
@needs(Right.TRADE)
def retry_failed_item(request: HttpRequest, item_id: UUID) -> schemas.Retried:
    """Try to record the item once more, now."""
    who = actor(request)
    with tenant_scope(who.tenant_id):
        outcome = failed.retry(tenant_id=who.tenant_id, item_id=item_id, now=clock.now())
    return schemas.Retried(recorded=outcome.recorded, detail=outcome.detail)


@router.delete("/failed-items/{uuid:item_id}", response={204: None})
@needs(Right.TRADE)
def discard_failed_item(request: HttpRequest, item_id: UUID) -> Status[None]:
    """Forget the item: it will not be recorded."""
    if not _discard(request, [item_id]):
        raise NotFound("failed item")
    return Status(204, None)


@router.post("/failed-items/discard", response=schemas.Discarded)
@needs(Right.TRADE)
def discard_failed_items(request: HttpRequest, form: schemas.DiscardForm) -> schemas.Discarded:
    """Forget these items; those that are gone already are not counted."""
    return schemas.Discarded(discarded=_discard(request, form.ids))


def _discard(request: HttpRequest, ids: list[UUID]) -> int:
    who = actor(request)
    with tenant_scope(who.tenant_id):
        return failed.discard(tenant_id=who.tenant_id, ids=ids, actor=who.name, now=clock.now())
