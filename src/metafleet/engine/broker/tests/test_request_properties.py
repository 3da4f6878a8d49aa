"""What holds for any sequence of requests and prices, on every kind of account and with every dealer."""

from __future__ import annotations

import math
from collections import Counter
from decimal import Decimal

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from metafleet.engine.broker.book import Terms, Tickets
from metafleet.engine.broker.dealing import dealing
from metafleet.engine.broker.draft import Draft
from metafleet.engine.broker.ledger import Ledger
from metafleet.engine.broker.money import exact
from metafleet.engine.broker.records import ENTRY_IN, ENTRY_INOUT, MarginMode, OrderResult
from metafleet.engine.broker.requests import TradeRequest
from metafleet.engine.broker.rows import Row, order_row
from metafleet.engine.broker.tests.bench import MONDAY_MSC, account, market
from metafleet.engine.broker.triggers import run_triggers
from metafleet.engine.market.records import Tick

MIDS = {"EURUSD": 1.09, "USDJPY": 149.5}
DIGITS = {"EURUSD": 5, "USDJPY": 3}

names = st.sampled_from(list(MIDS))
shares = st.floats(-0.02, 0.02)
distances = st.floats(0.0005, 0.02)
lots = st.integers(1, 60).map(lambda steps: round(steps / 100, 2))
steps = st.one_of(
    st.tuples(st.just("tick"), names, shares, st.integers(0, 600), st.integers(0, 30_000_000)),
    st.tuples(st.just("deal"), names, st.integers(0, 1), lots, shares, shares),
    st.tuples(st.just("pending"), names, st.integers(2, 7), lots, distances, st.integers(0, 3)),
    st.tuples(st.just("close"), st.integers(0, 9), lots),
    st.tuples(st.just("by"), st.integers(0, 9), st.integers(0, 9)),
    st.tuples(st.just("levels"), st.integers(0, 9), shares, shares),
    st.tuples(st.just("modify"), st.integers(0, 9), shares),
    st.tuples(st.just("remove"), st.integers(0, 9)),
)
stories = st.lists(steps, min_size=10, max_size=50)
modes: st.SearchStrategy[MarginMode] = st.sampled_from(["hedging", "netting", "exchange"])
dealers = st.sampled_from([dealing("off"), dealing("realistic", 3), dealing("hostile", 3)])


def near(name: str, share: float) -> float:
    return round(MIDS[name] * (1 + share), DIGITS[name])


def request_of(  # noqa: PLR0911 - a step of each kind
    ledger: Ledger, step: tuple[object, ...]
) -> TradeRequest | None:
    """Return what a step asks for; None for a position or an order where there is none."""
    book = ledger.book
    match step:
        case ("deal", str() as name, int() as kind, float() as volume, float() as sl, float() as tp):
            sign = -1 if kind else 1
            return TradeRequest(
                action=1,
                symbol=name,
                type=kind,
                volume=volume,
                sl=near(name, -sign * sl) if sl > 0 else 0.0,
                tp=near(name, sign * tp) if tp > 0 else 0.0,
            )
        case ("pending", str() as name, int() as kind, float() as volume, float() as at, int() as time):
            below = kind in (2, 5, 7)
            price = near(name, -at if below else at)
            return TradeRequest(
                action=5,
                symbol=name,
                type=kind,
                volume=volume,
                price=price,
                stoplimit=round(price * (1.002 if below else 0.998), DIGITS[name]),
                type_time=time,
                expiration=ledger.quotes.now_msc // 1000 + 5_000,
            )
        case ("close", int() as place, float() as volume) if book.positions:
            held = book.positions[place % len(book.positions)]
            kind = 1 if held.side == "buy" else 0
            part = min(volume, held.volume) if place % 2 else held.volume
            return TradeRequest(action=1, symbol=held.symbol, type=kind, volume=part, position=held.ticket)
        case ("by", int() as one, int() as other) if book.positions:
            first, second = (book.positions[place % len(book.positions)].ticket for place in (one, other))
            return TradeRequest(action=10, position=first, position_by=second)
        case ("levels", int() as place, float() as sl, float() as tp) if book.positions:
            held = book.positions[place % len(book.positions)]
            name = held.symbol
            return TradeRequest(action=6, position=held.ticket, sl=near(name, sl), tp=near(name, tp))
        case ("modify", int() as place, float() as at) if book.orders:
            order = book.orders[place % len(book.orders)]
            return TradeRequest(
                action=7, order=order.ticket, price=near(order.symbol, at), stoplimit=order.price_stoplimit
            )
        case ("remove", int() as place) if book.orders:
            return TradeRequest(action=8, order=book.orders[place % len(book.orders)].ticket)
    return None


