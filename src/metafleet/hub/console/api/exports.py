"""The journal as a file: CSV and JSON by the page, XLSX for spreadsheets."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any, Literal

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from ninja import Query, Router

from metafleet.hub.console import files
from metafleet.hub.console.access import actor, needs
from metafleet.hub.console.book import Book, Chosen
from metafleet.hub.console.extracts import Extract, deals, trades
from metafleet.hub.identity.rights import Right
from metafleet.hub.kernel.tenancy import tenant_scope

router = Router(by_alias=True)
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_TYPES = {"csv": "text/csv; charset=utf-8", "json": "application/json", "xlsx": _XLSX}
_TEXT = {"schema": {"type": "string"}}
_CSV_ANSWER = {"responses": {200: {"content": {"text/csv": _TEXT}}}}
_FILE_ANSWER = {
    "responses": {
        200: {
            "content": {
                "text/csv": _TEXT,
                "application/json": {"schema": {"type": "array", "items": {"type": "object"}}},
                _XLSX: {"schema": {"type": "string", "format": "binary"}},
            }
        }
    }
}


@router.get("/trades/export.csv", openapi_extra=_CSV_ANSWER)
@needs(Right.READ, takes_limited_keys=False)
def export_trades(request: HttpRequest, chosen: Query[Chosen]) -> HttpResponseBase:
    return _file(request, chosen, "csv", "trades")


@router.get("/journal/export", openapi_extra=_FILE_ANSWER)
@needs(Right.READ, takes_limited_keys=False)
def export(
    request: HttpRequest,
    chosen: Query[Chosen],
    format: Literal["csv", "xlsx", "json"] = "csv",  # noqa: A002 - the address's word
    kind: Literal["trades", "deals"] = "trades",
) -> HttpResponseBase:
    """The chosen trades in their order, or the deals that they are made of, the oldest first.

    Where only accounts and a span are chosen, the deals have the cash flows among them.
    """
    return _file(request, chosen, format, kind)


def _file(request: HttpRequest, chosen: Chosen, form: str, kind: str) -> StreamingHttpResponse:
    who = actor(request)
    with tenant_scope(who.tenant_id):
        book = Book(who.tenant_id)
        wanted = book.filter(chosen)
        extract: Extract = trades(book, wanted) if kind == "trades" else deals(book, wanted, chosen)
    pages = files.WRITERS[form](extract.columns, extract.pages)
    return streamed(request, pages, _TYPES[form], f"metafleet-{kind}.{form}")


def streamed(
    request: HttpRequest, pages: Iterator[bytes], content_type: str, name: str
) -> StreamingHttpResponse:
    """Return the pages as a file of that name, sent one by one."""
    # Under ASGI Django would gather a plain iterator into memory before it sends the first byte.
    content: Any = _one_by_one(pages) if isinstance(request, ASGIRequest) else pages
    response = StreamingHttpResponse(content, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


async def _one_by_one(pages: Iterator[bytes]) -> AsyncIterator[bytes]:
    while (page := await sync_to_async(_next)(pages)) is not None:
        yield page


def _next(pages: Iterator[bytes]) -> bytes | None:
    return next(pages, None)
