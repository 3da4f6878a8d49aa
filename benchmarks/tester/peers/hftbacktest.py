"""hftbacktest, which knows ticks only: each bar becomes four quotes (open, extremes, close); reversal alone.

The strategy is compiled by numba, as its documentation has it, and counts the averages itself; feed and
orders have no latency. A book needs a spread: the ask is one point above the bid, which is the bars' price.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import numpy as np
from hftbacktest import (
    BUY_EVENT,
    DEPTH_EVENT,
    EXCH_EVENT,
    GTC,
    LOCAL_EVENT,
    MARKET,
    SELL_EVENT,
    BacktestAsset,
    ROIVectorMarketDepthBacktest,
    event_dtype,
)
from numba import njit

from benchmarks.tester import contest, rules
from benchmarks.tester.contest import Bars, Entry, Trade
from benchmarks.tester.rules import FAST, SLOW
from benchmarks.tester.signals import points

TIMES: Final = SLOW // FAST
UNITS: Final = rules.VOLUME_UNITS
POINT: Final = 1 / rules.POINTS
SECOND: Final = 1_000_000_000
ENOUGH: Final = 1e9
QUOTES: Final = 4


@njit
def _reversal(hbt, opens_ns, places, prices):  # type: ignore[no-untyped-def]
    """Look at the book before and after each bar's open; return how many fills were written."""
    closes = np.empty(len(opens_ns), np.int64)
    fast = slow = side = count = 0
    hbt.elapse(1)  # its clock begins with the first event
    for place in range(len(opens_ns) - 1):
        hbt.elapse(opens_ns[place + 1] - 1 - hbt.current_timestamp)
        closes[place] = hbt.depth(0).best_bid_tick
        hbt.elapse(2)
        fast += closes[place]
        slow += closes[place]
        if place >= FAST:
            fast -= closes[place - FAST]
        if place >= SLOW:
            slow -= closes[place - SLOW]
        gap = TIMES * fast - slow
        if place < SLOW - 1 or gap == 0:
            continue
        now = 1 if gap > 0 else -1
        if side not in (0, now):
            depth, order_id = hbt.depth(0), count + 1
            quantity = UNITS if count == 0 else 2 * UNITS
            if now > 0:
                hbt.submit_buy_order(0, order_id, depth.best_ask, quantity, GTC, MARKET, True)
            else:
                hbt.submit_sell_order(0, order_id, depth.best_bid, quantity, GTC, MARKET, True)
            places[count], prices[count] = now * (place + 2), hbt.orders(0).get(order_id).exec_price
            count += 1
            hbt.clear_inactive_orders(0)
        side = now
    return count


def _prepare(bars: Bars) -> tuple[Any, Bars]:
    """Return events: at each new price both sides of the old one go, and those of the new one come."""
    rises = bars["close"] >= bars["open"]
    bids = np.empty((len(bars), QUOTES), np.int64)
    bids[:, 0], bids[:, 3] = points(bars["open"]), points(bars["close"])
    lows, highs = points(bars["low"]), points(bars["high"])
    bids[:, 1], bids[:, 2] = np.where(rises, lows, highs), np.where(rises, highs, lows)
    times = (bars["time"][:, None] + np.arange(QUOTES) * 15) * SECOND
    flat_bids, flat_times = bids.ravel(), times.ravel()
    is_new = np.concatenate(([True], flat_bids[1:] != flat_bids[:-1]))
    new_bids, new_times = flat_bids[is_new], flat_times[is_new]
    old_bids = np.concatenate((new_bids[:1], new_bids[:-1]))
    events = np.zeros((len(new_bids), 4), event_dtype)
    both = EXCH_EVENT | LOCAL_EVENT | DEPTH_EVENT
    sides = (
        (SELL_EVENT, old_bids + 1, 0.0),
        (BUY_EVENT, old_bids, 0.0),
        (BUY_EVENT, new_bids, ENOUGH),
        (SELL_EVENT, new_bids + 1, ENOUGH),
    )
    for column, (side, ticks, quantity) in enumerate(sides):
        events[:, column]["ev"] = both | side
        events[:, column]["px"] = ticks / rules.POINTS
        events[:, column]["qty"] = quantity
        events[:, column]["exch_ts"] = events[:, column]["local_ts"] = new_times
    return events.ravel(), bars


def _run(prepared: tuple[Any, Bars]) -> Any:
    events, bars = prepared
    asset = (
        BacktestAsset()
        .data(events)
        .linear_asset(1.0)
        .constant_order_latency(0, 0)
        .risk_adverse_queue_model()
        .no_partial_fill_exchange()
        .trading_value_fee_model(0.0, 0.0)
        .tick_size(POINT)
        .lot_size(1.0)
        .roi_lb(float(bars["low"].min()) - 0.01)
        .roi_ub(float(bars["high"].max()) + 0.01)
    )
    hbt = ROIVectorMarketDepthBacktest([asset])
    places, prices = np.empty(len(bars), np.int64), np.empty(len(bars))
    count = _reversal(hbt, bars["time"] * SECOND, places, prices)
    hbt.close()
    return places[:count], prices[:count]


def _trades(done: Any, bars: Bars) -> Iterable[Trade]:
    places, prices = done[0].tolist(), done[1].tolist()
    for at in range(len(places) - 1):
        side = 1 if places[at] > 0 else -1
        entered, left = abs(places[at]) - 1, abs(places[at + 1]) - 1
        yield contest.closed_trade(bars, (entered, left), side, (prices[at], prices[at + 1]))


if __name__ == "__main__":
    contest.enter("hftbacktest", {"reversal": Entry(_prepare, _run, _trades)})
