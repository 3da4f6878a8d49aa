"""What all orders of one symbol have in common, found out once for `express`: volumes, margins, charges.

It holds for one account's currency and leverage, and for one set of terms.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Final

import msgspec

from metafleet.engine.broker.book import Book, OpenPosition, Terms
from metafleet.engine.broker.charges import Execution, charged
from metafleet.engine.broker.conversion import margin_rate, rate_path
from metafleet.engine.broker.formulas import held_margin, money_per_price
from metafleet.engine.broker.money import ZERO, currency_digits, exact
from metafleet.engine.broker.prices import HIGHEST_PRICE
from metafleet.engine.broker.purse import Purse
from metafleet.engine.broker.quotes import Quotes
from metafleet.engine.broker.records import (
    ENTRY_IN,
    ENTRY_OUT,
    FILLING_FOK,
    FILLING_IOC,
    FILLING_RETURN,
    REASON_EXPERT,
    STATE_FILLED,
    Deal,
    Order,
    OrderRequest,
    Side,
)
from metafleet.engine.broker.validation import STEP_TOLERANCE, snapped
from metafleet.engine.broker.valuation import SIXTH, margin_per_lot, profit
from metafleet.engine.market import symbols
from metafleet.engine.market.records import Tick
from metafleet.engine.market.symbols import SymbolSpec

_MOST_POINTS: Final = 1_000_000_000_000
"""Prices of up to so many points, which floats tell apart."""

_MOST_KNOWN: Final = 256
"""Volumes of a symbol that are remembered: EAs trade a few, programs may try them all."""

_WELL_WITHIN: Final = 0.99
"""Of a limit: nearer to it, positions are counted one by one."""

_CENT: Final = Decimal("0.01")
_WHOLE: Final = Decimal(1)
_ALL_AT_MARKET: Final = 1 | 16 | 32
"""Bits of `order_flags`: orders at market, stop losses, take profits."""


class Volume:
    """lots: on the symbol's step. made: what a point makes of them, in the account's smallest unit; 0: by
    decimals. opening, closing: what their deals are charged, where the price has no say."""

    __slots__ = ("closing", "lots", "made", "opening")

    def __init__(self, lots: float) -> None:
        self.lots = lots
        self.made = 0
        self.opening: Decimal | None = None
        self.closing: Decimal | None = None


class Lane:
    """What one symbol's orders have in common.

    server_order, deal_in, deal_out, position: rows to be filled in.
    """

    def __init__(self, spec: SymbolSpec, terms: Terms, book: Book) -> None:
        self.spec, self.terms, self.leverage = spec, terms, book.leverage
        self.is_simple = _is_simple(spec, terms)
        self._currency = book.currency
        self._scale = 10.0**spec.digits
        self._least = max(spec.stops_level_points, 1)
        self._volumes: dict[float, Volume | None] = {}
        self._held: dict[float, Volume] = {}
        self._unit = None if spec.currency_profit != book.currency else _unit(book.currency)
        self._is_charged_by_lot = all(
            one.per != "turnover" and one.currency == book.currency for one in terms.commissions
        )
        self._margins = _margins(spec, book.leverage)
        self._margins_made = [self._sixths(each) for each in self._margins]
        self._own_path = ((spec.name, False),)
        self._seen: Tick | None = None
        self._points: tuple[int | None, int | None] = (None, None)
        order = Order(
            ticket=0,
            symbol=spec.name,
            type=0,
            state=STATE_FILLED,
            time_setup_msc=0,
            volume_initial=0.0,
            volume_current=0.0,
            price_open=0.0,
        )
        self.server_order = msgspec.structs.replace(order, type_filling=FILLING_FOK)
        self.orders: dict[int | None, Order] = {
            filling: msgspec.structs.replace(order, type_filling=filling) for filling in _fillings(spec)
        }
        """By the filling modes that the symbol takes; None: the first of them, for who names none."""
        self.orders |= {None: next(iter(self.orders.values()), order)}
        self.deal_in, self.deal_out = (_blank_deal(spec.name, entry) for entry in (ENTRY_IN, ENTRY_OUT))
        self.position = _blank_position(spec.name)

    def volume(self, wanted: float) -> Volume | None:
        """Return the volume that is traded for the wanted one; None for one that is refused."""
        try:
            return self._volumes[wanted]
        except KeyError:
            pass
        spec, found = self.spec, None
        if spec.volume_min - STEP_TOLERANCE <= wanted <= spec.volume_max + STEP_TOLERANCE:
            lots = snapped(wanted, spec)
            is_within = not spec.volume_limit or lots <= spec.volume_limit + STEP_TOLERANCE
            found = self._known(lots) if is_within and abs(wanted - lots) <= STEP_TOLERANCE else None
        if len(self._volumes) >= _MOST_KNOWN:
            self._volumes.clear()
        self._volumes[wanted] = found
        return found

    def held(self, lots: float) -> Volume:
        """Return the volume of a position, which is closed whole whatever the step."""
        known = self._held.get(lots)
        if known is None:
            if len(self._held) >= _MOST_KNOWN:
                self._held.clear()
            known = self._held[lots] = self._known(lots)
        return known

    def has_room(self, book: Book, side: Side, lots: float, purse: Purse) -> bool:
        """Say whether so many lots may be opened by themselves beside what is open. purse: its account's."""
        spec, positions = self.spec, book.positions
        if len(positions) >= self.terms.max_positions:
            return False
        if not spec.volume_limit or purse.lots(book, spec.name) + lots < _WELL_WITHIN * spec.volume_limit:
            return True
        present = sum([one.volume for one in positions if one.symbol == spec.name and one.side == side])
        return present + lots <= spec.volume_limit + STEP_TOLERANCE

    def points(self, price: float) -> int | None:
        """Return the points that a price is written as; None for one that is no whole number of them."""
        if not 0.0 < price < HIGHEST_PRICE:
            return None
        points = round(price * self._scale)
        return points if points / self._scale == price and points < _MOST_POINTS else None

    def points_of(self, tick: Tick) -> tuple[int | None, int | None]:
        """Return bid and ask of a tick in points, like `points`."""
        if tick is not self._seen:
            bid = self.points(tick.bid)
            self._seen, self._points = tick, (bid, bid if tick.ask == tick.bid else self.points(tick.ask))
        return self._points

    def levels_fit(self, order: OrderRequest, at: int | None) -> bool:
        """Say whether both levels of an opening are prices on their sides, far enough from the price that
        they look at, so many points."""
        if at is None:
            return False
        is_buy = order.side == "buy"
        for level, is_below in ((order.sl, is_buy), (order.tp, not is_buy)):
            if level:
                points = self.points(level)
                if points is None or (at - points if is_below else points - at) < self._least:
                    return False
        return True

    def commission(self, known: Volume, *, is_opening: bool, price: float, quotes: Quotes) -> Decimal:
        """Return what a deal is charged. Raises NoRate."""
        if not self.terms.commissions:
            return ZERO
        kept = known.opening if is_opening else known.closing
        if kept is not None:
            return kept
        done = Execution(self.spec, known.lots, known.lots if is_opening else 0.0, price)
        money = charged(self.terms.commissions, done, self._currency, quotes)
        if self._is_charged_by_lot:
            if is_opening:
                known.opening = money
            else:
                known.closing = money
        return money

    def margin(self, side: Side, price: float, points: int, book: Book, quotes: Quotes) -> Decimal:
        """Return what a lot holds that is opened at this price, so many points. Raises NoRate."""
        place = 0 if side == "buy" else 1
        fixed = self._margins[place]
        if fixed is None:
            return margin_per_lot(self.spec, side, price, book.leverage, book.currency, quotes)
        path = rate_path(self.spec.currency_margin, book.currency, quotes)
        if not path:
            return fixed.quantize(SIXTH)
        if path == self._own_path:
            made = self._margins_made[place]
            if made is not None:
                return SIXTH * (made * points)
            return (fixed * exact(price)).quantize(SIXTH)
        rate = margin_rate(
            self.spec.currency_margin, book.currency, "ask" if side == "buy" else "bid", quotes
        )
        return (fixed * rate).quantize(SIXTH)

    def gain(self, held: OpenPosition, known: Volume, points: int, quotes: Quotes) -> Decimal:
        """Return what closing so much of a position makes, at a price of so many points. Raises NoRate."""
        made = known.made
        opened = self.points(held.price_open) if made else None
        if opened is None or self._unit is None:
            price = points / self._scale
            return profit(held, known.lots, price, self._currency, quotes)
        return self._unit * (made * (points - opened if held.side == "buy" else opened - points))

    def _sixths(self, margin: Decimal | None) -> int | None:
        """Return what a point of the price adds to a margin that it is multiplied with, in millionths; None
        where that is no whole number."""
        if margin is None:
            return None
        made = Fraction(margin) * 1_000_000 / 10**self.spec.digits
        return made.numerator if made.denominator == 1 else None

    def _known(self, lots: float) -> Volume:
        known = Volume(lots)
        if self._unit is not None:
            made = Fraction(exact(lots) * money_per_price(self.spec)) * 10 ** currency_digits(self._currency)
            made /= 10**self.spec.digits
            known.made = made.numerator if made.denominator == 1 else 0
        return known


