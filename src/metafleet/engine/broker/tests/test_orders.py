"""Orders: what is done, and what is refused with which code, leaving everything as it was."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from metafleet.engine.broker import retcodes
from metafleet.engine.broker.book import Terms
from metafleet.engine.broker.records import Deal, OrderRequest, OrderResult
from metafleet.engine.broker.tests.bench import MONDAY_MSC, account, changed, market, market_order
from metafleet.engine.market.records import Tick
from metafleet.engine.market.symbols import (
    EURUSD,
    TRADE_CLOSE_ONLY,
    TRADE_DISABLED,
    TRADE_LONG_ONLY,
    TRADE_SHORT_ONLY,
)

BIG = 1 << 70


def test_the_deposit_is_the_first_deal() -> None:
    (deal,) = account(market()).deals
    assert deal == Deal(
        ticket=1,
        order=0,
        position_id=0,
        symbol="",
        type=2,
        entry=0,
        volume=0.0,
        price=0.0,
        time_msc=MONDAY_MSC,
        profit=Decimal("10000.00"),
        commission=Decimal("0.00"),
        swap=Decimal("0.00"),
        fee=Decimal("0.00"),
        magic=0,
        comment="Deposit",
        reason=0,
    )


def test_a_buy_opens_at_the_ask() -> None:
    ledger = account(market())
    result = ledger.order_send(
        market_order("buy", 0.3, sl=1.08, tp=1.10004, magic=77, comment="mf:0123456789ab and what fits not")
    )
    assert result == OrderResult(
        retcode=10009,
        deal=2,
        order=1,
        volume=0.3,
        price=1.09152,
        bid=1.09137,
        ask=1.09152,
        comment="Request executed",
    )
    (position,) = ledger.positions()
    assert (position.ticket, position.side, position.volume, position.price_open) == (1, "buy", 0.3, 1.09152)
    assert (position.sl, position.tp, position.magic) == (1.08, 1.10004, 77)
    assert position.comment == "mf:0123456789ab and what fits n"
    deal = ledger.deals[-1]
    assert (deal.type, deal.entry, deal.order, deal.position_id, deal.reason) == (0, 0, 1, 1, 3)
    assert (deal.commission, deal.profit, deal.magic) == (Decimal("-1.05"), Decimal("0.00"), 77)


def test_a_sell_opens_at_the_bid_and_closes_at_the_ask() -> None:
    quotes = market()
    ledger = account(quotes)
    opened = ledger.order_send(market_order("sell", 1.0, magic=5))
    quotes.apply(Tick("EURUSD", MONDAY_MSC + 1_000, 1.09000, 1.09010))
    closed = ledger.order_send(OrderRequest(action="close", position=opened.order, comment="enough"))
    assert (opened.price, closed.price, closed.volume, closed.order) == (1.09137, 1.0901, 1.0, 2)
    deal = ledger.deals[-1]
    assert (deal.type, deal.entry, deal.position_id, deal.magic, deal.comment) == (0, 1, 1, 5, "enough")
    assert (deal.profit, deal.commission) == (Decimal("127.00"), Decimal("-3.50"))
    assert ledger.positions() == []
    assert ledger.account().balance == Decimal("10120.00")


def test_a_part_of_a_position_is_closed() -> None:
    ledger = account(market())
    opened = ledger.order_send(market_order("buy", 0.3, sl=1.08))
    result = ledger.order_send(OrderRequest(action="close", position=opened.order, volume=0.1))
    assert result.volume == 0.1
    (position,) = ledger.positions()
    assert (position.ticket, position.volume, position.sl) == (opened.order, 0.2, 1.08)


def test_a_deal_of_the_opposite_side_closes_the_position_it_names() -> None:
    ledger = account(market())
    opened = ledger.order_send(market_order("buy", 0.3))
    order = OrderRequest(action="deal", symbol="EURUSD", side="sell", volume=0.3, position=opened.order)
    assert ledger.order_send(order).retcode == 10009
    assert ledger.positions() == []


@pytest.mark.parametrize(
    "conditions",
    [{"execution": 0}, {"execution": 1}, {"filling_flags": 2}, {"execution": 3, "filling_flags": 0}],
)
def test_our_orders_are_what_the_symbols_execution_asks_for(conditions: dict[str, Any]) -> None:
    ledger = account(market())
    changed(ledger.quotes, **conditions)
    opened = ledger.order_send(market_order("buy", 0.3))
    assert opened.retcode == 10009
    assert ledger.order_send(OrderRequest(action="close", position=opened.order)).retcode == 10009


def test_our_orders_trade_on_a_netting_account() -> None:
    ledger = account(market(), margin_mode="netting")
    for side in ("buy", "buy", "sell"):
        assert ledger.order_send(market_order("sell" if side == "sell" else "buy", 0.2)).retcode == 10009
    (held,) = ledger.positions()
    assert (held.ticket, held.volume) == (1, 0.2)
    assert ledger.order_send(OrderRequest(action="sltp", position=1, sl=1.0)).retcode == 10009
    assert ledger.order_send(OrderRequest(action="close", position=1)).retcode == 10009
    assert ledger.positions() == []


def test_hedging_keeps_both_sides() -> None:
    ledger = account(market())
    ledger.order_send(market_order("buy", 0.1))
    ledger.order_send(market_order("sell", 0.1))
    assert [position.side for position in ledger.positions()] == ["buy", "sell"]


def test_stops_are_set_changed_and_removed() -> None:
    ledger = account(market())
    ticket = ledger.order_send(market_order("buy", 0.1)).order
    result = ledger.order_send(OrderRequest(action="sltp", position=ticket, sl=1.080004, tp=1.2))
    assert (result.retcode, result.deal) == (10009, 0)
    assert [(p.sl, p.tp) for p in ledger.positions()] == [(1.08, 1.2)]
    assert ledger.order_send(OrderRequest(action="sltp", position=ticket, sl=1.08, tp=1.2)).retcode == 10025
    # Sending only one of them removes the other; 0 removes as well.
    ledger.order_send(OrderRequest(action="sltp", position=ticket, sl=0, tp=1.3))
    assert [(p.sl, p.tp) for p in ledger.positions()] == [(None, 1.3)]


@pytest.mark.parametrize(
    ("order", "code"),
    [
        (OrderRequest(action="deal", symbol="EURUSD", volume=0.1), retcodes.INVALID),
        (OrderRequest(action="deal", side="buy", volume=0.1), retcodes.INVALID),
        (market_order("buy", 0.1, "EURCHF"), retcodes.INVALID),
        (market_order("buy", 0.1, magic=-1), retcodes.INVALID),
        (market_order("buy", 0.1, magic=BIG), retcodes.INVALID),
        (OrderRequest(action="close"), retcodes.INVALID),
        (OrderRequest(action="sltp", symbol="EURUSD", sl=1.0), retcodes.INVALID),
        (OrderRequest(action="close", position=1, symbol="GBPUSD"), retcodes.INVALID),
        (
            OrderRequest(action="deal", symbol="EURUSD", side="buy", volume=0.1, position=1),
            retcodes.INVALID,
        ),
        (market_order("buy", 0.0), retcodes.INVALID_VOLUME),
        (market_order("buy", -0.1), retcodes.INVALID_VOLUME),
        (market_order("buy", 0.015), retcodes.INVALID_VOLUME),
        (market_order("buy", 100.01), retcodes.INVALID_VOLUME),
        (market_order("buy", math.nan), retcodes.INVALID_VOLUME),
        (market_order("buy", math.inf), retcodes.INVALID_VOLUME),
        (OrderRequest(action="close", position=1, volume=0.005), retcodes.INVALID_VOLUME),
        (OrderRequest(action="close", position=1, volume=math.nan), retcodes.INVALID_VOLUME),
        (market_order("buy", 0.1, sl=1.092), retcodes.INVALID_STOPS),
        (market_order("buy", 0.1, sl=1.09128), retcodes.INVALID_STOPS),
        (market_order("buy", 0.1, tp=1.09146), retcodes.INVALID_STOPS),
        (market_order("sell", 0.1, sl=1.09161), retcodes.INVALID_STOPS),
        (market_order("sell", 0.1, tp=1.09143), retcodes.INVALID_STOPS),
        (market_order("sell", 0.1, tp=-1.0), retcodes.INVALID_STOPS),
        (market_order("sell", 0.1, sl=math.nan), retcodes.INVALID_STOPS),
        (market_order("sell", 0.1, sl=math.inf), retcodes.INVALID_STOPS),
        (market_order("sell", 0.1, tp=1e-9), retcodes.INVALID_STOPS),
        (OrderRequest(action="sltp", position=1, sl=2.0), retcodes.INVALID_STOPS),
        (OrderRequest(action="close", position=1, volume=0.6), retcodes.INVALID_CLOSE_VOLUME),
        (OrderRequest(action="close", position=99), retcodes.POSITION_CLOSED),
        (OrderRequest(action="close", position=99, symbol="EURUSD"), retcodes.POSITION_CLOSED),
        (OrderRequest(action="sltp", position=BIG, sl=1.0), retcodes.POSITION_CLOSED),
        (market_order("buy", 9.0), retcodes.NO_MONEY),
    ],
)
def test_what_is_refused_changes_nothing(order: OrderRequest, code: int) -> None:
    ledger = account(market())
    assert ledger.order_send(market_order("buy", 0.5)).order == 1
    before = ledger.book, list(ledger.deals)
    result = ledger.order_send(order)
    assert result == OrderResult(retcode=code, comment=retcodes.COMMENTS[code])
    assert (ledger.book, ledger.deals) == before


@pytest.mark.parametrize(("side", "sl", "tp"), [("buy", 1.09127, 1.09147), ("sell", 1.09162, 1.09142)])
def test_a_level_may_be_exactly_at_the_stops_level(side: str, sl: float, tp: float) -> None:
    order = OrderRequest(
        action="deal", symbol="EURUSD", side="buy" if side == "buy" else "sell", volume=0.1, sl=sl, tp=tp
    )
    assert account(market()).order_send(order).retcode == 10009


@pytest.mark.parametrize(
    ("mode", "buy", "sell"),
    [
        (TRADE_DISABLED, 10017, 10017),
        (TRADE_LONG_ONLY, 10009, 10042),
        (TRADE_SHORT_ONLY, 10043, 10009),
        (TRADE_CLOSE_ONLY, 10044, 10044),
    ],
)
def test_a_symbols_trade_mode_is_kept(mode: int, buy: int, sell: int) -> None:
    quotes = market()
    quotes.specs["EURUSD"] = msgspec.structs.replace(EURUSD, trade_mode=mode)
    ledger = account(quotes)
    assert ledger.order_send(market_order("buy", 0.1)).retcode == buy
    assert ledger.order_send(market_order("sell", 0.1)).retcode == sell


def test_without_a_quote_there_are_off_quotes_and_a_silent_market_is_closed() -> None:
    quotes = market()
    ledger = account(quotes)
    opened = ledger.order_send(market_order("buy", 0.1))
    quotes.advance(MONDAY_MSC + 15 * 60_000)
    assert ledger.order_send(market_order("buy", 0.1)).retcode == 10009
    quotes.advance(MONDAY_MSC + 15 * 60_000 + 1)
    assert ledger.order_send(market_order("buy", 0.1)).retcode == 10018
    assert ledger.order_send(OrderRequest(action="close", position=opened.order)).retcode == 10018
    bare = account(type(quotes)(quotes.specs.values()))
    assert bare.order_send(market_order("buy", 0.1)).retcode == 10021


def test_an_account_without_a_rate_to_its_currency_gets_off_quotes() -> None:
    quotes = type(market())(market().specs.values())
    quotes.apply(Tick("GBPUSD", MONDAY_MSC, 1.2, 1.3))
    assert account(quotes, currency="EUR").order_send(market_order("buy", 0.1, "GBPUSD")).retcode == 10021


def test_positions_and_volumes_are_limited() -> None:
    quotes = market()
    quotes.specs["EURUSD"] = msgspec.structs.replace(EURUSD, volume_limit=0.3)
    ledger = account(quotes)
    ledger.terms = Terms(max_positions=3)
    assert [ledger.order_send(market_order("buy", 0.2)).retcode for _ in range(2)] == [10009, 10034]
    assert [ledger.order_send(market_order("sell", 0.1)).retcode for _ in range(3)] == [10009, 10009, 10040]


def test_a_read_only_account_trades_nothing() -> None:
    ledger = account(market())
    ledger.book = msgspec.structs.replace(ledger.book, trade_allowed=False)
    assert ledger.order_send(market_order("buy", 0.1)).retcode == 10017


def test_a_position_near_its_stop_is_frozen() -> None:
    quotes = market()
    ledger = account(quotes)
    ticket = ledger.order_send(market_order("buy", 0.1, sl=1.091)).order
    quotes.specs["EURUSD"] = msgspec.structs.replace(EURUSD, freeze_level_points=50)
    assert ledger.order_send(OrderRequest(action="close", position=ticket)).retcode == 10029


def test_closing_never_fails_for_money() -> None:
    quotes = market()
    ledger = account(quotes, deposit="1200")
    ticket = ledger.order_send(market_order("buy", 1.0)).order
    quotes.apply(Tick("EURUSD", MONDAY_MSC + 1, 1.07, 1.0701))
    assert ledger.order_send(OrderRequest(action="close", position=ticket)).retcode == 10009
    assert ledger.account().balance < 0


def test_commission_is_charged_in_the_accounts_currency_and_not_on_gold() -> None:
    ledger = account(market(), currency="EUR")
    ledger.order_send(market_order("buy", 1.0))
    ledger.order_send(market_order("buy", 0.1, "XAUUSD"))
    assert [deal.commission for deal in ledger.deals[1:]] == [Decimal("-3.21"), Decimal("0.00")]
