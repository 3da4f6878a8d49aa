"""A client that asks what a MetaTrader program does: `BrokerClient` and the rest of what brokers answer.

Apart, because runners, of which there are hundreds, need none of it; the bars of their charts they ask for by
`BrokerClient.rates`.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec

from metafleet.engine.broker import messages
from metafleet.engine.broker.client import BrokerClient
from metafleet.engine.broker.records import Deal, Order, OrderResult
from metafleet.engine.broker.requests import TradeCheck, TradeRequest


class TerminalClient(BrokerClient):
    """Every method may raise BrokerTooOld, too; the connection is closed by then."""

    CHUNK_BYTES = 256 * 1024
    """A thousand bars are sixty kilobytes."""

    def hello(self, token: str) -> None:
        """Say the token that this broker asks for before anything else. Raises RequestRefused."""
        self._ask_newer(type(None), messages.Hello(id=self._id(), token=token))

    def look(self, parts: int, quote_version: int = -1, book_version: int = -1) -> messages.View:
        """Return what a terminal sees at one moment. parts: bits of `messages`.

        quote_version, book_version: of the View before; what is as it was then is not told again.
        """
        request = messages.Look(
            id=self._id(), parts=parts, quote_version=quote_version, book_version=book_version
        )
        return self._ask_newer(messages.View, request)

    def trade(self, wanted: TradeRequest) -> OrderResult:
        """Send a trade request; see `order_send`."""
        raw = msgspec.Raw(self._encoder.encode(wanted))
        return self._ask_newer(OrderResult, messages.Trade(id=self._id(), order=raw))

    def check(self, wanted: TradeRequest) -> TradeCheck:
        """Return what a trade request would lead to; nothing changes."""
        raw = msgspec.Raw(self._encoder.encode(wanted))
        return self._ask_newer(TradeCheck, messages.CheckTrade(id=self._id(), order=raw))

    def history_orders(self, **wanted: Any) -> list[Order]:
        """Return finished orders by time done and ticket. wanted: fields of GetHistory."""
        return self._ask_newer(list[Order], messages.GetHistoryOrders(id=self._id(), **wanted))

    def history_deals(self, **wanted: Any) -> list[Deal]:
        """Return deals by time and ticket. wanted: fields of GetHistory."""
        return self._ask_newer(list[Deal], messages.GetHistoryDeals(id=self._id(), **wanted))

    def rates_from_pos(self, symbol: str, timeframe: int, start: int, count: int) -> memoryview:
        """Return bars of RATES counted back from the forming one. Raises UnknownSymbol and NothingThere."""
        request = messages.RatesFromPos(
            id=self._id(), symbol=symbol, timeframe=timeframe, start=start, count=count
        )
        return self._ask_newer(memoryview, request)

    def rates_from(self, symbol: str, timeframe: int, from_s: int, count: int) -> memoryview:
        """Return the last bars that open at from_s or before. Raises UnknownSymbol and NothingThere."""
        request = messages.RatesFrom(
            id=self._id(), symbol=symbol, timeframe=timeframe, from_s=from_s, count=count
        )
        return self._ask_newer(memoryview, request)

    def rates_range(self, symbol: str, timeframe: int, from_s: int, to_s: int) -> memoryview:
        """Return bars that open in a span, both ends inclusive. Raises UnknownSymbol and NothingThere."""
        request = messages.RatesRange(
            id=self._id(), symbol=symbol, timeframe=timeframe, from_s=from_s, to_s=to_s
        )
        return self._ask_newer(memoryview, request)

    def ticks_from(self, symbol: str, from_msc: int, count: int, flags: int) -> memoryview:
        """Return the first ticks of TICKS from a time on. Raises UnknownSymbol and NothingThere."""
        request = messages.TicksFrom(
            id=self._id(), symbol=symbol, from_msc=from_msc, count=count, flags=flags
        )
        return self._ask_newer(memoryview, request)

    def ticks_range(self, symbol: str, from_msc: int, to_msc: int, flags: int) -> memoryview:
        """Return ticks of a span, both ends inclusive. Raises UnknownSymbol and NothingThere."""
        request = messages.TicksRange(
            id=self._id(), symbol=symbol, from_msc=from_msc, to_msc=to_msc, flags=flags
        )
        return self._ask_newer(memoryview, request)

    def calc_margin(self, kind: int, symbol: str, volume: float, price: float) -> Decimal | None:
        """Return what an order holds by itself; None where no rate is known. Raises UnknownSymbol."""
        request = messages.CalcMargin(id=self._id(), kind=kind, symbol=symbol, volume=volume, price=price)
        return self._ask_newer(Decimal | None, request)  # type: ignore[arg-type]

    def calc_profit(
        self, kind: int, symbol: str, volume: float, price_open: float, price_close: float
    ) -> Decimal | None:
        """Return a profit; None where no rate is known. Raises UnknownSymbol."""
        request = messages.CalcProfit(
            id=self._id(),
            kind=kind,
            symbol=symbol,
            volume=volume,
            price_open=price_open,
            price_close=price_close,
        )
        return self._ask_newer(Decimal | None, request)  # type: ignore[arg-type]

    def tick_values(self, symbol: str) -> tuple[float, float]:
        """Return what one lot makes in one tick: gained, lost; 0 where no rate is known."""
        return self._ask_newer(tuple[float, float], messages.TickValues(id=self._id(), symbol=symbol))
