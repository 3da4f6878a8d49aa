"""Margin and account figures, by the numbers that documentation and real accounts show."""

from __future__ import annotations

from decimal import Decimal

import pytest

from metafleet.engine.broker.records import OrderRequest, Side
from metafleet.engine.broker.tests.bench import account, market, market_order


@pytest.mark.parametrize(
    ("symbol", "side", "volume", "margin"),
    [
        ("EURUSD", "buy", 0.1, "109.15"),
        ("EURUSD", "sell", 0.1, "109.14"),
        ("GBPUSD", "buy", 0.1, "122.71"),
        ("USDJPY", "buy", 0.1, "100.00"),
        ("XAUUSD", "buy", 0.1, "200.02"),
    ],
)
def test_margin_of_one_position(symbol: str, side: Side, volume: float, margin: str) -> None:
    ledger = account(market())
    assert ledger.order_send(market_order(side, volume, symbol)).retcode == 10009
    assert ledger.account().margin == Decimal(margin)


def test_margin_in_an_account_of_another_currency() -> None:
    ledger = account(market(), currency="EUR")
    ledger.order_send(market_order("buy", 1.0))
    assert ledger.account().margin == Decimal("1000.00")
    ledger.order_send(market_order("sell", 0.1, "USDJPY"))
    assert ledger.account().margin == Decimal("1000.00") + Decimal("91.63")


def test_margin_is_fixed_when_the_position_opens() -> None:
    quotes = market()
    ledger = account(quotes)
    ledger.order_send(market_order("buy", 0.1))
    quotes.apply(quotes.all()[0].__class__("EURUSD", quotes.now_msc, 1.2, 1.3))
    assert ledger.account().margin == Decimal("109.15")


def test_covered_volume_is_charged_once() -> None:
    ledger = account(market())
    ledger.order_send(market_order("buy", 1.0))
    ledger.order_send(market_order("sell", 1.0))
    assert ledger.account().margin == Decimal("1091.45")
    ledger.order_send(market_order("sell", 0.5))
    # 1.0 covered at the mean of both sides, 0.5 uncovered at the price of the larger, the sells.
    assert ledger.account().margin == Decimal("1637.12")


def test_an_account_shows_its_figures() -> None:
    ledger = account(market())
    ledger.order_send(market_order("buy", 0.5))
    info = ledger.account()
    assert (info.balance, info.profit, info.credit) == (Decimal("9998.25"), Decimal("-7.50"), Decimal("0.00"))
    assert info.equity == Decimal("9990.75")
    assert info.margin_free == info.equity - info.margin
    assert info.margin_level == Decimal("1830.61")
    assert (info.login, info.name, info.server, info.trade_allowed) == (1, "Alice", "metafleet-Paper", True)


def test_an_account_without_positions_has_no_margin_level() -> None:
    info = account(market()).account()
    assert info.margin_level is None
    assert info.margin == Decimal("0.00")
    assert info.equity == info.balance == Decimal("10000.00")


def test_a_yen_profit_is_converted_against_the_client() -> None:
    quotes = market()
    ledger = account(quotes, commission="0")
    opened = ledger.order_send(market_order("sell", 1.0, "USDJPY"))
    (position,) = ledger.positions()
    # 0.010 yen of spread on 100,000: a loss of 1,000 yen, divided by the bid.
    assert position.profit == Decimal("-6.69")
    assert position.price_current == 149.51
    ledger.order_send(OrderRequest(action="close", position=opened.order))
    assert ledger.account().balance == Decimal("9993.31")
