"""Orders that wait: on which side of the quote they fire, at which price, and how else they end.

The market: EURUSD 1.09137/1.09152. Source of the cases: MetaTrader's help on order types and expiration.
"""

from __future__ import annotations

from decimal import Decimal

import pytest

from metafleet.engine.broker.book import Terms
from metafleet.engine.broker.ledger import Ledger
from metafleet.engine.broker.records import Order
from metafleet.engine.broker.requests import ACTION_MODIFY, ACTION_REMOVE, TradeRequest
from metafleet.engine.broker.tests.bench import MONDAY_MSC, account, changed, deal, market, pending
from metafleet.engine.market.records import Tick

SOON_MSC = MONDAY_MSC + 1_000
DAY_MSC = 86_400_000
NOW_S = MONDAY_MSC // 1000


def tick(ledger: Ledger, bid: float, ask: float, at_msc: int = SOON_MSC) -> list[tuple[int, float]]:
    """Return type and price of the deals that a tick set off."""
    return [(made.type, made.price) for made in ledger.on_tick(Tick("EURUSD", at_msc, bid, ask))]


@pytest.mark.parametrize(
    ("kind", "price", "quiet", "firing", "filled"),
    [
        (2, 1.0900, (1.08990, 1.09001), (1.08990, 1.09000), (0, 1.09000)),
        (2, 1.0900, (1.08000, 1.09001), (1.08490, 1.08500), (0, 1.08500)),
        (3, 1.0930, (1.09299, 1.09400), (1.09300, 1.09310), (1, 1.09300)),
        (3, 1.0930, (1.09299, 1.09400), (1.09500, 1.09510), (1, 1.09500)),
        (4, 1.0930, (1.09200, 1.09299), (1.09290, 1.09300), (0, 1.09300)),
        (4, 1.0930, (1.09200, 1.09299), (1.09490, 1.09500), (0, 1.09500)),
        (5, 1.0900, (1.09001, 1.09002), (1.09000, 1.09010), (1, 1.09000)),
        (5, 1.0900, (1.09001, 1.09002), (1.08500, 1.08510), (1, 1.08500)),
    ],
)
def test_an_order_fires_on_its_side_of_the_quote_and_a_gap_fills_at_the_gap(
    kind: int,
    price: float,
    quiet: tuple[float, float],
    firing: tuple[float, float],
    filled: tuple[int, float],
) -> None:
    ledger = account(market())
    placed = ledger.send(pending(kind, price, sl=0.0, magic=7, comment="mine"))
    assert [order.ticket for order in ledger.orders()] == [placed.order]
    assert tick(ledger, *quiet) == []
    assert tick(ledger, *firing) == [filled]
    assert ledger.orders() == ()
    (position,) = ledger.positions()
    assert (position.ticket, position.identifier, position.price_open) == (
        placed.order,
        placed.order,
        filled[1],
    )
    assert (position.magic, position.comment, position.volume) == (7, "mine", 0.1)
    (done,) = ledger.finished
    assert (done.state, done.type, done.volume_initial, done.volume_current) == (4, kind, 0.1, 0.0)
    assert (done.price_open, done.position_id, done.time_done_msc) == (price, placed.order, SOON_MSC)
    made = ledger.deals[-1]
    assert (made.entry, made.order, made.position_id, made.reason) == (0, placed.order, placed.order, 3)


@pytest.mark.parametrize(
    ("kind", "price", "stoplimit", "story"),
    [
        (
            6,
            1.0930,
            1.0920,
            [(1.0928, 1.0929, 0), (1.0929, 1.0930, 0), (1.0921, 1.0922, 0), (1.0919, 1.0920, 1)],
        ),
        (
            7,
            1.0900,
            1.0910,
            [(1.0901, 1.0902, 0), (1.0900, 1.0901, 0), (1.0909, 1.0910, 0), (1.0910, 1.0911, 1)],
        ),
    ],
)
def test_a_stop_limit_becomes_a_limit_and_stays_the_same_order(
    kind: int, price: float, stoplimit: float, story: list[tuple[float, float, int]]
) -> None:
    ledger = account(market())
    placed = ledger.send(pending(kind, price, stoplimit=stoplimit))
    # The limit's price alone does nothing before the stop is reached.
    for bid, ask, deals in story:
        assert len(tick(ledger, bid, ask)) == deals
    (done,) = ledger.finished
    assert (done.ticket, done.type, done.state, done.price_open) == (placed.order, kind, 4, price)
    assert ledger.deals[-1].price == stoplimit


def test_an_orders_levels_go_to_its_position_and_may_fire_with_it() -> None:
    ledger = account(market())
    ledger.send(pending(2, 1.0900, sl=1.0850, tp=1.1))
    ledger.send(pending(2, 1.0890, sl=1.0880))
    assert tick(ledger, 1.0899, 1.09) == [(0, 1.09)]
    assert [(held.sl, held.tp) for held in ledger.positions()] == [(1.085, 1.1)]
    # A gap through the second order and its stop: opened and closed at once, the spread is lost.
    assert tick(ledger, 1.0870, 1.0871) == [(0, 1.0871), (1, 1.087)]
    assert ledger.deals[-1].comment == "[sl 1.08800]"
    assert len(ledger.positions()) == 1


