"""What the board asks beside its rows: small curves, and the EAs of many accounts paused or resumed."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import Field

from metafleet.hub.console.access import actor, needs
from metafleet.hub.console.schemas import Record
from metafleet.hub.console.schemas import board as shown
from metafleet.hub.fleet import in_bulk, pauses
from metafleet.hub.fleet.models import PauseMode
from metafleet.hub.identity.rights import Right
from metafleet.hub.journal import curves
from metafleet.hub.kernel import clock
from metafleet.hub.kernel.tenancy import tenant_scope

router = Router(by_alias=True)


class OfCurves(Record):
    """`account`: ids of those that are in sight; of what is no account of the desk there is no curve."""

    account: list[UUID] = Field(min_length=1, max_length=100)


@router.get("/board/curves", response=list[shown.BoardCurve])
@needs(Right.READ, takes_limited_keys=False)
def list_curves(request: HttpRequest, asked: Query[OfCurves]) -> list[shown.BoardCurve]:
    """The equity of some accounts over the last day."""
    who = actor(request)
    with tenant_scope(who.tenant_id):
        found = curves.curves(tenant_id=who.tenant_id, account_ids=asked.account, now=clock.now())
    return [shown.BoardCurve(account_id=account, equity=equity) for account, equity in found.items()]


@router.post("/board/pause", response=list[shown.BulkOutcome])
@needs(Right.DEPLOY, takes_limited_keys=False)
def pause_many(request: HttpRequest, form: shown.BulkPauseForm) -> list[shown.BulkOutcome]:
    """Pause what runs on these accounts; what cannot be is said by account, and holds up no other."""
    who = actor(request)
    found = in_bulk.pause(
        tenant_id=who.tenant_id,
        account_ids=form.account_ids,
        actor=who.name,
        now=clock.now(),
        wish=pauses.Wish(PauseMode(form.mode), form.reason),
    )
    return [shown.BulkOutcome.model_validate(one) for one in found]


@router.post("/board/resume", response=list[shown.BulkOutcome])
@needs(Right.DEPLOY, takes_limited_keys=False)
def resume_many(request: HttpRequest, form: shown.BulkResumeForm) -> list[shown.BulkOutcome]:
    """Resume what is paused on these accounts; what cannot be is said by account."""
    who = actor(request)
    found = in_bulk.resume(
        tenant_id=who.tenant_id, account_ids=form.account_ids, actor=who.name, now=clock.now()
    )
    return [shown.BulkOutcome.model_validate(one) for one in found]
