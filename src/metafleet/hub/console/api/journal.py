"""The journal's lists and totals, the overview, and the record of who did what."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.db.models import QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from ninja import Query, Router
from ninja.params.functions import Query as QueryParam
from pydantic import Field

from metafleet.hub.audit import queries as audit
from metafleet.hub.console import present, schemas
from metafleet.hub.console.access import Actor, actor
from metafleet.hub.fleet import queries as fleet
from metafleet.hub.fleet.models import EAInstance, InstanceState, TradingAccount
from metafleet.hub.journal import queries as journal
from metafleet.hub.journal.models import Trade
from metafleet.hub.journal.queries import Result, TradeFilter
from metafleet.hub.kernel import clock
from metafleet.hub.kernel.tenancy import tenant_scope

router = Router(by_alias=True)
EXPORT_AT_MOST = 100_000
EXPORT_PAGE = 1_000
_CSV = (
    "account_label", "instance_name", "position_id", "symbol", "side", "state", "volume", "entry_price",
    "exit_price", "entered_at", "exited_at", "profit", "commission", "swap", "fee", "net_profit",
    "currency", "exit_reason", "comment",
)  # fmt: skip

_CSV_ANSWER = {"responses": {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}}


class Chosen(schemas.Record):
    """The filter of trade lists, as query parameters."""

    account: UUID | None = None
    instance: UUID | None = None
    symbol: schemas.Text = Field("", max_length=32)
    state: Literal["", "open", "closed", "orphan"] = ""
    side: Literal["", "buy", "sell"] = ""
    since: schemas.Instant | None = Field(None, alias="from")
    until: schemas.Instant | None = Field(None, alias="to")
    sort: schemas.Text = Field("-exited_at", max_length=20)


@router.get("/trades", response=schemas.TradePage)
def list_trades(
    request: HttpRequest,
    chosen: Query[Chosen],
    page: int = QueryParam(1, ge=1, le=100_000),
    page_size: int = QueryParam(50, ge=1, le=500, alias="pageSize"),
) -> schemas.TradePage:
    who = actor(request)
    with tenant_scope(who.tenant_id):
        book = _Book(who)
        found = book.trades(chosen)
        first = (page - 1) * page_size
        return schemas.TradePage(
            items=[book.shown(row) for row in found[first : first + page_size]],
            total=found.count(),
            page=page,
            page_size=page_size,
            totals=book.totals(found),
        )


@router.get("/trades/export.csv", openapi_extra=_CSV_ANSWER)
def export_trades(request: HttpRequest, chosen: Query[Chosen]) -> StreamingHttpResponse:
    who = actor(request)
    with tenant_scope(who.tenant_id):
        book = _Book(who)
        ids = list(book.trades(chosen).values_list("id", flat=True)[:EXPORT_AT_MOST])
    pages = _csv_pages(book, ids)
    # Under ASGI Django would gather a plain iterator into memory before it sends the first byte.
    streamed = _one_by_one(pages) if isinstance(request, ASGIRequest) else pages
    response = StreamingHttpResponse(streamed, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="metafleet-trades.csv"'
    return response


@router.get("/journal/days", response=list[schemas.DayResult])
def days(
    request: HttpRequest, account: UUID | None = None, days: int = QueryParam(30, ge=1, le=366)
) -> list[schemas.DayResult]:
    who = actor(request)
    with tenant_scope(who.tenant_id):
        accounts = [row.id for row in fleet.accounts(tenant_id=who.tenant_id)]
        chosen = [account_id for account_id in accounts if account in {None, account_id}]
        return _days(who, chosen, days)


@router.get("/overview", response=list[schemas.Overview])
def overview(request: HttpRequest) -> list[schemas.Overview]:
    who = actor(request)
    with tenant_scope(who.tenant_id):
        accounts = list(fleet.accounts(tenant_id=who.tenant_id))
        instances = list(fleet.instances(tenant_id=who.tenant_id))
        made = journal.results(tenant_id=who.tenant_id, midnight=clock.midnight())
        currencies = sorted({row.currency for row in accounts})
        return [_overview(who, currency, accounts, instances, made) for currency in currencies]


@router.get("/audit", response=list[schemas.AuditEntry])
def audit_entries(
    request: HttpRequest, limit: int = QueryParam(100, ge=1, le=500)
) -> list[schemas.AuditEntry]:
    who = actor(request)
    with tenant_scope(who.tenant_id):
        return [
            schemas.AuditEntry.model_validate(row)
            for row in audit.newest_entries(tenant_id=who.tenant_id, limit=limit)
        ]


class _Book:
    """The tenant's accounts and instances, read once, to name trades by."""

    def __init__(self, who: Actor) -> None:
        self._tenant_id = who.tenant_id
        # Removed accounts and instances keep their trades and their names.
        self._accounts = {row.id: row for row in TradingAccount.objects.filter(tenant_id=who.tenant_id)}
        instances = EAInstance.objects.filter(tenant_id=who.tenant_id)
        self._instances = {(row.account_id, row.magic): row for row in instances}

    def trades(self, chosen: Chosen) -> QuerySet[Trade]:
        account_id, magic = chosen.account, None
        if chosen.instance:
            owner = next((row for row in self._instances.values() if row.id == chosen.instance), None)
            if owner is None:
                return Trade.objects.none()
            account_id, magic = owner.account_id, owner.magic
        return journal.trades(
            tenant_id=self._tenant_id,
            chosen=TradeFilter(
                account_id=account_id, magic=magic, symbol=chosen.symbol, state=chosen.state,
                side=chosen.side, since=chosen.since, until=chosen.until, sort=chosen.sort,
            ),
        )  # fmt: skip

    def shown(self, row: Trade) -> schemas.Trade:
        owner = None if row.magic is None else self._instances.get((row.account_id, row.magic))
        return present.trade(row, self._accounts, owner)

    def shown_by_id(self, ids: list[UUID]) -> list[schemas.Trade]:
        """Return these trades in this order, without any that is gone; opens the tenant itself."""
        with tenant_scope(self._tenant_id):
            found = Trade.objects.filter(tenant_id=self._tenant_id).in_bulk(ids)
            return [self.shown(found[trade_id]) for trade_id in ids if trade_id in found]

    def totals(self, found: QuerySet[Trade]) -> list[schemas.TradeTotals]:
        """Totals by currency: money of different currencies is never added."""
        by_currency: dict[str, list[UUID]] = {}
        for row in self._accounts.values():
            by_currency.setdefault(row.currency, []).append(row.id)
        totals = [
            _totals(currency, journal.trade_totals(found.filter(account_id__in=ids)))
            for currency, ids in sorted(by_currency.items())
        ]
        return [row for row in totals if row.trades]


