"""What traders say of their trades: reviews, tags, screenshots; and the filters that they keep."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import File, Router, Status
from ninja.files import UploadedFile
from ninja.params.functions import Form as FormParam

from metafleet.hub.console import schemas
from metafleet.hub.console.access import Actor, actor, needs
from metafleet.hub.console.schemas import reviews as shown
from metafleet.hub.identity.rights import Right
from metafleet.hub.journal import detail, filters, reviews
from metafleet.hub.journal.models import Trade
from metafleet.hub.kernel.tenancy import tenant_scope

router = Router(by_alias=True)
_IMAGE = {"schema": {"type": "string", "format": "binary"}}
_IMAGE_ANSWER = {
    "responses": {200: {"content": dict.fromkeys(("image/png", "image/jpeg", "image/webp"), _IMAGE)}}
}


@router.put("/trades/{uuid:trade_id}/review", response=shown.Review)
@needs(Right.TRADE)
def write_review(request: HttpRequest, trade_id: UUID, form: shown.ReviewForm) -> shown.Review:
    who = actor(request)
    with tenant_scope(who.tenant_id):
        row = _find(who, trade_id)
        said = reviews.write_review(trade=row, note=form.note, rating=form.rating, tags=form.tags)
        return shown.Review.model_validate(said)


@router.get("/tags", response=list[shown.TagCount])
@needs(Right.READ)
def list_tags(request: HttpRequest) -> list[shown.TagCount]:
    """The tenant's tags, the most used first."""
    who = actor(request)
    with tenant_scope(who.tenant_id):
        return [shown.TagCount(tag=tag, count=count) for tag, count in reviews.tags(tenant_id=who.tenant_id)]


@router.post("/trades/{uuid:trade_id}/screenshots", response={201: shown.Screenshot})
@needs(Right.TRADE)
def add_screenshot(
    request: HttpRequest,
    trade_id: UUID,
    file: File[UploadedFile],
    caption: schemas.Text = FormParam("", max_length=200),  # noqa: B008 - ninja's way
) -> Status[shown.Screenshot]:
    """A PNG, JPEG or WebP picture of at most 3 MB; a trade keeps ten."""
    who = actor(request)
    with tenant_scope(who.tenant_id):
        row = _find(who, trade_id)
        kept = reviews.add_screenshot(trade=row, image=_read(file), caption=caption)
        return Status(201, shown.Screenshot.model_validate(kept))


@router.get("/trades/{uuid:trade_id}/screenshots/{uuid:screenshot_id}", openapi_extra=_IMAGE_ANSWER)
@needs(Right.READ)
def get_screenshot(request: HttpRequest, trade_id: UUID, screenshot_id: UUID) -> HttpResponse:
    who = actor(request)
    with tenant_scope(who.tenant_id):
        row = reviews.find_screenshot(_find(who, trade_id), screenshot_id)
        response = HttpResponse(bytes(row.image), content_type=row.media_type)
    # Whatever the bytes are, a browser may show them as this picture and as nothing else.
    response["Content-Disposition"] = f'inline; filename="screenshot.{row.media_type.removeprefix("image/")}"'
    return response


@router.patch("/trades/{uuid:trade_id}/screenshots/{uuid:screenshot_id}", response=shown.Screenshot)
@needs(Right.TRADE)
def describe_screenshot(
    request: HttpRequest, trade_id: UUID, screenshot_id: UUID, form: shown.CaptionForm
) -> shown.Screenshot:
    who = actor(request)
    with tenant_scope(who.tenant_id):
        row = reviews.find_screenshot(_find(who, trade_id), screenshot_id)
        reviews.describe_screenshot(row, form.caption)
        return shown.Screenshot.model_validate(row)


@router.delete("/trades/{uuid:trade_id}/screenshots/{uuid:screenshot_id}", response={204: None})
@needs(Right.TRADE)
def remove_screenshot(request: HttpRequest, trade_id: UUID, screenshot_id: UUID) -> Status[None]:
    who = actor(request)
    with tenant_scope(who.tenant_id):
        reviews.find_screenshot(_find(who, trade_id), screenshot_id).delete()
    return Status(204, None)


@router.get("/filters", response=list[shown.SavedFilter])
@needs(Right.READ, takes_limited_keys=False)
def list_filters(request: HttpRequest) -> list[shown.SavedFilter]:
    who = actor(request)
    with tenant_scope(who.tenant_id):
        return [shown.SavedFilter.model_validate(row) for row in filters.saved(**_of(who))]


@router.post("/filters", response={201: shown.SavedFilter})
@needs(Right.SELF)
def save_filter(request: HttpRequest, form: shown.SavedFilterForm) -> Status[shown.SavedFilter]:
    who = actor(request)
    with tenant_scope(who.tenant_id):
        row = filters.save(**_of(who), name=form.name, query=form.query)
        return Status(201, shown.SavedFilter.model_validate(row))


@router.put("/filters/{uuid:filter_id}", response=shown.SavedFilter)
@needs(Right.SELF)
def change_filter(request: HttpRequest, filter_id: UUID, form: shown.SavedFilterForm) -> shown.SavedFilter:
    who = actor(request)
    with tenant_scope(who.tenant_id):
        row = filters.find(**_of(who), filter_id=filter_id)
        filters.change(row=row, name=form.name, query=form.query)
        return shown.SavedFilter.model_validate(row)


@router.delete("/filters/{uuid:filter_id}", response={204: None})
@needs(Right.SELF)
def remove_filter(request: HttpRequest, filter_id: UUID) -> Status[None]:
    who = actor(request)
    with tenant_scope(who.tenant_id):
        filters.find(**_of(who), filter_id=filter_id).delete()
    return Status(204, None)


def _find(who: Actor, trade_id: UUID) -> Trade:
    return detail.find_trade(tenant_id=who.tenant_id, trade_id=trade_id)


def _of(who: Actor) -> dict[str, Any]:
    """Saved filters are a person's own: a viewer may keep some too."""
    return {"tenant_id": who.tenant_id, "user": who.user}


def _read(file: UploadedFile) -> bytes:
    """One byte more than may be tells that it is too large."""
    return bytes(file.read(reviews.MOST_BYTES + 1))
