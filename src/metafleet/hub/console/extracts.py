"""What goes into an exported file: trades in the asked order, or deals from the oldest on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from metafleet.engine.statements import folding
from metafleet.hub.console.book import Book, Chosen
from metafleet.hub.console.files import Pages, Row
from metafleet.hub.journal import detail, ledgers, reviews
from metafleet.hub.journal import trades as matching
from metafleet.hub.journal.models import Deal
from metafleet.hub.journal.trades import TradeFilter
from metafleet.hub.kernel.errors import Refused
from metafleet.hub.kernel.tenancy import tenant_scope

AT_MOST: Final = 250_000
PAGE: Final = 1_000

_TRADE: Final = (
    "account_label", "instance_name", "position_id", "part", "symbol", "side", "state", "volume",
    "entry_price", "exit_price", "stop_loss", "take_profit", "initial_stop", "entered_at", "exited_at",
    "duration_s", "profit", "commission", "swap", "fee", "net_profit", "currency", "r", "mae", "mfe",
    "exit_reason", "magic", "comment", "tags", "rating", "note",
)  # fmt: skip
_DEAL: Final = (
    "account_label", "ticket", "position_id", "order_id", "kind", "entry", "symbol", "volume", "price",
    "executed_at", "profit", "commission", "swap", "fee", "currency", "magic", "reason", "comment",
)  # fmt: skip
_SIDES: Final = ("buy", "sell")
_ENTRIES: Final = ("in", "out", "in/out", "out by")


class TooManyRows(Refused):
    """An export has an end, and none leaves rows out silently."""

    def __init__(self, count: int) -> None:
        super().__init__(
            f"These are {count:,} rows, and a file takes at most {AT_MOST:,}. "
            "Choose a shorter time or fewer accounts."
        )


@dataclass(frozen=True, slots=True)
class Extract:
    columns: tuple[str, ...]
    pages: Pages


def trades(book: Book, wanted: TradeFilter | None) -> Extract:
    """Return the trades in their order, whose keys alone are held. Raises TooManyRows."""
    if wanted is None:
        return Extract(_TRADE, ())
    found = matching.trades(tenant_id=book.tenant_id, chosen=wanted)
    _check(found.count())
    keys = b"".join(key.bytes for key in found.values_list("id", flat=True).iterator(chunk_size=PAGE))
    return Extract(_TRADE, _trade_pages(book, keys))


def deals(book: Book, wanted: TradeFilter | None, chosen: Chosen) -> Extract:
    """Return the deals of the chosen trades, and of whole accounts the cash flows too. Raises TooManyRows."""
    if wanted is None:
        return Extract(_DEAL, ())
    found = _deals(book, wanted, whole=chosen.is_of_accounts)
    _check(found.count())
    return Extract(_DEAL, _deal_pages(book, found))


def _check(count: int) -> None:
    if count > AT_MOST:
        raise TooManyRows(count)


def _trade_pages(book: Book, keys: bytes) -> Iterator[Sequence[Row]]:
    step = 16 * PAGE
    for first in range(0, len(keys), step):
        page = keys[first : first + step]
        ids = [UUID(bytes=page[at : at + 16]) for at in range(0, len(page), 16)]
        with tenant_scope(book.tenant_id):
            yield _trade_rows(book, ids)


def _trade_rows(book: Book, ids: Sequence[UUID]) -> list[Row]:
    rows = book.rows_by_id(ids)
    notes = reviews.said_of(rows)
    return [
        shown.model_dump() | {"note": notes.get(matching.key_of(row), reviews.NOTHING).note}
        for row, shown in zip(rows, book.shown(rows), strict=True)
    ]


def _deals(book: Book, wanted: TradeFilter, *, whole: bool) -> QuerySet[Deal]:
    accounts = list(wanted.accounts or book.accounts)
    found = Deal.objects.filter(tenant_id=book.tenant_id, account_id__in=accounts)
    if wanted.since:
        found = found.filter(executed_at__gte=wanted.since)
    if wanted.until:
        found = found.filter(executed_at__lt=wanted.until)
    if not whole:
        chosen = matching.matching(tenant_id=book.tenant_id, chosen=wanted).filter(
            account_id=OuterRef("account_id"), position_id=OuterRef("position_id")
        )
        found = found.filter(Exists(chosen), kind__lt=ledgers.BALANCE)
    return found


def _deal_pages(book: Book, found: QuerySet[Deal]) -> Iterator[Sequence[Row]]:
    """By keyset: each page begins after the last deal of the page before, whatever came meanwhile."""
    ordered = found.order_by("executed_at", "account_id", "ticket")
    last: Deal | None = None
    while True:
        with tenant_scope(book.tenant_id):
            page = list((ordered.filter(_after(last)) if last else ordered)[:PAGE])
            rows = [_deal_row(book, deal) for deal in page]
        if not rows:
            return
        yield rows
        last = page[-1]


def _after(deal: Deal) -> Q:
    same = Q(executed_at=deal.executed_at)
    later = Q(executed_at__gt=deal.executed_at) | same & (
        Q(account_id__gt=deal.account_id) | Q(account_id=deal.account_id, ticket__gt=deal.ticket)
    )
    # The first condition is for the index.
    return Q(executed_at__gte=deal.executed_at) & later


def _deal_row(book: Book, deal: Deal) -> Row:
    account = book.accounts[deal.account_id]
    is_trade = deal.kind < ledgers.BALANCE
    numbers: dict[str, Any] = {
        name: None if getattr(deal, name) is None else float(getattr(deal, name))
        for name in ("volume", "price", "profit", "commission", "swap", "fee")
    }
    return {
        "account_label": account.label,
        "ticket": detail.ticket_of(deal),
        "position_id": deal.position_id,
        "order_id": deal.order_id,
        "kind": _SIDES[deal.kind] if is_trade else ledgers.kind_of(deal),
        "entry": _ENTRIES[deal.entry or 0] if is_trade else "",
        "symbol": deal.symbol,
        "executed_at": deal.executed_at,
        "currency": account.currency,
        "magic": deal.magic,
        "reason": folding.EXIT_REASONS.get(-1 if deal.reason is None else deal.reason, ""),
        "comment": deal.comment,
        **numbers,
    }