def _totals(currency: str, found: dict[str, Any]) -> schemas.TradeTotals:
    gross_win, gross_loss = found.pop("gross_win"), found.pop("gross_loss")
    closed = found.pop("closed")
    return schemas.TradeTotals(
        currency=currency,
        win_rate=found["wins"] / closed if closed else None,
        profit_factor=float(gross_win / -gross_loss) if gross_loss else None,
        **found,
    )


def _overview(
    who: Actor,
    currency: str,
    accounts: list[TradingAccount],
    instances: list[EAInstance],
    made: dict[journal.Key, Result],
) -> schemas.Overview:
    own = [row for row in accounts if row.currency == currency]
    ids = {row.id for row in own}
    result = journal.total(row for (account_id, _), row in made.items() if account_id in ids)
    states = [row.state for row in instances if row.account_id in ids]
    shown = [present.account(row, Result(), clock.now()) for row in own]
    return schemas.Overview(
        currency=currency,
        balance=round(sum(row.balance or 0 for row in shown), 2),
        equity=round(sum(row.equity or 0 for row in shown), 2),
        day_profit=float(result.today + result.floating),
        open_positions=result.open_positions,
        running=states.count(InstanceState.RUNNING),
        paused=states.count(InstanceState.PAUSED),
        failing=states.count(InstanceState.ERROR),
        days=_days(who, list(ids), 14),
    )


def _days(who: Actor, accounts: list[UUID], count: int) -> list[schemas.DayResult]:
    """Every day of the span, those without a trade as zero, so that bars keep their places."""
    since: datetime = clock.midnight() - timedelta(days=count - 1)
    made = {
        day: (net, trades)
        for day, net, trades in journal.days(tenant_id=who.tenant_id, accounts=accounts, since=since)
    }
    span = [(since + timedelta(days=offset)).date() for offset in range(count)]
    return [
        schemas.DayResult(
            day=day.isoformat(), net_profit=float(made.get(day, (0, 0))[0]), trades=made.get(day, (0, 0))[1]
        )
        for day in span
    ]


def _csv_pages(book: _Book, ids: list[UUID]) -> Iterator[str]:
    """Yield the header, then these trades by the page: however many, few are in memory."""
    yield _csv([dict(zip(_CSV, _CSV, strict=True))])
    for first in range(0, len(ids), EXPORT_PAGE):
        page = book.shown_by_id(ids[first : first + EXPORT_PAGE])
        yield _csv([row.model_dump(mode="json") for row in page])


async def _one_by_one(pages: Iterator[str]) -> AsyncIterator[str]:
    while (page := await sync_to_async(_next)(pages)) is not None:
        yield page


def _next(pages: Iterator[str]) -> str | None:
    return next(pages, None)


def _csv(rows: list[dict[str, Any]]) -> str:
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, fieldnames=_CSV, extrasaction="ignore")
    writer.writerows({name: _inert(row[name]) for name in _CSV} for row in rows)
    return buffer.getvalue()


def _inert(value: Any) -> Any:
    """Text that a spreadsheet would run as a formula is shown as text instead.

    Source: OWASP, CSV Injection; a control character before the formula is skipped by some of them.
    """
    if not isinstance(value, str) or not value:
        return value
    return f"'{value}" if value[0] in "=+-@" or unicodedata.category(value[0]) == "Cc" else value
