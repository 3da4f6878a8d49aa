"""What holding over night costs."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from metafleet.engine.broker.ledger import Ledger
from metafleet.engine.broker.quotes import Quotes
from metafleet.engine.broker.records import OrderRequest, Side
from metafleet.engine.broker.rollover import DAY_MSC, charged_days, nights
from metafleet.engine.broker.tests.bench import MONDAY_MSC, account, market, market_order
from metafleet.engine.market import symbols
from metafleet.engine.market.records import Tick
from metafleet.engine.market.symbols import EURUSD, GBPUSD

MONDAY = MONDAY_MSC // DAY_MSC


@pytest.mark.parametrize(
    ("days", "charged"), [(0, 0), (1, 1), (2, 2), (3, 5), (4, 6), (5, 7), (6, 7), (7, 7), (8, 8), (14, 14)]
)
def test_wednesday_counts_three_times_and_weekends_never(days: int, charged: int) -> None:
    assert nights(MONDAY, MONDAY + days, charged_days(EURUSD)) == charged


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


def holding(side: Side, *, currency: str = "USD", **changed: Any) -> Ledger:
    """Return an account that has held one lot since Monday, of a EURUSD with other swaps."""
    quotes = Quotes([msgspec.structs.replace(EURUSD, **changed), GBPUSD])
    quotes.apply(Tick("GBPUSD", MONDAY_MSC, 1.22700, 1.22712))
    quotes.apply(Tick("EURUSD", MONDAY_MSC, 1.09137, 1.09152))
    ledger = account(quotes, currency=currency)
    assert ledger.order_send(market_order(side, 1.0)).retcode == 10009
    return ledger


@pytest.mark.parametrize(
    ("side", "changed", "currency", "swap"),
    [
        # MQL5 documentation, SYMBOL_SWAP_MODE: one lot, one night; the price is 1.10000/1.10015 by then.
        ("buy", {"swap_mode": symbols.SWAP_DISABLED}, "USD", "0.00"),
        # POINTS: -7.2 x 0.00001 x 100,000.
        ("buy", {}, "USD", "-7.20"),
        # CURRENCY_SYMBOL: -5 EUR at the ask; a gain of 5 EUR at the bid.
        ("buy", {"swap_mode": symbols.SWAP_CURRENCY_SYMBOL, "swap_long": -5.0}, "USD", "-5.50"),
        ("sell", {"swap_mode": symbols.SWAP_CURRENCY_SYMBOL, "swap_short": 5.0}, "USD", "5.50"),
        # CURRENCY_MARGIN: -5 GBP at 1.22712.
        (
            "buy",
            {"swap_mode": symbols.SWAP_CURRENCY_MARGIN, "currency_margin": "GBP", "swap_long": -5.0},
            "USD",
            "-6.14",
        ),
        # CURRENCY_DEPOSIT: as it stands there.
        ("buy", {"swap_mode": symbols.SWAP_CURRENCY_DEPOSIT, "swap_long": -5.0}, "EUR", "-5.00"),
        # INTEREST_CURRENT: 100,000 x 1.1 x -3 / 100 / 360.
        ("buy", {"swap_mode": symbols.SWAP_INTEREST_CURRENT, "swap_long": -3.0}, "USD", "-9.17"),
        # INTEREST_OPEN: 100,000 x 1.09152 x -3 / 100 / 360; a short: 100,000 x 1.09137 x 2 / 100 / 360.
        ("buy", {"swap_mode": symbols.SWAP_INTEREST_OPEN, "swap_long": -3.0}, "USD", "-9.10"),
        ("sell", {"swap_mode": symbols.SWAP_INTEREST_OPEN, "swap_short": 2.0}, "USD", "6.06"),
    ],
)
def test_a_night_in_each_mode(side: Side, changed: dict[str, Any], currency: str, swap: str) -> None:
    ledger = holding(side, currency=currency, **changed)
    assert ledger.on_tick(later(1, 1.1)) == []
    assert ledger.positions()[0].swap == Decimal(swap)


@pytest.mark.parametrize(
    ("side", "changed", "days", "closed_at", "profit", "opened_at"),
    [
        # -7 points a night: a long is dearer by them. It closes at the bid, 848 points above its opening.
        ("buy", {"swap_mode": symbols.SWAP_REOPEN_CURRENT, "swap_long": -7.0}, 1, 1.1, "848.00", 1.10007),
        # A short closes at the ask 1.10015, or in the other mode at the bid; 2 points better is higher.
        (
            "sell",
            {"swap_mode": symbols.SWAP_REOPEN_CURRENT, "swap_short": 2.0},
            1,
            1.10015,
            "-878.00",
            1.10017,
        ),
        ("sell", {"swap_mode": symbols.SWAP_REOPEN_BID, "swap_short": 2.0}, 1, 1.1, "-863.00", 1.10002),
        # Wednesday's night counts three times: five nights until Thursday.
        ("buy", {"swap_mode": symbols.SWAP_REOPEN_BID, "swap_long": -7.0}, 3, 1.1, "848.00", 1.10035),
    ],
)
def test_a_position_is_closed_and_opened_again(
    side: Side, changed: dict[str, Any], days: int, closed_at: float, profit: str, opened_at: float
) -> None:
    ledger = holding(side, **changed)
    (before,) = ledger.book.positions
    leaving, entering = ledger.on_tick(later(days, 1.1))
    assert (leaving.entry, leaving.reason, leaving.price) == (1, 7, closed_at)
    assert [leaving.profit, leaving.commission] == [Decimal(profit), 0]
    assert (entering.entry, entering.reason, entering.price) == (0, 7, opened_at)
    assert entering.net == 0
    (held,) = ledger.book.positions
    assert [held.price_open, held.swap, held.volume] == [opened_at, 0, 1.0]
    assert held.identifier == before.identifier == entering.position_id
    assert held.ticket == entering.order != before.ticket
    assert ledger.on_tick(later(days, 1.1)) == []


def test_days_of_its_own_take_the_triple_days_place() -> None:
    ledger = holding("buy", swap_days=(1.0,) * 7)
    ledger.on_tick(later(7, 1.1))
    assert ledger.positions()[0].swap == Decimal("-50.40")
