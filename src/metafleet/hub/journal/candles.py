"""The bars around closed trades, as they come: for the gateway's own connections, without the ORM."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from metafleet.hub.fleet.intake import Connection, Slot
from metafleet.hub.journal.sql import candles as sql

AROUND: Final = timedelta(hours=2)
"""What is fetched before the entry and after the exit (terminal protocol, "POST /trades")."""


async def stored(db: Connection, slot: Slot, trade_id: str, now: datetime) -> None:
    """Measure the trade that bars have come for, in the transaction that stores them.

    Bars that do not reach between its entry and its exit change nothing, and neither does an
    id that is no trade of the account's.
    """
    try:
        trade = UUID(trade_id)
    except ValueError:
        return
    values = {"trade": trade, "account": slot.account_id, "around": AROUND, "now": now}
    await db.execute(sql.MEASURE_TRADE, values)
