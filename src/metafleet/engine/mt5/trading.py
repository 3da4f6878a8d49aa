"""Orders, positions, history, and what is asked of the broker."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import isfinite
from typing import Any, Final, TypeVar

from metafleet.engine.broker import retcodes
from metafleet.engine.broker.records import Order, OrderResult
from metafleet.engine.broker.requests import (
    ACTION_CLOSE_BY,
    ACTION_DEAL,
    ACTION_MODIFY,
    ACTION_PENDING,
    ACTION_REMOVE,
    ACTION_SLTP,
)
from metafleet.engine.mt5 import arguments as take
from metafleet.engine.mt5 import structs, views
from metafleet.engine.mt5.calls import no_arguments, positional_only, with_keywords
from metafleet.engine.mt5.errors import (
    ARGUMENT_COUNT,
    CALL_FAILED,
    INVALID_ARGUMENTS,
    INVALID_PARAMS,
    TRADE_API_DISABLED,
    UNNAMED_ARGUMENTS,
    CallFailed,
)
from metafleet.engine.mt5.masks import mask
from metafleet.engine.mt5.session import filtered
from metafleet.engine.mt5.venue import Selection, Station, Venue
from metafleet.engine.mt5.watching import Watching

S = TypeVar("S", structs.TradePosition, structs.TradeOrder, structs.TradeDeal)

_ACTIONS: Final = frozenset(
    (ACTION_DEAL, ACTION_PENDING, ACTION_SLTP, ACTION_MODIFY, ACTION_REMOVE, ACTION_CLOSE_BY)
)
_BUYS: Final = frozenset((0, 2, 4, 6))


class Trading(Watching):
    """The functions that read the account's book and trade."""

    def _begin(self) -> None:
        super()._begin()
        self._request_id = 0
        self._rows = views.Positions()
        self._held: tuple[tuple[int, int], tuple[structs.TradePosition, ...]] = ((-1, -1), ())
        self._active: tuple[tuple[int, int], tuple[structs.TradeOrder, ...]] = ((-1, -1), ())

    @no_arguments
    def orders_total(self) -> int:
        """Return how many orders are active."""
        return len(self._connected().orders())

    @with_keywords(None)
    def orders_get(
        self, arguments: tuple[Any, ...], keywords: dict[str, Any]
    ) -> tuple[structs.TradeOrder, ...] | None:
        """Return active orders: `orders_get(*, symbol, ticket, group)`, of several the ticket counts."""
        choose = _chosen(arguments, keywords)
        return choose(self._orders(self._connected()))

    @no_arguments
    def positions_total(self) -> int:
        """Return how many positions are open."""
        return len(self._positions(self._connected()))

    @with_keywords(None)
    def positions_get(
        self, arguments: tuple[Any, ...], keywords: dict[str, Any]
    ) -> tuple[structs.TradePosition, ...] | None:
        """Return open positions: `positions_get(*, symbol, ticket, group)`, of several the ticket counts."""
        choose = _chosen(arguments, keywords)
        return choose(self._positions(self._connected()))

    @positional_only
    def history_orders_total(self, arguments: tuple[Any, ...]) -> int:
        """Return how many orders were finished in a span: `history_orders_total(date_from, date_to)`."""
        span = _span(arguments)
        return len(self._connected().history_orders(span))

    @positional_only
    def history_deals_total(self, arguments: tuple[Any, ...]) -> int:
        """Return how many deals were made in a span: `history_deals_total(date_from, date_to)`."""
        span = _span(arguments)
        return len(self._connected().history_deals(span))

    @with_keywords(None)
    def history_orders_get(
        self, arguments: tuple[Any, ...], keywords: dict[str, Any]
    ) -> tuple[structs.TradeOrder, ...] | None:
        """Return finished orders: `(date_from, date_to, *, group)`, `(*, ticket)` or `(*, position)`."""
        wanted, kept = _selection(arguments, keywords)
        found = self._connected().history_orders(wanted)
        return tuple(views.order(one, one.price_current) for one in found if kept is None or kept(one.symbol))

    @with_keywords(None)
    def history_deals_get(
        self, arguments: tuple[Any, ...], keywords: dict[str, Any]
    ) -> tuple[structs.TradeDeal, ...] | None:
        """Return deals: `(date_from, date_to, *, group)`, `(*, ticket)` of an order, or `(*, position)`."""
        wanted, kept = _selection(arguments, keywords)
        found = self._connected().history_deals(wanted)
        return tuple(views.deal(one) for one in found if kept is None or kept(one.symbol))

    @positional_only
    def order_calc_margin(self, arguments: tuple[Any, ...]) -> float:
        """Return an order's margin by itself: `order_calc_margin(action, symbol, volume, price)`."""
        take.count_is(arguments, 4)
        kind, volume, price = take.number(arguments[0]), take.real(arguments[2]), take.real(arguments[3])
        name = take.symbol(arguments[1])
        venue = self._calculating(kind, name, volume, price)
        return _money(venue.calc_margin(kind, name, volume, price))

    @positional_only
    def order_calc_profit(self, arguments: tuple[Any, ...]) -> float:
        """Return a profit: `order_calc_profit(action, symbol, volume, price_open, price_close)`."""
        take.count_is(arguments, 5)
        kind, volume = take.number(arguments[0]), take.real(arguments[2])
        price_open, price_close = take.real(arguments[3]), take.real(arguments[4])
        name = take.symbol(arguments[1])
        venue = self._calculating(kind, name, volume, price_open, price_close)
        return _money(venue.calc_profit(kind, name, volume, price_open, price_close))

    @with_keywords(None)
    def order_check(
        self, arguments: tuple[Any, ...], keywords: dict[str, Any]
    ) -> structs.OrderCheckResult | None:
        """Return what a request would lead to: `order_check(request)` or `order_check(**fields)`."""
        request, echo = take.trade_request(arguments, keywords)
        venue = self._connected()
        station = venue.station()
        refused = _refused_here(request.action, station)
        if refused is None:
            return views.checked(venue.check(request), echo)
        account = views.account(venue.account(), station)
        money = (account.balance, account.equity, account.profit, account.margin, account.margin_free)
        return structs.order_check_result(
            (refused, *money, account.margin_level, retcodes.COMMENTS[refused], echo)
        )

    @with_keywords(None)
    def order_send(
        self, arguments: tuple[Any, ...], keywords: dict[str, Any]
    ) -> structs.OrderSendResult | None:
        """Have a request executed: `order_send(request)` or `order_send(**fields)`."""
        request, echo = take.trade_request(arguments, keywords)
        venue = self._connected()
        station = venue.station()
        if station.tradeapi_disabled:
            raise CallFailed(TRADE_API_DISABLED)
        refused = _refused_here(request.action, station)
        if refused is not None:
            return views.sent(OrderResult(retcode=refused, comment=retcodes.COMMENTS[refused]), 0, echo)
        result = venue.send(request)
        if not result.order and not result.bid:
            return views.sent(result, 0, echo)
        self._request_id += 1
        return views.sent(result, self._request_id, echo)

    def _positions(self, venue: Venue) -> tuple[structs.TradePosition, ...]:
        key = (venue.book_version(), venue.quote_version())
        if self._held[0] != key:
            self._held = (key, self._rows.shown(venue.valued()))
        return self._held[1]

    def _orders(self, venue: Venue) -> tuple[structs.TradeOrder, ...]:
        key = (venue.book_version(), venue.quote_version())
        if self._active[0] != key:
            made = tuple(views.order(one, _price_now(venue, one)) for one in venue.orders())
            self._active = (key, made)
        return self._active[1]

    def _calculating(self, kind: int, name: str, volume: float, *prices: float) -> Venue:
        venue = self._connected()
        if kind not in (0, 1) or not volume > 0 or not all(map(isfinite, (volume, *prices))):
            raise CallFailed(INVALID_PARAMS)
        self._known(venue, name, CALL_FAILED)
        return venue


