"""A person asks for the bars around a trade. What is fetched by itself, and measured, is in `fetches`."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from metafleet.hub.fleet import commands
from metafleet.hub.fleet.models import Command
from metafleet.hub.journal import detail
from metafleet.hub.journal.models import CandlesState, Trade, TradeCandles, TradeState

_LOOKED_AT_AFTER: Final = timedelta(minutes=2)
"""Then the sweep sees what became of the request."""


def request(*, trade: Trade, actor: str, now: datetime) -> Command:
    """Queue FETCH_CANDLES for the account's terminal. Raises NoTerminal where nobody speaks for it."""
    since, until = detail.span_of(trade, now)
    payload = {
        "symbol": trade.symbol,
        "timeframe": "1m",
        "from": since.isoformat(),
        "to": min(until, now).isoformat(),
        "tradeId": str(trade.id),
    }
    command = commands.request(
        tenant_id=trade.tenant_id,
        account_id=trade.account_id,
        actor=actor,
        wish=commands.Wish("FETCH_CANDLES", payload, magic=trade.magic),
        now=now,
    )
    if trade.state == TradeState.CLOSED:
        _note_asked(trade, command.id, now)
    return command


def _note_asked(trade: Trade, command_id: UUID, now: datetime) -> None:
    """What is stored already stays so: bars that come once more only complete the chart."""
    key: dict[str, Any] = {
        "account_id": trade.account_id,
        "position_id": trade.position_id,
        "part": trade.part,
    }
    asked = {
        "state": CandlesState.ASKED,
        "command_id": command_id,
        "attempt": 1,
        "due_at": now + _LOOKED_AT_AFTER,
    }
    row, is_new = TradeCandles.objects.get_or_create(**key, defaults={"tenant_id": trade.tenant_id, **asked})
    if not is_new and row.state != CandlesState.STORED:
        TradeCandles.objects.filter(**key).update(**asked, updated_at=now)