def step_on(ledger: Ledger, step: tuple[object, ...]) -> OrderResult | None:
    if step[0] == "tick":
        _, name, share, spread, passed_msc = step
        assert isinstance(name, str)
        assert isinstance(share, float)
        assert isinstance(spread, int)
        assert isinstance(passed_msc, int)
        bid = near(name, share)
        ask = round(bid + spread * 10 ** -DIGITS[name], DIGITS[name])
        ledger.on_tick(Tick(name, ledger.quotes.now_msc + passed_msc, bid, ask))
        return None
    request = request_of(ledger, step)
    if request is None:
        return None
    before, checked = ledger.book, ledger.check(request)
    assert ledger.book is before
    result = ledger.send(request)
    if ledger.terms.dealing.is_fair:
        assert (checked.retcode or 10009) == result.retcode
    return result


def check(ledger: Ledger) -> None:
    info, book = ledger.account(), ledger.book
    # Replaying the deals reproduces the balance to the cent.
    assert info.balance == sum(made.net for made in ledger.deals) == round(info.balance, 2)
    swaps = sum((held.swap for held in book.positions), Decimal(0))
    assert info.equity == info.balance + info.credit + info.profit + swaps
    assert info.margin >= 0
    symbols = [held.symbol for held in book.positions]
    if not book.is_hedging:
        assert len(set(symbols)) == len(symbols)
    tickets = [held.ticket for held in book.positions]
    assert tickets == sorted(set(tickets))
    waiting = [order.ticket for order in book.orders]
    assert waiting == sorted(set(waiting))
    assert all(held.volume > 0 for held in book.positions)
    assert all(order.volume_current > 0 for order in book.orders)
    check_volumes(ledger)
    check_links(ledger)


def check_volumes(ledger: Ledger) -> None:
    """Closed volume never exceeds what was opened: each position is the signed sum of its deals."""
    net: dict[int, Decimal] = {}
    for made in (made for made in ledger.deals if made.symbol):
        traded = exact(made.volume) * (-1 if made.type else 1)
        before = net.get(made.position_id, Decimal(0))
        if made.entry == ENTRY_IN:
            assert before * traded >= 0
        elif made.entry == ENTRY_INOUT:
            assert before * traded < 0 < abs(traded) - abs(before)
        else:
            assert before * traded < 0 <= abs(before) - abs(traded)
        net[made.position_id] = before + traded
    held = {
        one.identifier: exact(one.volume) * (1 if one.side == "buy" else -1) for one in ledger.book.positions
    }
    assert {identifier: lots for identifier, lots in net.items() if lots} == held


def check_links(ledger: Ledger) -> None:
    """Each deal has its order, each order is there once, and what was executed belongs to a position."""
    every = Counter(order.ticket for order in (*ledger.finished, *ledger.book.orders))
    assert all(count == 1 for count in every.values())
    for order in ledger.finished:
        made = sum(exact(deal.volume) for deal in ledger.deals if deal.order == order.ticket)
        deals_each = 2 if order.type == 8 else 1
        assert made == (exact(order.volume_initial) - exact(order.volume_current)) * deals_each
        assert bool(made) <= bool(order.position_id)
        assert order.time_done_msc >= order.time_setup_msc >= MONDAY_MSC
        assert fits_in_a_row(order_row(1, order))
    assert all(deal.order in every for deal in ledger.deals if deal.symbol)


