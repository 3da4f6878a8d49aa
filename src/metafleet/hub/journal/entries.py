"""Who entered what and when: open positions, and trades of the last days. Read only."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from metafleet.hub.journal.models import Position, Trade, TradeState

_OF_TRADE: Final = (
    *("account_id", "position_id", "part", "symbol", "side", "volume"),
    *("entry_price", "entered_at", "exited_at", "net_profit"),
)
_OF_POSITION: Final = ("account_id", "ticket", "symbol", "side", "volume", "open_price", "opened_at")


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """One entry into the market. volume: lots. price: None where the journal has none.

    exited_at: None while it is open. net_profit: of the whole trade, in account currency; None while open.
    """

    at: datetime
    account_id: UUID
    position_id: int
    part: int
    symbol: str
    side: str
    volume: Decimal
    price: Decimal | None
    exited_at: datetime | None = None
    net_profit: Decimal | None = None


def entries(
    *, tenant_id: UUID, account_ids: Collection[UUID], since: datetime, limit: int
) -> tuple[list[Entry], bool]:
    """Return what is open, however long, and what was entered since; and whether more was than `limit`.

    The newest are taken, in two queries. A position whose deals the journal has is one entry, not two.
    """
    made = Trade.objects.filter(
        tenant_id=tenant_id, account_id__in=account_ids, entered_at__gte=since, volume__gt=0
    ).exclude(state=TradeState.ORPHAN)
    held = Position.objects.filter(tenant_id=tenant_id, account_id__in=account_ids, volume__gt=0)
    trades = list(made.order_by("-entered_at").values_list(*_OF_TRADE)[: limit + 1])
    open_now = list(held.order_by("-opened_at").values_list(*_OF_POSITION)[: limit + 1])
    found = [_traded(*row) for row in trades[:limit]]
    known = {(entry.account_id, entry.position_id) for entry in found}
    found += [
        Entry(at, account, ticket, 0, symbol, side, volume, price)
        for account, ticket, symbol, side, volume, price, at in open_now[:limit]
        if (account, ticket) not in known
    ]
    return found, len(trades) > limit or len(open_now) > limit


def _traded(  # noqa: PLR0913, PLR0917 - a row's columns
    account: UUID,
    position: int,
    part: int,
    symbol: str,
    side: str,
    volume: Decimal,
    price: Decimal | None,
    entered_at: datetime,
    exited_at: datetime | None,
    net: Decimal,
) -> Entry:
    return Entry(
        *(entered_at, account, position, part, symbol, side, volume, price),
        exited_at=exited_at,
        net_profit=None if exited_at is None else net,
    )
