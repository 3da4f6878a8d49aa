"""From the broker's records to the package's structs."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

from metafleet.engine.broker import records
from metafleet.engine.broker.book import OpenPosition
from metafleet.engine.broker.requests import TradeCheck
from metafleet.engine.market.symbols import SymbolSpec
from metafleet.engine.mt5 import structs
from metafleet.engine.mt5.venue import Quote, Station, Valued

BOOK_DEPTH: Final = 10

_MARGIN_MODES: Final[dict[records.MarginMode, int]] = {"netting": 0, "exchange": 1, "hedging": 2}


def account(info: records.AccountInfo, station: Station) -> structs.AccountInfo:
    """Return the account; its margin level is 0 without margin."""
    return structs.account_info(
        (
            info.login,
            station.trade_mode,
            info.leverage,
            info.limit_orders,
            info.margin_so_mode,
            info.trade_allowed,
            info.trade_expert,
            _MARGIN_MODES[info.margin_mode],
            info.currency_digits,
            info.fifo_close,
            float(info.balance),
            float(info.credit),
            float(info.profit),
            float(info.equity),
            float(info.margin),
            float(info.margin_free),
            _level(info.equity, info.margin),
            float(info.margin_so_call),
            float(info.margin_so_so),
            float(info.margin_initial),
            float(info.margin_maintenance),
            float(info.assets),
            float(info.liabilities),
            0.0,
            info.name,
            info.server,
            info.currency,
            station.company,
        )
    )


def _level(equity: Decimal, margin: Decimal) -> float:
    """Return the margin level in percent; a terminal does not round it. 0 without margin."""
    return float(100 * equity / margin) if margin else 0.0


def terminal(station: Station) -> structs.TerminalInfo:
    """Return the terminal; it has no community account, no mail and no files to publish."""
    return structs.terminal_info(
        (
            False,
            False,
            station.connected,
            False,
            station.trade_allowed,
            station.tradeapi_disabled,
            False,
            False,
            False,
            False,
            station.build,
            station.maxbars,
            station.codepage,
            station.ping_us,
            0.0,
            0.0,
            station.company,
            station.name,
            station.language,
            station.path,
            station.data_path,
            station.commondata_path,
        )
    )


def tick(quote: Quote) -> structs.Tick:
    """Return a symbol's last tick."""
    return structs.tick(
        (
            quote.time_msc // 1000,
            quote.bid,
            quote.ask,
            quote.last,
            quote.volume,
            quote.time_msc,
            quote.flags,
            quote.volume_real,
        )
    )


def symbol(
    spec: SymbolSpec, quote: Quote | None, values: tuple[float, float], selected: bool
) -> structs.SymbolInfo:
    """Return a symbol. values: what a tick makes, as a gain and as a loss."""
    row = {**_NO_SYMBOL, **_terms(spec), "select": selected, "visible": selected}
    row["trade_tick_value"] = row["trade_tick_value_profit"] = values[0]
    row["trade_tick_value_loss"] = values[1]
    if quote is not None:
        row.update(_day(spec, quote))
    return structs.symbol_info(tuple(row.values()))


_Parts = tuple[OpenPosition | records.Position, tuple[Any, ...], float, tuple[str, str, str]]
"""A position, its fields before the present price, its swap, and those behind the profit."""


class Positions:
    """Open positions as structs. What a tick does not change of one is laid out once."""

    def __init__(self) -> None:
        self._parts: dict[int, _Parts] = {}

    def shown(self, valued: Sequence[Valued]) -> tuple[structs.TradePosition, ...]:
        """Return positions as they are worth now."""
        known, self._parts = self._parts, {}
        found = []
        for held, price, profit in valued:
            ticket = held.ticket
            parts = known.get(ticket)
            if parts is None or parts[0] is not held:
                parts = _parts(held)
            self._parts[ticket] = parts
            found.append(structs.trade_position((*parts[1], price, parts[2], profit, *parts[3])))
        return tuple(found)


def _parts(held: OpenPosition | records.Position) -> _Parts:
    """Lay a position out; a broker that tells no identifier and no change had none but the first."""
    updated_msc = held.time_update_msc or held.time_msc
    before = (
        held.ticket,
        held.time_msc // 1000,
        held.time_msc,
        updated_msc // 1000,
        updated_msc,
        0 if held.side == "buy" else 1,
        held.magic,
        held.identifier or held.ticket,
        held.reason,
        held.volume,
        held.price_open,
        held.sl or 0.0,
        held.tp or 0.0,
    )
    return held, before, float(held.swap), (held.symbol, held.comment, "")


def order(one: records.Order, price_current: float) -> structs.TradeOrder:
    """Return an order, active or finished."""
    return structs.trade_order(
        (
            one.ticket,
            one.time_setup_msc // 1000,
            one.time_setup_msc,
            one.time_done_msc // 1000,
            one.time_done_msc,
            one.time_expiration,
            one.type,
            one.type_time,
            one.type_filling,
            one.state,
            one.magic,
            one.position_id,
            one.position_by_id,
            one.reason,
            one.volume_initial,
            one.volume_current,
            one.price_open,
            one.sl,
            one.tp,
            price_current,
            one.price_stoplimit,
            one.symbol,
            one.comment,
            "",
        )
    )


