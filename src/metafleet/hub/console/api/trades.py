"""Trades: lists, one with all that is known of it, its bars."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router, Status
from ninja.params.functions import Query as QueryParam

from metafleet.engine.statements import folding
from metafleet.hub.console import present, schemas
from metafleet.hub.console.access import actor, needs
from metafleet.hub.console.book import Book, Chosen
from metafleet.hub.console.schemas import journal as shown
from metafleet.hub.console.schemas.reviews import Review, Screenshot
from metafleet.hub.identity.rights import Right
from metafleet.hub.journal import bars, detail, reviews, trades
from metafleet.hub.journal.models import Deal, Trade
from metafleet.hub.kernel import clock
from metafleet.hub.kernel.tenancy import tenant_scope
from metafleet.hub.market import queries as market

router = Router(by_alias=True)

MOST_BARS: Final = 3_000
READABLE_BARS: Final = 500
"""More of them than that, and a longer timeframe is easier to read."""
_ENTRIES: Final[tuple[Literal["in", "out", "in/out", "out by"], ...]] = ("in", "out", "in/out", "out by")
_AUTO: Final = ("1m", "5m", "15m", "1h", "4h", "1d")


@router.get("/trades", response=schemas.TradePage)
@needs(Right.READ)
def list_trades(
    request: HttpRequest,
    chosen: Query[Chosen],
    page: int = QueryParam(1, ge=1, le=100_000),
    page_size: int = QueryParam(50, ge=1, le=500, alias="pageSize"),
) -> schemas.TradePage:
    who = actor(request)
    with tenant_scope(who.tenant_id):
        book = Book(who.tenant_id)
        wanted = book.filter(chosen)
        if wanted is None:
            return schemas.TradePage(items=[], total=0, page=page, page_size=page_size, totals=[])
        found = trades.trades(tenant_id=who.tenant_id, chosen=wanted)
        made = trades.totals_by_account(found)
        total = sum(totals.trades for totals in made.values())
        rows = trades.page_of(found, first=(page - 1) * page_size, size=page_size, total=total)
        return schemas.TradePage(
            items=book.shown(rows), total=total, page=page, page_size=page_size, totals=book.totals(made)
        )


@router.get("/trades/{uuid:trade_id}", response=shown.TradeDetail)
@needs(Right.READ)
def get_trade(request: HttpRequest, trade_id: UUID) -> shown.TradeDetail:
    who = actor(request)
    with tenant_scope(who.tenant_id):
        row = detail.find_trade(tenant_id=who.tenant_id, trade_id=trade_id)
        return _detail(Book(who.tenant_id), row)


@router.get("/trades/{uuid:trade_id}/candles", response=shown.TradeBars)
@needs(Right.READ)
def trade_candles(
    request: HttpRequest, trade_id: UUID, timeframe: Literal["auto", "1m", "5m", "15m", "1h"] = "auto"
) -> shown.TradeBars:
    """Bid bars from two hours before the entry to two hours after the exit; none until they were fetched."""
    who = actor(request)
    with tenant_scope(who.tenant_id):
        row = detail.find_trade(tenant_id=who.tenant_id, trade_id=trade_id)
        span = detail.span_of(row, clock.now())
        made, found = market.bars_between(
            tenant_id=who.tenant_id,
            server=row.account.server,
            symbol=row.symbol,
            timeframe=_readable(span) if timeframe == "auto" else timeframe,
            span=span,
            limit=MOST_BARS,
        )
        return shown.TradeBars(
            timeframe=made,  # type: ignore[arg-type]
            candles=[
                schemas.Candle(time=int(at.timestamp()), open=first, high=high, low=low, close=last)
                for at, first, high, low, last in found
            ],
        )


@router.post("/trades/{uuid:trade_id}/fetch-candles", response={202: schemas.Command})
@needs(Right.TRADE)
def fetch_candles(request: HttpRequest, trade_id: UUID) -> Status[schemas.Command]:
    """Ask the account's terminal for the bars around the trade."""
    who, now = actor(request), clock.now()
    with tenant_scope(who.tenant_id):
        row = detail.find_trade(tenant_id=who.tenant_id, trade_id=trade_id)
        return Status(202, present.command(bars.request(trade=row, actor=who.name, now=now)))


def _readable(span: tuple[datetime, datetime]) -> str:
    length: timedelta = span[1] - span[0]
    steps = (name for name in _AUTO if length / market.STEPS[name] <= READABLE_BARS)
    return next(steps, _AUTO[-1])


def _detail(book: Book, row: Trade) -> shown.TradeDetail:
    said = reviews.said_of([row]).get(trades.key_of(row), reviews.NOTHING)
    previous_id, next_id = detail.neighbours(row)
    [listed] = book.shown([row])
    deals = detail.deals_of(row)
    ea_tag, ea_note = detail.reason_of(deals)
    return shown.TradeDetail(
        **listed.model_dump(by_alias=False),
        server=book.accounts[row.account_id].server,
        deals=[_deal(deal) for deal in deals],
        ea_tag=ea_tag,
        ea_note=ea_note,
        note=said.note,
        review=Review(note=said.note, rating=said.rating, tags=list(said.tags)),
        screenshot_list=[Screenshot.model_validate(picture) for picture in reviews.screenshots(row)],
        candles_state=said.candles_state,  # type: ignore[arg-type]
        previous_id=previous_id,
        next_id=next_id,
    )


def _deal(row: Deal) -> shown.TradeDeal:
    return shown.TradeDeal(
        ticket=detail.ticket_of(row),
        order_id=row.order_id,
        entry=_ENTRIES[row.entry or 0],
        side="buy" if row.kind == folding.BUY else "sell",
        volume=float(row.volume),
        price=None if row.price is None else float(row.price),
        executed_at=row.executed_at,
        profit=float(row.profit),
        commission=float(row.commission),
        swap=float(row.swap),
        fee=float(row.fee),
        comment=row.comment,
        reason=folding.EXIT_REASONS.get(-1 if row.reason is None else row.reason, ""),
    )