def _chosen(
    arguments: tuple[Any, ...], keywords: Mapping[str, Any]
) -> Callable[[tuple[S, ...]], tuple[S, ...]]:
    """Return what picks the asked for: by ticket, else by symbol, else by group."""
    if not arguments and not keywords:
        return _all
    take.only_named(arguments)
    ticket = take.named_number(keywords, "ticket")
    if ticket is not None:
        return lambda found: tuple([one for one in found if one.ticket == ticket])
    symbol = take.named(keywords, "symbol", take.SYMBOL_LENGTH)
    if symbol is not None:
        return lambda found: tuple([one for one in found if one.symbol == symbol])
    group = filtered(keywords)
    if group is None:
        return _all
    kept = mask(group)
    return lambda found: tuple([one for one in found if kept(one.symbol)])


def _all(found: tuple[S, ...]) -> tuple[S, ...]:
    return found


def _span(arguments: Sequence[Any]) -> Selection:
    take.count_is(arguments, 2)
    from_s, to_s = map(take.moment, arguments)
    return Selection(from_s=from_s, to_s=to_s)


def _selection(
    arguments: tuple[Any, ...], keywords: Mapping[str, Any]
) -> tuple[Selection, Callable[[str], bool] | None]:
    """Return which part of the history is asked for, and which symbols of it.

    With two dates only `group` counts; without any, the ticket before the position.
    """
    if len(arguments) == 2:
        group = filtered(keywords)
        return _span(arguments), None if group is None else mask(group)
    if arguments:
        raise CallFailed(UNNAMED_ARGUMENTS if keywords else ARGUMENT_COUNT)
    ticket = take.named_number(keywords, "ticket")
    if ticket is not None:
        return Selection(ticket=ticket), None
    position = take.named_number(keywords, "position")
    if position is None:
        raise CallFailed(INVALID_ARGUMENTS)
    return Selection(position=position), None


def _refused_here(action: int, station: Station) -> int | None:
    """Return the code with which the terminal itself refuses, before any server has seen the request."""
    if action not in _ACTIONS:
        return retcodes.INVALID
    return None if station.trade_allowed else retcodes.CLIENT_DISABLES_AT


def _price_now(venue: Venue, order: Order) -> float:
    """Return the price that an active order waits at: a buy's the ask, a sell's the bid."""
    quote = venue.quote(order.symbol)
    if quote is None:
        return 0.0
    return quote.ask if order.type in _BUYS else quote.bid


def _money(amount: Any) -> float:
    if amount is None:
        raise CallFailed(CALL_FAILED)
    return float(amount)