def test_an_order_is_changed_in_everything_but_its_volume_and_removed() -> None:
    ledger = account(market())
    ticket = ledger.send(pending(2, 1.08, sl=1.07, tp=1.1)).order
    change = TradeRequest(
        action=ACTION_MODIFY,
        order=ticket,
        price=1.085,
        tp=1.2,
        volume=5.0,
        type_time=2,
        expiration=NOW_S + 60,
    )
    assert ledger.send(change).retcode == 10009
    (order,) = ledger.orders()
    assert (order.price_open, order.sl, order.tp) == (1.085, 0.0, 1.2)
    assert (order.volume_current, order.type_time, order.time_expiration) == (0.1, 2, NOW_S + 60)
    assert ledger.send(TradeRequest(action=ACTION_REMOVE, order=ticket)).retcode == 10009
    assert ledger.orders() == ()
    (done,) = ledger.finished
    assert (done.state, done.position_id, done.time_done_msc) == (2, 0, MONDAY_MSC)


@pytest.mark.parametrize(
    ("fields", "shown", "lasts_msc"),
    [
        ({"type_time": 1}, NOW_S, DAY_MSC),
        ({"type_time": 2, "expiration": NOW_S + 90}, NOW_S + 90, 90_000),
        ({"type_time": 3, "expiration": NOW_S + 90_000}, NOW_S + 2 * 86_400 - 1, 2 * DAY_MSC),
    ],
)
def test_an_order_waits_until_its_time_is_over(fields: dict[str, int], shown: int, lasts_msc: int) -> None:
    ledger = account(market())
    ledger.send(pending(2, 1.08, **fields))
    assert ledger.orders()[0].time_expiration == shown
    ledger.on_tick(Tick("GBPUSD", MONDAY_MSC + lasts_msc - 1, 1.2, 1.2001))
    assert len(ledger.orders()) == 1
    # Time goes on by any symbol's ticks; a price that would fire comes too late.
    ledger.on_tick(Tick("GBPUSD", MONDAY_MSC + lasts_msc, 1.2, 1.2001))
    assert ledger.orders() == ()
    (done,) = ledger.finished
    assert (done.state, done.position_id, done.time_done_msc) == (6, 0, MONDAY_MSC + lasts_msc)
    assert len(ledger.deals) == 1


def test_a_day_that_is_said_again_changes_nothing() -> None:
    ledger = account(market())
    until = NOW_S + 90_000
    ticket = ledger.send(pending(2, 1.08, type_time=3, expiration=until)).order
    same = TradeRequest(action=ACTION_MODIFY, order=ticket, price=1.08, type_time=3, expiration=until)
    assert ledger.send(same).retcode == 10025


def test_one_that_is_over_is_not_filled_by_the_tick_that_ends_it() -> None:
    ledger = account(market())
    ledger.send(pending(2, 1.08, type_time=2, expiration=NOW_S + 5))
    assert tick(ledger, 1.07, 1.0701, MONDAY_MSC + 5_000) == []
    assert [order.state for order in ledger.finished] == [6]


@pytest.mark.parametrize(
    ("gtc_mode", "orders", "levels"), [(0, 1, (1.05, 1.2)), (1, 0, (None, None)), (2, 0, (1.05, 1.2))]
)
def test_a_symbol_may_keep_orders_and_levels_for_a_day_only(
    gtc_mode: int, orders: int, levels: tuple[float | None, float | None]
) -> None:
    ledger = account(market())
    changed(ledger.quotes, gtc_mode=gtc_mode)
    ledger.send(deal(0, 0.1, sl=1.05, tp=1.2))
    ledger.send(pending(2, 1.08))
    tick(ledger, 1.09, 1.0901, MONDAY_MSC + DAY_MSC - 1)
    assert (len(ledger.orders()), ledger.book.positions[0].sl) == (1, 1.05)
    tick(ledger, 1.09, 1.0901, MONDAY_MSC + DAY_MSC)
    (held,) = ledger.positions()
    assert (len(ledger.orders()), (held.sl, held.tp)) == (orders, levels)


def test_an_order_that_fires_without_money_is_cancelled() -> None:
    ledger = account(market(), deposit="1000")
    ledger.send(pending(2, 1.09, volume=5.0, comment="too much"))
    ledger.send(pending(2, 1.09, volume=0.1, comment="fits"))
    assert tick(ledger, 1.0899, 1.09) == [(0, 1.09)]
    assert [(order.state, order.comment, order.position_id) for order in ledger.finished] == [
        (2, "[no money]", 0),
        (4, "fits", 2),
    ]
    assert ledger.account().balance == Decimal("999.65")


