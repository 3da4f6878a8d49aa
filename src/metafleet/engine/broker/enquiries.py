"""What a MetaTrader program asks of its broker: looks, history, bars and ticks, trial calculations."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

import msgspec

from metafleet.engine.broker import messages, retcodes
from metafleet.engine.broker.charts import Chart
from metafleet.engine.broker.conversion import NoRate
from metafleet.engine.broker.errors import RequestRefused, UnknownSymbol
from metafleet.engine.broker.house import House
from metafleet.engine.broker.ledger import Ledger
from metafleet.engine.broker.requests import TradeCheck, TradeRequest
from metafleet.engine.broker.valuation import calc_margin, calc_profit, tick_values
from metafleet.engine.market.symbols import SymbolSpec
from metafleet.engine.market.timeframes import PERIODS_S

MAX_HISTORY: Final = 5_000
"""Orders or deals of one answer."""
MOST_BARS: Final = 50_000
"""Bars of one answer: three megabytes, which a frame holds."""

_trade_decoder = msgspec.msgpack.Decoder(TradeRequest)

Reading = messages.RatesFromPos | messages.RatesFrom | messages.RatesRange
Ticking = messages.TicksFrom | messages.TicksRange
Calculation = messages.CalcMargin | messages.CalcProfit | messages.TickValues


def trade_request(raw: msgspec.Raw) -> TradeRequest | None:
    """Return what a client wants; None for what is no trade request, or holds a number of no MetaTrader."""
    try:
        request = _trade_decoder.decode(raw)
    except (msgspec.DecodeError, RecursionError):
        return None
    return request if _is_kept(request) else None


_KEPT: Final = range(-(1 << 63), 1 << 63)
"""What the books can keep."""


def _is_kept(request: TradeRequest) -> bool:
    tickets = (request.order, request.position, request.position_by)
    numbers = (*tickets, request.type, request.type_filling, request.type_time, request.expiration)
    prices = (request.volume, request.price, request.stoplimit, request.sl, request.tp)
    # A magic has 64 bits without a sign; which of them it may have, the ledger says.
    return min(numbers) in _KEPT and max(numbers) in _KEPT and all(map(math.isfinite, prices))


class Enquiries:
    """Answers questions about a house. market_msc: the market's time at the moment."""

    def __init__(self, house: House, market_msc: Callable[[], int]) -> None:
        self._house = house
        self._market_msc = market_msc

    def answer(self, ledger: Ledger, question: messages.Question) -> Any:
        """Return the answer. Raises RequestRefused, UnknownSymbol and history.NoHistory."""
        match question:
            case messages.Look():
                return self._look(ledger, question)
            case messages.CheckTrade():
                return self._check(ledger, question)
            case messages.GetHistoryDeals() | messages.GetHistoryOrders():
                return self._history(ledger, question)
            case messages.RatesFromPos() | messages.RatesFrom() | messages.RatesRange():
                return self.rates(question)
            case messages.TicksFrom() | messages.TicksRange():
                return self._ticks(question)
            case _:
                return self._calculated(ledger, question)

    def _look(self, ledger: Ledger, look: messages.Look) -> messages.View:
        house = self._house
        house.quotes.advance(self._market_msc())
        version, parts = house.quotes.version, look.parts
        same_quotes = look.quote_version == version
        same_book = same_quotes and look.book_version == ledger.version
        return messages.View(
            now_msc=house.quotes.now_msc,
            quote_version=version,
            book_version=ledger.version,
            quotes=house.quotes_after(look.quote_version) if parts & messages.QUOTES else {},
            positions=ledger.positions() if parts & messages.POSITIONS and not same_book else None,
            orders=list(ledger.orders())
            if parts & messages.ORDERS and look.book_version != ledger.version
            else None,
            account=ledger.account() if parts & messages.ACCOUNT and not same_book else None,
        )

    def _check(self, ledger: Ledger, request: messages.CheckTrade) -> TradeCheck:
        self._house.quotes.advance(self._market_msc())
        wanted = trade_request(request.order)
        if wanted is not None:
            return ledger.check(wanted)
        nothing = Decimal("0.00")
        return TradeCheck(
            retcode=retcodes.INVALID,
            comment=retcodes.COMMENTS[retcodes.INVALID],
            balance=nothing,
            equity=nothing,
            profit=nothing,
            margin=nothing,
            margin_free=nothing,
            margin_level=None,
        )

    def _history(self, ledger: Ledger, wanted: messages.GetHistoryDeals | messages.GetHistoryOrders) -> Any:
        numbers = (wanted.from_msc, wanted.to_msc, wanted.after_msc, wanted.after_ticket)
        asked = (wanted.ticket or 0, wanted.position or 0)
        if not 1 <= wanted.limit <= MAX_HISTORY or not all(number in _KEPT for number in numbers + asked):
            raise RequestRefused(f"history: limit must be 1 to {MAX_HISTORY}, and numbers have 64 bits")
        if isinstance(wanted, messages.GetHistoryDeals):
            return self._house.history_deals(ledger.book.login, wanted)
        return self._house.history_orders(ledger.book.login, wanted)

    def rates(self, wanted: Reading) -> memoryview:
        """Return bars, of a longer span the newest. Raises RequestRefused, UnknownSymbol and NoHistory."""
        chart = self._chart(wanted.symbol)
        if wanted.timeframe not in PERIODS_S:
            raise RequestRefused(f"rates: {wanted.timeframe} is none of MetaTrader's 21 timeframes")
        if not isinstance(wanted, messages.RatesRange) and not 1 <= wanted.count <= MOST_BARS:
            raise RequestRefused(f"rates: count must be 1 to {MOST_BARS}")
        history, timeframe = chart.history, wanted.timeframe
        match wanted:
            case messages.RatesFromPos():
                return history.rates_from_pos(timeframe, wanted.start, wanted.count).data
            case messages.RatesFrom():
                return history.rates_from(timeframe, wanted.from_s, wanted.count).data
            case messages.RatesRange():
                return history.rates_range(timeframe, wanted.from_s, wanted.to_s)[-MOST_BARS:].data

    def _ticks(self, wanted: Ticking) -> memoryview:
        history = self._chart(wanted.symbol).history
        if isinstance(wanted, messages.TicksRange):
            return history.ticks_range(wanted.from_msc, wanted.to_msc, wanted.flags).data
        if wanted.count < 1:
            raise RequestRefused("ticks: count must be 1 or more")
        return history.ticks_from(wanted.from_msc, wanted.count, wanted.flags).data

    def _calculated(self, ledger: Ledger, wanted: Calculation) -> Any:
        self._house.quotes.advance(self._market_msc())
        book, quotes, spec = ledger.book, self._house.quotes, self._spec(wanted.symbol)
        try:
            match wanted:
                case messages.CalcMargin(kind=kind, volume=volume, price=price):
                    _check_kind(kind)
                    return calc_margin(kind, spec, volume, price, book.leverage, book.currency, quotes)
                case messages.CalcProfit(kind=kind, volume=volume, price_open=opened, price_close=closed):
                    _check_kind(kind)
                    return calc_profit(kind, spec, volume, opened, closed, book.currency, quotes)
                case messages.TickValues():
                    values = tick_values(spec, book.currency, quotes)
                    return float(values.profit), float(values.loss)
        except (NoRate, ArithmeticError):
            # Without a rate, or with numbers that no money has.
            return (0.0, 0.0) if isinstance(wanted, messages.TickValues) else None

    def _chart(self, symbol: str) -> Chart:
        chart = self._house.chart(symbol)
        if chart is None:
            raise UnknownSymbol(self._house.not_quoted(symbol))
        return chart

    def _spec(self, symbol: str) -> SymbolSpec:
        spec = self._house.quotes.specs.get(symbol)
        if spec is None:
            raise UnknownSymbol(self._house.not_quoted(symbol))
        return spec


def _check_kind(kind: int) -> None:
    if kind not in (0, 1):
        raise RequestRefused("calculation: kind must be 0 (buy) or 1 (sell)")