def _is_simple(spec: SymbolSpec, terms: Terms) -> bool:
    """Say whether the symbol's orders may go the short way: nothing rare about it, nor about the terms."""
    if not terms.dealing.is_fair or terms.fees or terms.requests_a_second:
        return False
    if terms.fifo_close or not terms.hedges or not terms.max_positions:
        return False
    return (
        spec.execution in (symbols.EXECUTION_MARKET, symbols.EXECUTION_EXCHANGE)
        and spec.trade_mode == symbols.TRADE_FULL
        and spec.order_flags & _ALL_AT_MARKET == _ALL_AT_MARKET
        and bool(spec.filling_flags & (symbols.FILLS_FOK | symbols.FILLS_IOC))
        and not spec.freeze_level_points
        and not spec.stops_at_last
        and spec.tick_size <= spec.point
        and round(spec.point * 10**spec.digits, 9) == 1
        and spec.calc_mode != symbols.CALC_COLLATERAL
    )


def _fillings(spec: SymbolSpec) -> list[int]:
    """Return the modes that orders at market may ask for; where all is filled, they lead to the same."""
    flags, is_exchange = spec.filling_flags, spec.execution == symbols.EXECUTION_EXCHANGE
    taken = {FILLING_FOK: flags & symbols.FILLS_FOK, FILLING_IOC: flags & symbols.FILLS_IOC}
    return [mode for mode, is_taken in (taken | {FILLING_RETURN: is_exchange}).items() if is_taken]


