"""When a waiting order is over.

Source: ORDER_TIME: DAY ends with the trading day that it was asked for on, SPECIFIED_DAY with the day that it
names; a symbol whose order_gtc_mode is daily lets nothing wait beyond its day.
"""

from __future__ import annotations

from typing import Final

from metafleet.engine.broker.records import TIME_DAY, TIME_GTC, TIME_SPECIFIED, Order
from metafleet.engine.market.symbols import SymbolSpec

DAY_S: Final = 86_400
DAY_MSC: Final = DAY_S * 1000

NEVER_MSC: Final = 1 << 62

GTC_FOR_EVER: Final = 0
GTC_DAILY: Final = 1
GTC_DAILY_KEEPS_STOPS: Final = 2
"""SYMBOL_ORDERS_*: numbers of `gtc_mode`; DAILY takes the levels of positions away as well."""


def expires_msc(type_time: int, time_expiration: int, time_setup_msc: int, spec: SymbolSpec) -> int:
    """Return the market time from which an order waits no more."""
    if type_time == TIME_SPECIFIED:
        ends = time_expiration * 1000
    elif type_time == TIME_GTC:
        ends = NEVER_MSC
    else:
        # Of DAY it is the day on which that was asked for, by placing the order or by changing it.
        ends = _day_end(time_expiration * 1000)
    return ends if spec.gtc_mode == GTC_FOR_EVER else min(ends, _day_end(time_setup_msc))


def order_expires_msc(order: Order, spec: SymbolSpec) -> int:
    """Return the market time from which this order waits no more."""
    return expires_msc(order.type_time, order.time_expiration, order.time_setup_msc, spec)


def shown_expiration(type_time: int, expiration: int, now_msc: int) -> int:
    """Return the seconds that an order shows as its end: DAY the date, SPECIFIED_DAY its last second."""
    if type_time == TIME_GTC:
        return 0
    if type_time == TIME_DAY:
        return now_msc // DAY_MSC * DAY_S
    if type_time == TIME_SPECIFIED:
        return expiration
    return expiration // DAY_S * DAY_S + DAY_S - 1


def _day_end(at_msc: int) -> int:
    return (at_msc // DAY_MSC + 1) * DAY_MSC
