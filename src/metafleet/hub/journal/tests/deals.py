"""Deals as terminals report them, recorded for a person's account; and a word for each kind."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection

from metafleet.engine.statements.folding import Deal
from metafleet.hub.fleet.models import TradingAccount
from metafleet.hub.journal import intake
from metafleet.hub.kernel.tenancy import tenant_scope
from tests.cast import NOW

MINUTE = timedelta(minutes=1)
BUY, SELL, BALANCE = 0, 1, 2
IN, OUT, IN_OUT = 0, 1, 2


def deal(ticket: int, kind: int, entry: int | None, at: datetime, profit: Any = 0, **others: Any) -> Deal:
    """One deal of a lot at 1.1, of the position 1 unless told otherwise."""
    facts: dict[str, Any] = {
        "position_id": None if entry is None else 1, "order_id": None,
        "symbol": "" if entry is None else "EURUSD",
        "volume": 1, "price": "1.1", "commission": 0, "swap": 0, "fee": 0, "magic": None, "reason": None,
        "stop_loss": None, "take_profit": None, "comment": "",
    }  # fmt: skip
    facts |= others
    for name in ("volume", "price", "commission", "swap", "fee", "stop_loss"):
        facts[name] = None if facts[name] is None else Decimal(str(facts[name]))
    return Deal(ticket=ticket, kind=kind, entry=entry, executed_at=at, profit=Decimal(str(profit)), **facts)


def deposit(ticket: int, at: datetime, amount: Any, **others: Any) -> Deal:
    return deal(ticket, BALANCE, None, at, amount, volume=0, price=None, **others)


def round_trip(position: int, at: datetime, profit: Any, *, side: int = BUY, **others: Any) -> list[Deal]:
    """A position of one lot, open for an hour from `at` on; tickets 10 × position and the next."""
    own = {"position_id": position, **others}
    return [
        deal(10 * position, side, IN, at, **own),
        deal(10 * position + 1, 1 - side, OUT, at + 60 * MINUTE, profit, **own),
    ]


def record(account: TradingAccount, *deals: Deal) -> None:
    """Record them as an import does."""
    batch = intake.DealBatch(deals=intake.prepare(deals), account_id=account.id)
    with tenant_scope(account.tenant_id), connection.cursor() as cursor:
        (done,) = intake.record_in_tenant(cursor, [batch], NOW)
    assert done.is_current
