"""What holding over night costs."""

from __future__ import annotations

from decimal import Decimal

import pytest

from metafleet.engine.broker.records import OrderRequest
from metafleet.engine.broker.rollover import DAY_MSC, nights
from metafleet.engine.broker.tests.bench import MONDAY_MSC, account, market, market_order
from metafleet.engine.market.records import Tick

MONDAY = MONDAY_MSC // DAY_MSC


@pytest.mark.parametrize(
    ("days", "charged"), [(0, 0), (1, 1), (2, 2), (3, 5), (4, 6), (5, 7), (6, 7), (7, 7), (8, 8), (14, 14)]
)
def test_wednesday_counts_three_times_and_weekends_never(days: int, charged: int) -> None:
    assert nights(MONDAY, MONDAY + days, 3) == charged


def later(days: float, bid: float = 1.09137) -> Tick:
    return Tick("EURUSD", MONDAY_MSC + int(days * DAY_MSC), bid, round(bid + 0.00015, 5))


def test_a_night_is_charged_at_the_first_tick_of_the_new_day() -> None:
    ledger = account(market())
    ledger.order_send(market_order("buy", 1.0))
    ledger.order_send(market_order("sell", 1.0))
    ledger.on_tick(later(0.999))
    assert [position.swap for position in ledger.positions()] == [Decimal("0.00")] * 2
    for _ in range(2):
        assert ledger.on_tick(later(1)) == []
        assert [position.swap for position in ledger.positions()] == [Decimal("-7.20"), Decimal("2.90")]
    info = ledger.account()
    assert info.equity == info.balance + info.profit + Decimal("-4.30")


def test_nights_without_positions_are_not_charged_later() -> None:
    quotes = market()
    ledger = account(quotes)
    quotes.apply(later(10.5))
    ledger.order_send(market_order("buy", 1.0))
    ledger.on_tick(later(10.6))
    assert ledger.positions()[0].swap == Decimal("0.00")
    ledger.on_tick(later(11.1))
    assert ledger.positions()[0].swap == Decimal("-7.20")


def test_swaps_are_realised_in_proportion() -> None:
    ledger = account(market(), commission="0")
    ticket = ledger.order_send(market_order("buy", 1.0)).order
    ledger.on_tick(later(3))
    assert ledger.positions()[0].swap == Decimal("-36.00")
    ledger.order_send(OrderRequest(action="close", position=ticket, volume=0.33))
    assert (ledger.deals[-1].swap, ledger.positions()[0].swap) == (Decimal("-11.88"), Decimal("-24.12"))
    ledger.order_send(OrderRequest(action="close", position=ticket))
    assert ledger.deals[-1].swap == Decimal("-24.12")
    assert ledger.account().balance == Decimal("10000.00") - Decimal("15.00") - Decimal("36.00")
