"""The broker's records as the protocol's messages. Server time of the paper broker is UTC."""

from __future__ import annotations

from typing import Final

from metafleet.engine.broker import records
from metafleet.engine.experts.reasons import Reason
from metafleet.engine.market.records import Bar
from metafleet.wire import messages

_TRADE_WORDS: Final = {records.DEAL_BUY: "BUY", records.DEAL_SELL: "SELL"}


def account(info: records.AccountInfo) -> messages.AccountInfo:
    """An account, money as decimal text."""
    return messages.AccountInfo(
        login=info.login,
        server=info.server,
        currency=info.currency,
        leverage=info.leverage,
        balance=str(info.balance),
        equity=str(info.equity),
        margin=str(info.margin),
        free_margin=str(info.margin_free),
        margin_level=None if info.margin_level is None else str(info.margin_level),
        floating_pnl=str(info.profit),
        margin_mode="hedging" if info.margin_mode == "hedging" else "netting",
        trade_allowed=info.trade_allowed,
    )


def position(held: records.Position) -> messages.Position:
    """One open position."""
    return messages.Position(
        ticket=held.ticket,
        symbol=held.symbol,
        type="BUY" if held.side == "buy" else "SELL",
        volume=held.volume,
        open_price=held.price_open,
        current_price=held.price_current,
        profit=str(held.profit),
        swap=str(held.swap),
        open_time=held.time_msc,
        stop_loss=held.sl,
        take_profit=held.tp,
        magic=held.magic,
        comment=held.comment,
    )


def deal(done: records.Deal, contract_size: float | None, reason: Reason | None = None) -> messages.Deal:
    """One deal; balance operations carry `dealType` in place of BUY or SELL. reason: the EA's."""
    word = _TRADE_WORDS.get(done.type)
    return messages.Deal(
        ticket=done.ticket,
        symbol=done.symbol,
        type=word,
        deal_type=done.type if word is None else None,
        volume=done.volume,
        open_price=done.price,
        open_time=done.time_msc // 1000,
        time_msc=done.time_msc,
        commission=str(done.commission),
        swap=str(done.swap),
        fee=str(done.fee),
        profit=str(done.profit),
        comment=done.comment,
        position_id=done.position_id,
        order_id=done.order,
        magic=done.magic,
        entry_type=done.entry if word is not None else None,
        reason=done.reason,
        stop_loss=done.sl,
        take_profit=done.tp,
        contract_size=contract_size if word is not None else None,
        tag=reason.tag if reason else "",
        note=reason.note if reason else "",
    )


def candle(bar: Bar) -> messages.Candle:
    """One M1 bar."""
    return messages.Candle(
        time=bar.time_s, open=bar.open, high=bar.high, low=bar.low, close=bar.close, volume=bar.tick_volume
    )
