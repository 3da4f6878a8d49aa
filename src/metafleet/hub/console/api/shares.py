"""Public pages of an account: made and revoked by its owner, read by whoever has the link."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router, Status

from metafleet.hub.console import public_pages, throttle
from metafleet.hub.console.access import actor, needs
from metafleet.hub.console.api.accounts import find_account
from metafleet.hub.console.schemas import shares as shown
from metafleet.hub.identity.rights import Right
from metafleet.hub.journal import shares
from metafleet.hub.kernel import clock
from metafleet.hub.kernel.tenancy import tenant_scope

router = Router(by_alias=True)


@router.get("/accounts/{uuid:account_id}/shares", response=list[shown.Share])
@needs(Right.READ)
def list_shares(request: HttpRequest, account_id: UUID) -> list[shown.Share]:
    who = actor(request)
    with tenant_scope(who.tenant_id):
        account = find_account(who, account_id)
        found = shares.links(tenant_id=who.tenant_id, account_id=account.id)
        return [shown.Share.model_validate(row) for row in found[: 5 * shares.MOST]]


@router.post("/accounts/{uuid:account_id}/shares", response={201: shown.NewShare})
@needs(Right.TRADE)
def share(request: HttpRequest, account_id: UUID, form: shown.ShareForm) -> Status[shown.NewShare]:
    """Make a link. Its address is said this once."""
    who = actor(request)
    with tenant_scope(who.tenant_id):
        row, key = shares.share(
            account=find_account(who, account_id),
            title=form.title,
            shows_money=form.shows_money,
            shows_open=form.shows_open,
            actor=who.name,
            now=clock.now(),
        )
        made = shown.Share.model_validate(row)
    url = request.build_absolute_uri(f"/share/{key}")
    return Status(201, shown.NewShare(**made.model_dump(), url=url))


@router.post("/shares/{uuid:share_id}/revoke", response=shown.Share)
@needs(Right.TRADE)
def revoke(request: HttpRequest, share_id: UUID) -> shown.Share:
    """End the link at once, for everybody."""
    who = actor(request)
    with tenant_scope(who.tenant_id):
        row = shares.find(tenant_id=who.tenant_id, share_id=share_id)
        shares.revoke(row=row, actor=who.name, now=clock.now())
        return shown.Share.model_validate(row)


@router.get("/public/shares/{str:key}", response=shown.PublicPage, auth=None)
@needs(Right.OPEN)
def public_page(request: HttpRequest, response: HttpResponse, key: str) -> shown.PublicPage:
    """The page of a link, for everybody who has it; 404 from the moment it is revoked."""
    throttle.guard_share(request)
    tenant_id, link_id = shares.open_page(key)
    response["Cache-Control"] = "no-store"
    response["X-Robots-Tag"] = "noindex"
    with tenant_scope(tenant_id):
        link = shares.visit(tenant_id=tenant_id, link_id=link_id)
        return public_pages.page_of(link, clock.now())