def fits_in_a_row(row: Row) -> bool:
    """Say whether SQLite can keep it: whole numbers of 64 bits, and no price that is none."""
    return all(
        -(1 << 63) <= value < 1 << 63 if isinstance(value, int) else math.isfinite(value)
        for value in row
        if not isinstance(value, str)
    )


@settings(max_examples=150, deadline=None)
@given(stories, modes, dealers, st.sampled_from(["USD", "EUR", "JPY"]), st.sampled_from(["1000", "100000"]))
def test_books_always_add_up(
    story: list[tuple[object, ...]], mode: MarginMode, dealer: object, currency: str, deposit: str
) -> None:
    ledger = account(market(), currency=currency, leverage=200, deposit=deposit, margin_mode=mode)
    ledger.terms = msgspec.structs.replace(Terms(), dealing=dealer)
    for step in story:
        step_on(ledger, step)
    check(ledger)


@settings(max_examples=80, deadline=None)
@given(stories, modes)
def test_the_quick_look_misses_no_order_and_no_level(
    story: list[tuple[object, ...]], mode: MarginMode
) -> None:
    """After each tick of a watched symbol, the exact look finds nothing left to do."""
    ledger = account(market(), leverage=500, deposit="3000", margin_mode=mode)
    for step in story:
        step_on(ledger, step)
        if step[0] == "tick":
            tick = ledger.quotes.last(str(step[1]))
            assert tick is not None
            left = Draft(ledger.book, ledger.quotes, ledger.terms, Tickets(1000, 1000))
            run_triggers(left, tick)
            assert left.book is ledger.book


@settings(max_examples=40, deadline=None)
@given(stories, modes, dealers)
def test_the_same_story_has_the_same_bytes(
    story: list[tuple[object, ...]], mode: MarginMode, dealer: object
) -> None:
    told = []
    for _ in range(2):
        ledger = account(market(), margin_mode=mode)
        ledger.terms = msgspec.structs.replace(Terms(), dealing=dealer)
        results = [step_on(ledger, step) for step in story]
        told.append(msgspec.json.encode((results, ledger.deals, ledger.finished, ledger.book)))
    assert told[0] == told[1]


numbers = st.integers(-3, 12)
anything = st.floats(allow_nan=True, allow_infinity=True)


@settings(max_examples=150, deadline=None)
@given(
    st.builds(
        TradeRequest,
        action=st.sampled_from([0, 1, 5, 6, 7, 8, 10]),
        magic=st.integers(),
        order=numbers,
        symbol=st.sampled_from(["", "EURUSD", "NOPE"]),
        volume=st.one_of(anything, st.just(0.1)),
        price=st.one_of(anything, st.just(1.08)),
        stoplimit=anything,
        sl=st.one_of(anything, st.just(0.0)),
        tp=st.one_of(anything, st.just(0.0)),
        deviation=st.integers(),
        type=numbers,
        type_filling=numbers,
        type_time=numbers,
        expiration=st.integers(),
        comment=st.text(max_size=40),
        position=numbers,
        position_by=numbers,
    ),
    modes,
    st.sampled_from([0, 1, 2, 3]),
)
def test_no_request_breaks_the_ledger(request_: TradeRequest, mode: MarginMode, execution: int) -> None:
    ledger = account(market(), margin_mode=mode)
    eurusd = ledger.quotes.specs["EURUSD"]
    ledger.quotes.specs["EURUSD"] = msgspec.structs.replace(eurusd, execution=execution, filling_flags=7)
    for kind in (0, 1):
        ledger.send(
            TradeRequest(action=1, symbol="EURUSD", type=kind, volume=0.1, price=1.0915, deviation=20)
        )
    ledger.send(TradeRequest(action=5, symbol="EURUSD", type=2, volume=0.1, price=1.08))
    checked = ledger.check(request_)
    result = ledger.send(request_)
    assert result.retcode in (checked.retcode or 10009, 10004)
    check(ledger)
