"""What each command does. To add one, add its payload, its function and its line in HANDLERS.

A handler returns the command's result, or None when the result comes later. It raises
OrderRefused, PayloadRefused or InputRefused for a command that has failed, and DeskLost
for one that must wait until the terminal is back.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import msgspec

from metafleet.engine.broker.records import OrderRequest, Position
from metafleet.runner import delivery, orders, payloads, translate
from metafleet.runner.session import Ending, Session
from metafleet.wire import messages

Handler = Callable[[Session, messages.Command], dict[str, Any] | None]

MOST_CANDLES: Final = 10_000
"""Bars in one post of candles (terminal protocol)."""


def ping(session: Session, _command: messages.Command) -> dict[str, Any]:
    """Answer with what is known without asking anyone."""
    observed = session.bulletin.read()
    return {
        "pong": True,
        "status": observed.status,
        "terminalConnected": session.terminal.is_connected,
        "lastError": observed.fault,
    }


def pause(session: Session, command: messages.Command) -> dict[str, Any]:
    """Forbid the EA what the mode forbids; what it asks of open positions the loop sees to."""
    body = payloads.read(command.payload, payloads.Pause)
    session.desk.pause = body.mode
    session.bulletin.set_status("paused")
    return {"status": "paused", "mode": body.mode}


def resume(session: Session, _command: messages.Command) -> dict[str, Any]:
    """Let the EA trade again."""
    session.desk.pause = None
    if session.host.is_started:
        session.bulletin.set_status("running")
    return {"status": "running"}


def stop(session: Session, command: messages.Command) -> None:
    """Ask the loop for the end; its result comes when everything is done."""
    body = payloads.read(command.payload, payloads.Stop)
    session.ending = Ending(close_positions=body.close_positions, command_id=command.id)


def configure(session: Session, command: messages.Command) -> dict[str, Any]:
    """Start the EA anew with changed inputs."""
    body = payloads.read(command.payload, payloads.Configure)
    session.host.configure({**session.host.inputs, **body.config})
    return {"inputs": dict(session.host.inputs)}


def sync_trades(session: Session, command: messages.Command) -> dict[str, Any]:
    """Send the account's deals again."""
    body = payloads.read(command.payload, payloads.SyncTrades)
    from_msc = 0 if body.from_ is None else payloads.epoch_msc(body.from_, "from")
    return {"deals": session.deals.send_again(from_msc)}


def open_position(session: Session, command: messages.Command) -> dict[str, Any]:
    """Open a position at market, once."""
    body = payloads.read(command.payload, payloads.Open)
    request = OrderRequest(
        action="deal",
        symbol=body.symbol,
        side="buy" if body.side.lower() == "buy" else "sell",
        volume=body.volume,
        sl=body.stop_loss or None,
        tp=body.take_profit or None,
        deviation=body.deviation,
        magic=body.magic,
        comment=orders.marked_comment(command.id, body.comment),
    )
    return orders.open_once(session, command.id, request)


def modify_position(session: Session, command: messages.Command) -> dict[str, Any]:
    """Set a position's stop and target."""
    body = payloads.read(command.payload, payloads.Modify)
    position = orders.held(session, body.ticket)
    sl = position.sl if isinstance(body.stop_loss, msgspec.UnsetType) else body.stop_loss or None
    tp = position.tp if isinstance(body.take_profit, msgspec.UnsetType) else body.take_profit or None
    orders.modify(session, position, sl, tp)
    return {"ticket": body.ticket, "stopLoss": sl, "takeProfit": tp}


def close_position(session: Session, command: messages.Command) -> dict[str, Any]:
    """Close a position, or a part of it, once."""
    body = payloads.read(command.payload, payloads.Close)
    return orders.close_once(session, command.id, body.ticket, body.volume)


def close_all(session: Session, command: messages.Command) -> dict[str, Any]:
    """Close every position of the account that fits, once."""
    body = payloads.read(command.payload, payloads.CloseAll)

    def is_wanted(position: Position) -> bool:
        return body.magic in {None, position.magic} and body.symbol in {None, position.symbol}

    closed, open_still = orders.close_all_once(session, command.id, is_wanted)
    if open_still:
        raise orders.OrderRefused(orders.words_for(closed, open_still))
    return {"closed": closed}


def fetch_candles(session: Session, command: messages.Command) -> dict[str, Any]:
    """Send the M1 bars of a time span; they go through the outbox, ahead of the result."""
    body = payloads.read(command.payload, payloads.FetchCandles)
    first_s = payloads.epoch_msc(body.from_, "from") // 60_000 * 60
    last_s = payloads.epoch_msc(body.to, "to") // 1000
    now_s = session.desk.now_msc() // 1000
    count = max(1, (now_s - first_s) // 60 + 2)
    bars = session.terminal.ask(lambda client: client.bars(body.symbol, count))
    wanted = [translate.candle(bar) for bar in bars if first_s <= bar.time_s <= last_s][:MOST_CANDLES]
    if wanted:
        candles = messages.Candles(
            terminal_id="",
            trade_id=body.trade_id,
            command_id=command.id,
            symbol=body.symbol,
            candles=[msgspec.Raw(msgspec.json.encode(candle)) for candle in wanted],
        )
        session.outbox.append("candles", delivery.candles_body(candles))
    return {"candles": len(wanted)}


def guard(session: Session, command: messages.Command) -> dict[str, Any]:
    """Enforce other limits than before, or none."""
    body = payloads.read(command.payload, payloads.GuardTold)
    session.guard.replace(body.guard)
    return {"guarded": body.guard is not None}


ORDERS: Final = frozenset({"OPEN", "CLOSE", "CLOSE_ALL"})
"""What trades under a mark; MODIFY leaves no deal, and doing it twice is as once."""

HANDLERS: Final[dict[str, Handler]] = {
    "PING": ping,
    "PAUSE": pause,
    "RESUME": resume,
    "STOP": stop,
    "CONFIGURE": configure,
    "SYNC_TRADES": sync_trades,
    "OPEN": open_position,
    "MODIFY": modify_position,
    "CLOSE": close_position,
    "CLOSE_ALL": close_all,
    "FETCH_CANDLES": fetch_candles,
    "GUARD": guard,
}