def deal(one: records.Deal) -> structs.TradeDeal:
    """Return a deal."""
    return structs.trade_deal(
        (
            one.ticket,
            one.order,
            one.time_msc // 1000,
            one.time_msc,
            one.type,
            one.entry,
            one.magic,
            one.position_id,
            one.reason,
            one.volume,
            one.price,
            float(one.commission),
            float(one.swap),
            float(one.profit),
            float(one.fee),
            one.symbol,
            one.comment,
            "",
        )
    )


def sent(
    result: records.OrderResult, request_id: int, request: structs.TradeRequest
) -> structs.OrderSendResult:
    """Return what became of a request."""
    return structs.order_send_result(
        (
            result.retcode,
            result.deal,
            result.order,
            result.volume,
            result.price,
            result.bid,
            result.ask,
            result.comment,
            request_id,
            0,
            request,
        )
    )


def checked(check: TradeCheck, request: structs.TradeRequest) -> structs.OrderCheckResult:
    """Return what a request would lead to."""
    return structs.order_check_result(
        (
            check.retcode,
            float(check.balance),
            float(check.equity),
            float(check.profit),
            float(check.margin),
            float(check.margin_free),
            _level(check.equity, check.margin),
            check.comment,
            request,
        )
    )


def depth(spec: SymbolSpec, quote: Quote) -> tuple[structs.BookInfo, ...]:
    """Return a made-up depth of market: ten levels a side, a point apart, twice as deep at the tenth.

    Highest price first, so asks come before bids. The paper broker fills at the best prices whatever the
    volume; the levels are for programs that look at them.
    """
    asks = [(1, round(quote.ask + away * spec.point, spec.digits), away) for away in range(BOOK_DEPTH)]
    bids = [(2, round(quote.bid - away * spec.point, spec.digits), away) for away in range(BOOK_DEPTH)]
    return tuple(
        structs.book_info((kind, price, 10 + away, 10.0 + away))
        for kind, price, away in (*reversed(asks), *bids)
    )


_FIRST_TEXT: Final = structs.SymbolInfo.__match_args__.index("basis")
_FLAGS: Final = ("custom", "select", "visible", "spread_float", "margin_hedged_use_leg")
_FIRST_FLOAT: Final = structs.SymbolInfo.__match_args__.index("bid")


def _nothing(place: int, name: str) -> Any:
    if place >= _FIRST_TEXT:
        return ""
    if name in _FLAGS:
        return False
    return 0 if place < _FIRST_FLOAT else 0.0


_NO_SYMBOL: Final[dict[str, Any]] = {
    name: _nothing(place, name) for place, name in enumerate(structs.SymbolInfo.__match_args__)
}
"""Every field of SymbolInfo, in its order, as a symbol has it that says nothing of it."""


def _terms(spec: SymbolSpec) -> dict[str, Any]:
    return {
        "chart_mode": spec.chart_mode,
        "digits": spec.digits,
        "spread_float": True,
        "ticks_bookdepth": BOOK_DEPTH,
        "trade_calc_mode": spec.calc_mode,
        "trade_mode": spec.trade_mode,
        "trade_stops_level": spec.stops_level_points,
        "trade_freeze_level": spec.freeze_level_points,
        "trade_exemode": spec.execution,
        "swap_mode": spec.swap_mode,
        "swap_rollover3days": spec.swap_rollover3days,
        "margin_hedged_use_leg": spec.hedged_by_larger_leg,
        "expiration_mode": spec.expiration_flags,
        "filling_mode": spec.filling_flags,
        "order_mode": spec.order_flags,
        "order_gtc_mode": spec.gtc_mode,
        "point": spec.point,
        "trade_tick_size": spec.tick_size,
        "trade_contract_size": spec.contract_size,
        "trade_accrued_interest": spec.accrued_interest,
        "trade_face_value": spec.face_value,
        "trade_liquidity_rate": spec.liquidity_rate,
        "volume_min": spec.volume_min,
        "volume_max": spec.volume_max,
        "volume_step": spec.volume_step,
        "volume_limit": spec.volume_limit,
        "swap_long": spec.swap_long,
        "swap_short": spec.swap_short,
        "margin_initial": spec.margin_initial,
        "margin_maintenance": spec.margin_maintenance,
        "margin_hedged": spec.margin_hedged,
        "currency_base": spec.currency_base,
        "currency_profit": spec.currency_profit,
        "currency_margin": spec.currency_margin,
        "description": spec.description,
        "name": spec.name,
        "path": spec.path or f"Forex\\{spec.name}",
    }


def _day(spec: SymbolSpec, quote: Quote) -> dict[str, Any]:
    change = 100 * (quote.bid / quote.session_close - 1) if quote.session_close else 0.0
    return {
        "time": quote.time_msc // 1000,
        "spread": round((quote.ask - quote.bid) / spec.point),
        "volume": quote.volume,
        "volume_real": quote.volume_real,
        "bid": quote.bid,
        "bidhigh": quote.bid_high,
        "bidlow": quote.bid_low,
        "ask": quote.ask,
        "askhigh": quote.ask_high,
        "asklow": quote.ask_low,
        "volumehigh": int(quote.volume_high),
        "volumelow": int(quote.volume_low),
        "volumehigh_real": quote.volume_high,
        "volumelow_real": quote.volume_low,
        "last": quote.last,
        "lasthigh": quote.last_high,
        "lastlow": quote.last_low,
        "session_open": quote.session_open,
        "session_close": quote.session_close,
        "price_change": round(change, 4),
    }
