"""A symbol of an exchange, charted from last prices: what its deals set off and draw, its quotes do not."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metafleet.engine.broker.book import Terms
from metafleet.engine.broker.charts import Chart
from metafleet.engine.broker.house import House
from metafleet.engine.broker.ledger import Ledger
from metafleet.engine.broker.pendings import fires
from metafleet.engine.broker.quotes import Quotes
from metafleet.engine.broker.records import Side, TickEvent
from metafleet.engine.broker.requests import ACTION_PENDING, TradeRequest
from metafleet.engine.broker.store import Store
from metafleet.engine.broker.tests.bench import MONDAY_MSC, account, market_order
from metafleet.engine.broker.triggers import triggered
from metafleet.engine.broker.watch import Watch
from metafleet.engine.market.feed import Cursor
from metafleet.engine.market.records import Tick
from metafleet.engine.market.symbols import (
    CALC_CFD,
    CHART_LAST,
    EURUSD,
    EXECUTION_EXCHANGE,
    EXECUTION_MARKET,
    SymbolSpec,
)
from metafleet.engine.market.timeframes import M1

SHARE = msgspec.structs.replace(
    EURUSD, name="SHARE", digits=2, point=0.01, tick_size=0.01, contract_size=1.0, margin_hedged=1.0,
    currency_base="USD", currency_margin="USD", calc_mode=CALC_CFD, chart_mode=CHART_LAST,
    execution=EXECUTION_EXCHANGE, stops_level_points=0, volume_min=1.0, volume_step=1.0,
)  # fmt: skip
BUY, DEALT = 32, 24
"""TICK_FLAG: a buyer's deal; of a new price with its volume."""


def tick(bid: float, last: float, *, at_s: int = 0, spread: float = 0.1, volume: float = 0.0) -> Tick:
    """Return a quote; with a volume, a deal at the last price."""
    time_msc = MONDAY_MSC + at_s * 1_000
    return Tick("SHARE", time_msc, bid, round(bid + spread, 2), last, volume, DEALT | BUY if volume else 0)


def trader(spec: SymbolSpec = SHARE) -> Ledger:
    quotes = Quotes([spec])
    quotes.apply(tick(100.0, 100.05, volume=1))
    return account(quotes)


@pytest.mark.parametrize(
    ("side", "sl", "tp", "quiet", "fired", "deal"),
    [
        # Bid and ask go through the level, and no deal is made there; then one is, and bid or ask is paid.
        ("buy", 99.0, 0.0, (98.0, 100.05), (98.5, 99.0), (98.5, 4)),
        ("buy", 0.0, 101.0, (102.0, 100.05), (100.9, 101.0), (100.9, 5)),
        ("sell", 101.0, 0.0, (102.0, 100.05), (100.5, 101.0), (100.6, 4)),
        ("sell", 0.0, 99.0, (98.0, 100.05), (99.2, 99.0), (99.3, 5)),
    ],
)
def test_levels_look_at_the_last_price_and_are_executed_at_bid_or_ask(
    side: Side,
    sl: float,
    tp: float,
    quiet: tuple[float, float],
    fired: tuple[float, float],
    deal: tuple[float, int],
) -> None:
    ledger = trader()
    assert ledger.order_send(market_order(side, 5, "SHARE", sl=sl, tp=tp)).retcode == 10009
    assert ledger.on_tick(tick(*quiet, at_s=1)) == []
    (made,) = ledger.on_tick(tick(*fired, at_s=2, volume=3))
    assert (made.price, made.reason) == deal


def test_levels_look_at_bid_and_ask_where_it_is_no_exchange_that_executes() -> None:
    ledger = trader(msgspec.structs.replace(SHARE, execution=EXECUTION_MARKET))
    ledger.order_send(market_order("buy", 5, "SHARE", sl=99.0))
    assert ledger.on_tick(tick(99.5, 98.0, at_s=1, volume=1)) == []
    assert len(ledger.on_tick(tick(99.0, 100.0, at_s=2))) == 1


@pytest.mark.parametrize(
    ("kind", "price", "stoplimit", "quiet", "fired"),
    [
        (2, 99.0, 0.0, tick(99.0, 98.0, volume=1), tick(98.9, 100.0)),
        (3, 101.0, 0.0, tick(100.9, 102.0, volume=1), tick(101.0, 100.0)),
        (4, 101.0, 0.0, tick(102.0, 100.9), tick(100.0, 101.0, volume=1)),
        (5, 99.0, 0.0, tick(98.0, 99.1), tick(100.0, 99.0, volume=1)),
        (6, 101.0, 100.5, tick(102.0, 100.9), tick(101.2, 101.0, volume=1)),
    ],
)
def test_stops_wait_for_the_last_price_and_limits_for_bid_or_ask(
    kind: int, price: float, stoplimit: float, quiet: Tick, fired: Tick
) -> None:
    ledger = trader()
    request = TradeRequest(
        action=ACTION_PENDING,
        symbol="SHARE",
        volume=5,
        type=kind,
        price=price,
        stoplimit=stoplimit,
        type_filling=2,
    )
    assert ledger.send(request).retcode == 10009
    waiting = ledger.book.orders
    ledger.on_tick(quiet)
    assert ledger.book.orders == waiting
    ledger.on_tick(fired)
    if kind == 6:
        # Its stop is behind it: the limit waits for the ask.
        ledger.on_tick(tick(101.2, 100.0, volume=1))
        assert ledger.book.orders[0].activated_msc
        ledger.on_tick(tick(100.4, 101.0))
    assert ledger.book.orders == ()
    assert len(ledger.book.positions) == 1