def _margins(spec: SymbolSpec, leverage: int) -> tuple[Decimal | None, Decimal | None]:
    """Return what a lot of each side holds in the margin currency, where the price has no say in it."""
    is_fixed = spec.margin_maintenance or spec.margin_initial
    if not is_fixed and spec.calc_mode not in (symbols.CALC_FOREX, symbols.CALC_FOREX_NO_LEVERAGE):
        return None, None
    return held_margin(spec, 0, 1.0, leverage), held_margin(spec, 1, 1.0, leverage)


def _unit(currency: str) -> Decimal:
    return _CENT if currency_digits(currency) else _WHOLE


def _blank_position(symbol: str) -> OpenPosition:
    return OpenPosition(
        ticket=0,
        identifier=0,
        symbol=symbol,
        side="buy",
        volume=0.0,
        price_open=0.0,
        sl=None,
        tp=None,
        swap=ZERO,
        time_msc=0,
        time_update_msc=0,
        magic=0,
        comment="",
        reason=REASON_EXPERT,
        margin_per_lot=ZERO,
    )


def _blank_deal(symbol: str, entry: int) -> Deal:
    return Deal(
        ticket=0,
        order=0,
        position_id=0,
        symbol=symbol,
        type=0,
        entry=entry,
        volume=0.0,
        price=0.0,
        time_msc=0,
        profit=ZERO,
        commission=ZERO,
        swap=ZERO,
        fee=ZERO,
        magic=0,
        comment="",
        reason=REASON_EXPERT,
    )
