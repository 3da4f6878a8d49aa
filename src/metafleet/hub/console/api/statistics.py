"""What the journal adds up: figures, breakdowns, calendar, curves, comparisons."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Annotated, Final, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router
from ninja.params.functions import Query as QueryParam
from pydantic import Field

from metafleet.hub.console.access import Actor, actor, needs
from metafleet.hub.console.adding import breakdown_rows, calendar_of, figures_of
from metafleet.hub.console.book import Book, Chosen
from metafleet.hub.console.schemas import statistics as shown
from metafleet.hub.console.schemas.base import Record
from metafleet.hub.identity.rights import Right
from metafleet.hub.journal import breakdowns, detail, ledgers
from metafleet.hub.journal.ledgers import Counted
from metafleet.hub.journal.models import Deal
from metafleet.hub.journal.trades import TradeFilter
from metafleet.hub.kernel import clock
from metafleet.hub.kernel.errors import Fault, Malformed
from metafleet.hub.kernel.tenancy import tenant_scope

router = Router(by_alias=True)

MOST_COMPARED: Final = 8
POINTS_OF_COMPARED: Final = 200
MOST_FLOWS: Final = 500
"""Beside a curve, the newest; GET /journal/cash-flows has all."""

Month = Annotated[str, Field(pattern=r"^(19[7-9]\d|20\d\d|21\d\d)-(0[1-9]|1[0-2])$")]
Year = Annotated[int, Field(ge=1970, le=2199)]


class _Accounts(Record):
    account: list[UUID] = Field(default_factory=list, max_length=200)


@router.get("/journal/statistics", response=list[shown.Statistics])
@needs(Right.READ)
def statistics(
    request: HttpRequest, chosen: Query[Chosen], count: Counted = "deals"
) -> list[shown.Statistics]:
    """The figures of a report, by currency. `count=trades` takes each position once."""
    who = actor(request)
    with tenant_scope(who.tenant_id):
        book = Book(who.tenant_id)
        wanted = book.filter(chosen)
        if wanted is None:
            return []
        made = [_statistics(who, currency, ids, wanted, count) for currency, ids in book.by_currency(wanted)]
        return [row for row in made if row.trades or row.deposits or row.end_balance]


@router.get("/journal/breakdown", response=list[shown.Breakdown])
@needs(Right.READ)
def breakdown(request: HttpRequest, by: shown.BreakdownBy, chosen: Query[Chosen]) -> list[shown.Breakdown]:
    """Closed trades in groups. Weekday, hour and session are the entry's, the month is the exit's."""
    who = actor(request)
    with tenant_scope(who.tenant_id):
        book = Book(who.tenant_id)
        wanted = book.filter(chosen)
        if wanted is None:
            return []
        return breakdown_rows(book, by, breakdowns.groups(tenant_id=who.tenant_id, chosen=wanted, by=by))


@router.get("/journal/calendar", response=shown.Calendar)
@needs(Right.READ)
def calendar(
    request: HttpRequest, chosen: Query[Chosen], month: Month | None = None, year: Year | None = None
) -> shown.Calendar:
    """The days of a month or a year, in the zone `tz`; of this month when neither is said."""
    who = actor(request)
    with tenant_scope(who.tenant_id):
        book = Book(who.tenant_id)
        wanted = book.filter(chosen)
        if wanted is None:
            return shown.Calendar(days=[], totals=[])
        since, until = _month_or_year(wanted, month, year)
        wanted = replace(
            wanted,
            since=max(since, wanted.since or since),
            until=min(until, wanted.until or until),
        )
        return calendar_of(book, breakdowns.days(tenant_id=who.tenant_id, chosen=wanted))


@router.get("/journal/curve", response=list[shown.Curve])
@needs(Right.READ)
def curve(request: HttpRequest, chosen: Query[Chosen]) -> list[shown.Curve]:
    """The balance of whole accounts with their equity, or what the chosen trades added up to."""
    who = actor(request)
    with tenant_scope(who.tenant_id):
        book = Book(who.tenant_id)
        wanted = book.filter(chosen)
        if wanted is None:
            return []
        drawn = [
            _curve(book, currency, ids, wanted, whole=chosen.is_of_accounts)
            for currency, ids in book.by_currency(wanted)
        ]
        return [row for row in drawn if row.points]


@router.get("/journal/cash-flows", response=shown.CashFlowPage)
@needs(Right.READ)
def cash_flows(
    request: HttpRequest,
    chosen: Query[_Accounts],
    page: int = QueryParam(1, ge=1, le=100_000),
    page_size: int = QueryParam(50, ge=1, le=500, alias="pageSize"),
) -> shown.CashFlowPage:
    """Deposits, withdrawals and what else came or went without a trade, the newest first."""
    who = actor(request)
    with tenant_scope(who.tenant_id):
        book = Book(who.tenant_id)
        ids = [account_id for account_id in chosen.account or book.accounts if account_id in book.accounts]
        found = ledgers.cash_flows(tenant_id=who.tenant_id, accounts=ids, chosen=TradeFilter()).reverse()
        first = (page - 1) * page_size
        return shown.CashFlowPage(
            items=[_flow(book, deal) for deal in found[first : first + page_size]],
            total=found.count(),
            page=page,
            page_size=page_size,
        )


@router.get("/journal/compare", response=list[shown.Compared])
@needs(Right.READ)
def compare(
    request: HttpRequest,
    by: Literal["account", "ea", "symbol"],
    chosen: Query[Chosen],
    sides: str = QueryParam(
        ..., alias="keys", min_length=1, max_length=400, description="up to eight, by commas"
    ),
    count: Counted = "deals",
) -> list[shown.Compared]:
    """Accounts, EAs or symbols side by side; one with trades in two currencies is there twice."""
    who = actor(request)
    with tenant_scope(who.tenant_id):
        book = Book(who.tenant_id)
        wanted = book.filter(chosen)
        if wanted is None:
            return []
        return [row for key in _keys(sides) for row in _compared(book, by, key, wanted, count)]


def _statistics(
    who: Actor, currency: str, accounts: list[UUID], wanted: TradeFilter, count: Counted
) -> shown.Statistics:
    made = ledgers.ledger(tenant_id=who.tenant_id, accounts=accounts, chosen=wanted, counted=count)
    return figures_of(currency, count, made)


def _month_or_year(wanted: TradeFilter, month: str | None, year: int | None) -> tuple[datetime, datetime]:
    if month and year:
        raise Malformed(Fault("/month", "Choose a month or a year, not both."))
    if year:
        return breakdowns.year_span(year, wanted.zone)
    today = clock.now().astimezone(wanted.zone).date()
    return breakdowns.month_span(date.fromisoformat(f"{month}-01") if month else today, wanted.zone)


def _curve(
    book: Book, currency: str, accounts: list[UUID], wanted: TradeFilter, *, whole: bool
) -> shown.Curve:
    draw = ledgers.balance_curve if whole else ledgers.trade_curve
    points = draw(tenant_id=book.tenant_id, accounts=accounts, chosen=wanted)
    flows: list[Deal] = []
    if whole:
        found = ledgers.cash_flows(tenant_id=book.tenant_id, accounts=accounts, chosen=wanted)
        flows = list(found.reverse()[:MOST_FLOWS])[::-1]
    return shown.Curve(
        currency=currency,
        of="balance" if whole else "trades",
        points=[shown.CurvePoint.model_validate(point) for point in points],
        cash_flows=[_flow(book, deal) for deal in flows],
    )


def _flow(book: Book, deal: Deal) -> shown.CashFlow:
    account = book.accounts[deal.account_id]
    return shown.CashFlow(
        at=deal.executed_at,
        ticket=detail.ticket_of(deal),
        kind=ledgers.kind_of(deal),  # type: ignore[arg-type]
        amount=float(ledgers.amount_of(deal)),
        comment=deal.comment,
        account_id=account.id,
        account_label=account.label,
        currency=account.currency,
    )


def _keys(text: str) -> list[str]:
    keys = list(dict.fromkeys(key.strip() for key in text.split(",") if key.strip()))
    if not 1 <= len(keys) <= MOST_COMPARED:
        raise Malformed(Fault("/keys", f"Compare one to {MOST_COMPARED}, their keys parted by commas."))
    return keys


def _compared(book: Book, by: str, key: str, wanted: TradeFilter, count: Counted) -> list[shown.Compared]:
    narrowed = _narrowed(book, by, key, wanted)
    if narrowed is None:
        return []
    label, chosen = narrowed
    rows = []
    for currency, accounts in book.by_currency(chosen):
        made = ledgers.ledger(tenant_id=book.tenant_id, accounts=accounts, chosen=chosen, counted=count)
        if not made.series.net and by == "symbol":
            continue
        points = ledgers.thin(made.series, POINTS_OF_COMPARED)
        rows.append(
            shown.Compared(
                key=key,
                label=label,
                statistics=figures_of(currency, count, made),
                curve=[shown.CumulativePoint(at=point.at, cumulative=point.balance) for point in points],
            )
        )
    return rows


def _narrowed(book: Book, by: str, key: str, wanted: TradeFilter) -> tuple[str, TradeFilter] | None:
    """Return the label and the filter of one side; None for what is not here."""
    if by == "symbol":
        return key, replace(wanted, symbols=(key,))
    try:
        named = UUID(key)
    except ValueError as error:
        raise Malformed(Fault("/keys", f"{key[:40]} is no id of an account or EA.")) from error
    if by == "account":
        return _one_account(book, named, wanted)
    owner = book.instance(named)
    if owner is None:
        return None
    narrowed = _one_account(book, owner.account_id, wanted)
    return None if narrowed is None else (owner.name, replace(narrowed[1], magic=owner.magic))


def _one_account(book: Book, account_id: UUID, wanted: TradeFilter) -> tuple[str, TradeFilter] | None:
    if account_id not in book.accounts or (wanted.accounts and account_id not in wanted.accounts):
        return None
    return book.label(account_id), replace(wanted, accounts=(account_id,))