@pytest.mark.parametrize(("sl", "code"), [(100.04, 10009), (100.05, 10016), (99.5, 10009)])
def test_levels_are_measured_from_where_they_look(sl: float, code: int) -> None:
    assert trader().order_send(market_order("buy", 5, "SHARE", sl=sl)).retcode == code


prices = st.integers(9_900, 10_100).map(lambda points: points / 100)


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(["buy", "sell"]), prices, prices), max_size=3),
    st.lists(st.tuples(st.integers(2, 7), prices, prices), max_size=3),
    prices,
    st.one_of(st.just(0.0), prices),
    st.sampled_from([SHARE, msgspec.structs.replace(SHARE, execution=EXECUTION_MARKET), EURUSD]),
)
def test_the_quick_look_misses_nothing(
    held: list[tuple[Side, float, float]],
    waiting: list[tuple[int, float, float]],
    bid: float,
    last: float,
    terms: SymbolSpec,
) -> None:
    spec = msgspec.structs.replace(terms, name="SHARE", digits=2, point=0.01, stops_level_points=0)
    ledger = trader(spec)
    for side, sl, tp in held:
        ledger.order_send(market_order(side, 5, "SHARE", sl=sl, tp=tp))
    for kind, price, limit in waiting:
        ledger.send(
            TradeRequest(
                action=ACTION_PENDING, symbol="SHARE", volume=5, type=kind, price=price,
                stoplimit=limit if kind > 5 else 0.0, type_filling=2,
            )
        )  # fmt: skip
    now = tick(bid, last, volume=1.0)
    reached = bool(triggered(ledger.book, now, spec)) or any(
        fires(order, now, spec) for order in ledger.book.orders
    )
    ledger.quotes.apply(now)
    watch = Watch(ledger.book, ledger.quotes, ledger.terms).by_symbol.get("SHARE")
    assert (watch is not None and watch.fires(now)) == reached


def test_deals_draw_the_chart_and_quotes_between_them_do_not() -> None:
    chart = Chart(SHARE)
    for version, one in enumerate(
        (
            tick(100.0, 0.0, at_s=-120),
            tick(100.0, 100.05, at_s=0, volume=2),
            tick(90.0, 100.05, at_s=10),
            tick(100.2, 100.5, at_s=20, volume=3),
            tick(100.2, 100.5, at_s=30, volume=4, spread=0.02),
            tick(110.0, 100.5, at_s=61),
        )
    ):
        chart.take(one, version)
    before, bar = chart.history.rates_from_pos(M1, 0, 9).tolist()
    assert before[1:6] == (100.0, 100.0, 100.0, 100.0, 1)
    assert bar == (MONDAY_MSC // 1_000, 100.05, 100.5, 100.05, 100.5, 3, 2, 9)
    deals = chart.history.ticks_from(0, 9, 2)
    assert deals["last"].tolist() == [100.05, 100.5, 100.5]
    assert deals["volume"].tolist() == [2, 3, 4]
    assert deals["flags"].tolist() == [DEALT | BUY, DEALT | BUY | 6, DEALT | BUY | 4]
    quote = chart.quote()
    assert quote is not None
    assert (quote.bid, quote.last, quote.flags) == (110.0, 100.5, 6)
    assert (quote.last_high, quote.last_low, quote.volume_high, quote.volume_low) == (100.5, 100.05, 4, 2)


def test_a_broker_that_comes_back_knows_the_last_prices(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        house = House(store, [SHARE], Terms())
        for one in (tick(100.0, 100.05, at_s=0, volume=2), tick(99.0, 100.05, at_s=61)):
            house.on_tick(one)
        house.save_market(Cursor("source", 1, 2))
        assert [bar.close for bar in house.bars("SHARE", 9) or []] == [100.05]
    with Store(tmp_path) as store:
        kept = store.market()
        assert kept is not None
        assert kept.quotes == [tick(99.0, 100.05, at_s=61)]
        again = House(store, [SHARE], Terms())
        again.restore(kept.quotes, kept.bars)
        assert again.quotes_after(-1)["SHARE"].last == 100.05


def test_what_has_no_last_price_is_told_as_before_and_older_words_are_understood() -> None:
    old = {"type": "tick", "symbol": "EURUSD", "time_msc": 5, "bid": 1.1, "ask": 1.2}
    event = TickEvent.of(Tick("EURUSD", 5, 1.1, 1.2))
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(event)) == old
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(old), type=TickEvent) == event
    assert TickEvent.of(tick(1.0, 2.0, volume=3)).tick() == tick(1.0, 2.0, volume=3)
