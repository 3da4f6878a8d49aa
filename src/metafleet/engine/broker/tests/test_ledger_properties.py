"""What holds for every account, whatever the market and its owner do."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import Literal

from hypothesis import given, settings
from hypothesis import strategies as st

from metafleet.engine.broker.book import Tickets
from metafleet.engine.broker.draft import Draft
from metafleet.engine.broker.ledger import Ledger
from metafleet.engine.broker.money import exact
from metafleet.engine.broker.records import OrderRequest, OrderResult, Side
from metafleet.engine.broker.tests.bench import MONDAY_MSC, account, market, market_order
from metafleet.engine.broker.triggers import run_triggers
from metafleet.engine.broker.valuation import is_fully_hedged
from metafleet.engine.market.records import Tick
from metafleet.engine.market.symbols import SYMBOLS

MIDS = {"EURUSD": 1.09, "GBPUSD": 1.227, "USDJPY": 149.5, "XAUUSD": 2000.0}

symbols = st.sampled_from(list(SYMBOLS))
sides: st.SearchStrategy[Side] = st.sampled_from(["buy", "sell"])
actions: st.SearchStrategy[Literal["deal", "close", "sltp"]] = st.sampled_from(["deal", "close", "sltp"])
volumes = st.integers(1, 400).map(lambda steps: round(steps / 100, 2))
moves = st.floats(-0.03, 0.03)
steps = st.one_of(
    st.tuples(st.just("tick"), symbols, moves, st.integers(0, 60), st.integers(0, 40_000_000)),
    st.tuples(st.just("open"), symbols, sides, volumes, st.floats(0.0005, 0.05), st.floats(0.0005, 0.05)),
    st.tuples(st.just("close"), st.integers(0, 20), st.integers(0, 400)),
    st.tuples(st.just("stops"), st.integers(0, 20), st.floats(0.9, 1.1), st.floats(0.9, 1.1)),
)


def tick_of(symbol: str, move: float, spread: int, now_msc: int) -> Tick:
    spec = SYMBOLS[symbol]
    bid = round(MIDS[symbol] * (1 + move), spec.digits)
    return Tick(symbol, now_msc, bid, round(bid + spread * spec.point, spec.digits))


def step_on(ledger: Ledger, step: tuple[object, ...]) -> None:
    match step:
        case ("tick", str() as symbol, float() as move, int() as spread, int() as passed_msc):
            ledger.on_tick(tick_of(symbol, move, spread, ledger.quotes.now_msc + passed_msc))
        case (
            "open",
            str() as symbol,
            "buy" | "sell" as side,
            float() as volume,
            float() as risk,
            float() as aim,
        ):
            mid, sign = MIDS[symbol], 1 if side == "buy" else -1
            sl, tp = mid * (1 - sign * risk), mid * (1 + sign * aim)
            ledger.order_send(market_order(side, volume, symbol, sl=sl, tp=tp))
        case ("close", int() as place, int() as hundredths):
            held = ledger.book.positions
            if held:
                ticket = held[place % len(held)].ticket
                ledger.order_send(OrderRequest(action="close", position=ticket, volume=hundredths / 100))
        case ("stops", int() as place, float() as low, float() as high):
            held = ledger.book.positions
            if held:
                position = held[place % len(held)]
                sl, tp = position.price_open * low, position.price_open * high
                ledger.order_send(OrderRequest(action="sltp", position=position.ticket, sl=sl, tp=tp))


def check(ledger: Ledger) -> None:
    info = ledger.account()
    assert info.balance == sum(deal.net for deal in ledger.deals)
    assert info.balance == round(info.balance, 2)
    positions = ledger.positions()
    assert info.profit == sum((p.profit for p in positions), Decimal(0))
    assert info.equity == info.balance + info.profit + sum((p.swap for p in positions), Decimal(0))
    assert info.margin_free == info.equity - info.margin
    assert info.margin >= 0
    check_volumes(ledger)


def check_volumes(ledger: Ledger) -> None:
    """Closed volume never exceeds what was opened, and the rest is what is open."""
    opened: dict[int, Decimal] = defaultdict(Decimal)
    closed: dict[int, Decimal] = defaultdict(Decimal)
    for deal in ledger.deals:
        if deal.symbol:
            (closed if deal.entry else opened)[deal.position_id] += exact(deal.volume)
    held = {position.ticket: exact(position.volume) for position in ledger.book.positions}
    for ticket, volume in opened.items():
        assert 0 <= closed[ticket] <= volume
        assert volume - closed[ticket] == held.get(ticket, 0)
    assert set(closed) <= set(opened)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(steps, max_size=40),
    st.sampled_from(["USD", "EUR", "GBP", "JPY"]),
    st.sampled_from([30, 100, 500]),
    st.sampled_from(["500", "10000", "1000000"]),
)
def test_money_and_volumes_always_add_up(
    story: list[tuple[object, ...]], currency: str, leverage: int, deposit: str
) -> None:
    ledger = account(market(), currency=currency, leverage=leverage, deposit=deposit)
    for step in story:
        step_on(ledger, step)
        check(ledger)
    tickets = [deal.ticket for deal in ledger.deals]
    assert tickets == sorted(set(tickets))
    assert all(deal.net == round(deal.net, 2) for deal in ledger.deals)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(steps, max_size=40), st.sampled_from(["USD", "EUR", "JPY"]), st.sampled_from(["500", "10000"])
)
def test_the_quick_look_misses_nothing(story: list[tuple[object, ...]], currency: str, deposit: str) -> None:
    """After each tick of a held symbol, the exact check of all triggers finds nothing left to do."""
    ledger = account(market(), currency=currency, leverage=500, deposit=deposit)
    for step in story:
        step_on(ledger, step)
        held = {position.symbol for position in ledger.book.positions}
        if step[0] == "tick" and step[1] in held:
            tick = ledger.quotes.last(str(step[1]))
            assert tick is not None
            left = Draft(ledger.book, ledger.quotes, ledger.terms, Tickets())
            run_triggers(left, tick)
            assert left.book is ledger.book


@settings(max_examples=60, deadline=None)
@given(st.lists(steps, max_size=30))
def test_the_same_story_has_the_same_end(story: list[tuple[object, ...]]) -> None:
    first, second = account(market()), account(market())
    for step in story:
        step_on(first, step)
        step_on(second, step)
    assert first.deals == second.deals
    assert first.book == second.book


@given(
    st.floats(allow_nan=True, allow_infinity=True),
    st.none() | st.floats(),
    st.none() | st.floats(),
    st.none() | st.integers(),
    st.integers(),
    actions,
    st.text(max_size=50),
)
def test_no_order_breaks_the_ledger(
    volume: float,
    sl: float | None,
    tp: float | None,
    position: int | None,
    magic: int,
    action: Literal["deal", "close", "sltp"],
    text: str,
) -> None:
    ledger = account(market())
    ledger.order_send(market_order("buy", 0.1))
    order = OrderRequest(
        action=action,
        symbol="EURUSD",
        side="sell",
        volume=volume,
        sl=sl,
        tp=tp,
        position=position,
        magic=magic,
        comment=text,
    )
    assert isinstance(ledger.order_send(order), OrderResult)
    check(ledger)


def test_a_hedge_is_seen_by_symbol() -> None:
    ledger = account(market())
    ledger.order_send(market_order("buy", 0.1))
    ledger.order_send(market_order("sell", 0.1, "GBPUSD"))
    assert not is_fully_hedged(ledger.book.positions)
    ledger.order_send(market_order("sell", 0.1))
    ledger.order_send(market_order("buy", 0.1, "GBPUSD"))
    assert is_fully_hedged(ledger.book.positions)
    assert ledger.quotes.now_msc == MONDAY_MSC
