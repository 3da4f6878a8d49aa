"""Ask terminals for the bars around closed trades, once for each.

A row of TradeCandles is wanted from the moment its trade closed (`journal_fold`). When the bars
come, the gateway calls `candles.stored`.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import Q

from metafleet.hub.fleet import addressees, commands, truths
from metafleet.hub.fleet.errors import NoTerminal
from metafleet.hub.fleet.models import Command, CommandState, Terminal, TradingAccount
from metafleet.hub.journal.candles import AROUND
from metafleet.hub.journal.models import CandlesState, Trade, TradeCandles, TradeState
from metafleet.hub.journal.sql import candles as sql

MOST_A_MINUTE, MOST_A_MINUTE_HOSTED = 12, 40
"""Requests for bars that one account's terminals have at a time or get in a minute: about half of what
their limits of candles and results let through, so that a long history leaves room for the rest."""
MOST_LOOKS: Final = 12
"""Looks until a trade's bars are given up; the last of the waits between them are half a day."""
_LONGEST_WAIT: Final = timedelta(hours=12)
_ACTOR: Final = "system:journal"
_UNDER_WAY: Final = (CommandState.QUEUED, CommandState.LEASED)


def ask(*, tenant_id: UUID, account_id: UUID, now: datetime, most: int) -> int:
    """Queue at most `most` FETCH_CANDLES for what is due of the account; return how many.

    In the open tenant transaction.

    Without a terminal that was heard lately everything due waits, longer each time.
    """
    account = TradingAccount.objects.filter(tenant_id=tenant_id, id=account_id, deleted_at=None).first()
    terminal = _listening(account, now) if account else None
    if terminal is None:
        values: dict[str, Any] = {"account": account_id, "most": MOST_LOOKS, "now": now}
        with connection.cursor() as cursor:
            cursor.execute(sql.POSTPONE, values)
        return 0
    a_minute = MOST_A_MINUTE_HOSTED if terminal.instance_id else MOST_A_MINUTE
    room = a_minute - _asked_lately(account_id, now)
    due = TradeCandles.objects.select_for_update(skip_locked=True).filter(
        account_id=account_id, due_at__lte=now
    )
    return sum(
        _look(row, terminal, now) for row in due.order_by("due_at", "-position_id")[: max(0, min(room, most))]
    )


def _listening(account: TradingAccount, now: datetime) -> Terminal | None:
    wish = commands.Wish("FETCH_CANDLES", {})
    try:
        found = addressees.choose(account=account, wish=wish, is_question=True, now=now)
    except NoTerminal:
        return None
    return found if truths.is_online(addressees.voice(found), now) else None


def _asked_lately(account_id: UUID, now: datetime) -> int:
    asked = Command.objects.filter(terminal__account_id=account_id, type="FETCH_CANDLES", requested_by=_ACTOR)
    return asked.filter(Q(state__in=_UNDER_WAY) | Q(created_at__gt=now - timedelta(minutes=1))).count()


def _look(row: TradeCandles, terminal: Terminal, now: datetime) -> bool:
    """Take the row's next step; return whether the terminal was asked."""
    trade = Trade.objects.filter(
        account_id=row.account_id, position_id=row.position_id, part=row.part, state=TradeState.CLOSED
    ).first()
    if trade is None or trade.entered_at is None or trade.exited_at is None:
        # It was folded into another, or is open again; closing, it is looked at anew.
        row.delete()
        return False
    command = Command.objects.filter(id=row.command_id).first() if row.command_id else None
    is_asked = row.state == CandlesState.ASKED and command is not None
    if is_asked and command and command.state in _UNDER_WAY:
        _keep(row, now)
        return False
    if (is_asked and command and command.state == CommandState.DONE) or row.attempt >= MOST_LOOKS:
        _give_up(row, now)
        return False
    row.command_id = _queue(trade, trade.entered_at, trade.exited_at, terminal, now)
    if row.state != CandlesState.STORED:
        row.state = CandlesState.ASKED
    _keep(row, now, is_last=row.state == CandlesState.STORED)
    return True


def _queue(trade: Trade, entered: datetime, exited: datetime, terminal: Terminal, now: datetime) -> UUID:
    payload = {
        "symbol": trade.symbol,
        "timeframe": "1m",
        "from": (entered - AROUND).isoformat(),
        "to": (exited + AROUND).isoformat(),
        "tradeId": str(trade.id),
    }
    command = commands.queue(terminal=terminal, type="FETCH_CANDLES", payload=payload, actor=_ACTOR, now=now)
    return command.id


def _keep(row: TradeCandles, now: datetime, *, is_last: bool = False) -> None:
    """Look again later, longer each time; of bars that only complete a chart nobody asks twice."""
    row.due_at = None if is_last else now + min(_LONGEST_WAIT, timedelta(minutes=2**row.attempt))
    row.attempt += 1
    row.save(update_fields=("state", "command_id", "due_at", "attempt", "updated_at"))


def _give_up(row: TradeCandles, now: datetime) -> None:
    """The terminal has no such bars. What a live feed may have brought is measured all the same."""
    row.state, row.due_at = CandlesState.MISSING, None
    row.save(update_fields=("state", "due_at", "updated_at"))
    values: dict[str, Any] = {"account": row.account_id, "position": row.position_id, "part": row.part}
    values |= {"around": AROUND, "now": now}
    with connection.cursor() as cursor:
        cursor.execute(sql.MEASURE_ROW, values)