@pytest.mark.parametrize(("kind", "price"), [(2, 1.09152), (2, 1.2), (3, 1.09137), (3, 1.0)])
def test_book_or_cancel_is_cancelled_where_it_would_execute_at_once(kind: int, price: float) -> None:
    ledger = account(market())
    changed(ledger.quotes, filling_flags=4)
    result = ledger.send(pending(kind, price, type_filling=3))
    assert (result.retcode, result.order, ledger.orders()) == (10009, 1, ())
    (done,) = ledger.finished
    assert (done.ticket, done.state, done.position_id, ledger.positions()) == (1, 2, 0, [])
    assert ledger.send(pending(kind, price)).retcode == 10015


@pytest.mark.parametrize(
    ("terms", "why"),
    [
        (Terms(hedges=False), "[opposite positions prohibited]"),
        (Terms(max_positions=1), "[positions limit reached]"),
    ],
)
def test_an_order_that_fires_against_the_brokers_terms_is_cancelled(terms: Terms, why: str) -> None:
    ledger = account(market())
    ledger.send(deal(0, 0.1))
    ledger.send(pending(5, 1.09))
    ledger.terms = terms
    assert tick(ledger, 1.09, 1.0901) == []
    assert [(order.state, order.comment) for order in ledger.finished[1:]] == [(2, why)]


def test_orders_fire_by_ticket_and_one_tick_may_fire_several() -> None:
    ledger = account(market())
    tickets = [ledger.send(pending(2, price)).order for price in (1.088, 1.09, 1.089)]
    assert len(tick(ledger, 1.0879, 1.088)) == 3
    assert [made.order for made in ledger.deals[1:]] == tickets


def test_positions_are_by_ticket_however_late_their_orders_fired() -> None:
    ledger = account(market())
    ledger.send(pending(2, 1.09))
    ledger.send(deal(0, 0.1))
    tick(ledger, 1.0899, 1.09)
    assert [held.ticket for held in ledger.positions()] == [1, 2]


def test_on_a_netting_account_an_order_adds_reduces_and_turns() -> None:
    ledger = account(market(), margin_mode="netting")
    ledger.send(deal(0, 0.3, sl=1.05))
    ledger.send(pending(2, 1.09, volume=0.1))
    ledger.send(pending(5, 1.085, volume=0.5, sl=1.1))
    tick(ledger, 1.0899, 1.09)
    (grown,) = ledger.positions()
    assert (grown.ticket, grown.volume, grown.sl) == (1, 0.4, None)
    tick(ledger, 1.085, 1.0851)
    (turned,) = ledger.positions()
    assert (turned.ticket, turned.identifier, turned.side, turned.volume, turned.sl) == (
        3,
        1,
        "sell",
        0.1,
        1.1,
    )
    assert [order.position_id for order in ledger.finished] == [1, 1, 1]


def test_an_activated_stop_limit_is_changed_by_its_limit() -> None:
    ledger = account(market())
    ticket = ledger.send(pending(6, 1.093, stoplimit=1.092)).order
    tick(ledger, 1.0930, 1.0931)
    change = TradeRequest(action=ACTION_MODIFY, order=ticket, price=1.093, stoplimit=1.09)
    assert ledger.send(change).retcode == 10009
    order: Order = ledger.orders()[0]
    assert (order.price_stoplimit, order.activated_msc) == (1.09, SOON_MSC)
    assert tick(ledger, 1.0919, 1.092) == []
    assert tick(ledger, 1.0899, 1.09) == [(0, 1.09)]


def test_an_order_that_is_changed_to_wait_for_the_day_waits_for_the_day_of_the_change() -> None:
    ledger = account(market())
    ticket = ledger.send(pending(2, 1.08)).order
    later_msc = MONDAY_MSC + 2 * DAY_MSC
    tick(ledger, 1.09137, 1.09152, later_msc)
    change = TradeRequest(action=ACTION_MODIFY, order=ticket, price=1.08, type_time=1)
    assert ledger.send(change).retcode == 10009
    tick(ledger, 1.09137, 1.09152, later_msc + DAY_MSC - 1)
    assert [order.time_expiration for order in ledger.orders()] == [later_msc // 1000]
    tick(ledger, 1.09137, 1.09152, later_msc + DAY_MSC)
    assert [order.state for order in ledger.finished] == [6]


def test_orders_that_end_at_one_moment_are_by_ticket() -> None:
    ledger = account(market())
    ledger.send(pending(4, 1.096))
    ledger.send(deal(0, 0.1, tp=1.096))
    tick(ledger, 1.0961, 1.0962)
    assert [(order.time_done_msc, order.ticket) for order in ledger.finished] == [
        (MONDAY_MSC, 2),
        (SOON_MSC, 1),
        (SOON_MSC, 3),
    ]


def test_positions_are_by_ticket_when_an_old_order_turns_one() -> None:
    ledger = account(market(), margin_mode="netting")
    ledger.send(pending(5, 1.09, volume=0.3))
    ledger.send(deal(0, 0.1, symbol="GBPUSD"))
    ledger.send(deal(0, 0.1))
    tick(ledger, 1.09, 1.0901)
    assert [(held.ticket, held.symbol) for held in ledger.positions()] == [(1, "EURUSD"), (2, "GBPUSD")]
