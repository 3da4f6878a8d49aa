"""Between which prices nothing can happen to positions of one symbol: in floats, on the safe side."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Final, Protocol

from metafleet.engine.broker.book import OpenPosition, Terms
from metafleet.engine.broker.quotes import RatePath
from metafleet.engine.market.records import Tick

_ALARM_RATIO: Final = 1.05
FIXED_RATIO: Final = 0.002
"""The exact check begins so much above the stop-out's level (of it, and of the balance): more than floats,
and bids where the rule says asks, can err."""

_FAR_RATIO: Final = 0.05


class Sums(Protocol):
    """What a price makes of a symbol's positions: as of a SymbolWatch."""

    @property
    def bought(self) -> float: ...
    @property
    def paid(self) -> float: ...
    @property
    def sold(self) -> float: ...
    @property
    def received(self) -> float: ...
    @property
    def path(self) -> RatePath: ...


def quiet_bids(
    levels: tuple[float, float, float, float], sums: Sums, room: float, bid: float, most_spread: float
) -> tuple[float, float] | None:
    """Return two bids between which nothing happens; see `Watch.quiet_between`.

    levels: bid_low to ask_high. sums: of the one symbol that is held, which alone converts its results. room:
    the floating result at which the exact look begins. bid: the present one.
    """
    low, high = bid * (1 - _FAR_RATIO), bid * (1 + _FAR_RATIO)
    bid_low, bid_high, ask_low, ask_high = levels
    # Comparisons: this is done after each deal, and calls of max and min would cost as much as all else.
    low = bid_low if bid_low > low else low
    low = ask_low if ask_low > low else low
    high = bid_high if bid_high < high else high
    high = ask_high - most_spread if ask_high - most_spread < high else high
    # equity(bid) >= fixed + rate x (bid x net + rest), whatever the spread is up to the most
    net, rest = sums.bought - sums.sold, sums.received - sums.paid - sums.sold * most_spread
    for _, divides in sums.path:
        # In profit currency, by the price within these bids that leaves the least of it.
        room *= (low if divides else 1 / high) if room < 0 else (high if divides else 1 / low)
    if net:
        edge = (room - rest) / net
        if net > 0:
            low = edge if edge > low else low
        else:
            high = edge if edge < high else high
    elif rest <= room:
        return None
    return low, high


def nearest_levels(positions: Iterable[OpenPosition], symbol: str) -> tuple[float, float, float, float]:
    """Return where the levels of a symbol's positions are reached: bid_low to ask_high of a SymbolWatch."""
    bid_low = ask_low = -math.inf
    bid_high = ask_high = math.inf
    for position in positions:
        if position.symbol != symbol:
            continue
        stop, target = position.sl, position.tp
        if position.side == "buy":
            bid_low = bid_low if stop is None or stop < bid_low else stop
            bid_high = bid_high if target is None or target > bid_high else target
        else:
            ask_high = ask_high if stop is None or stop > ask_high else stop
            ask_low = ask_low if target is None or target < ask_low else target
    return bid_low, bid_high, ask_low, ask_high


def level_between(
    levels: tuple[float, float, float, float], before: Tick, after: Tick, digits: int
) -> Tick | None:
    """Return the tick at the first level on a straight way from one tick to the other; None for none.

    levels: bid_low to ask_high. Both ends are left out: what fires at them is theirs. The spread is that of
    `after`.
    """
    spread, first, last = after.ask - after.bid, before.bid, after.bid
    bid_low, bid_high, ask_low, ask_high = levels
    at = last
    if last < first:
        at = bid_low if at < bid_low < first else at
        at = ask_low - spread if at < ask_low - spread < first else at
    else:
        at = bid_high if first < bid_high < at else at
        at = ask_high - spread if first < ask_high - spread < at else at
    if at == last:
        return None
    bid = round(at, digits)
    ask = round(at + spread, digits) if spread else bid
    if bid in (first, last):
        return None
    passed = (after.time_msc - before.time_msc) * (first - at) / (first - last)
    return Tick(after.symbol, before.time_msc + int(passed), bid, ask)


def alarm_of(used: float, terms: Terms) -> float:
    """Return the equity somewhat above the one at which so much margin is too much."""
    level = float(terms.stop_out)
    alarm = used + level if terms.stop_out_in == "money" else used * level / 100
    return alarm + abs(alarm) * (_ALARM_RATIO - 1)
