"""Profit and margin between currencies, always against the client."""

from __future__ import annotations

from decimal import Decimal

import pytest

from metafleet.engine.broker.conversion import NoRate, convert, margin_rate, rate_path
from metafleet.engine.broker.quotes import Quotes
from metafleet.engine.broker.tests.bench import market
from metafleet.engine.market.records import Tick
from metafleet.engine.market.symbols import SYMBOLS


@pytest.mark.parametrize(
    ("amount", "currency", "target", "expected"),
    [
        # EURUSD 1.09137/1.09152, deposit EUR: one tick of one lot, as real symbol data shows it.
        ("1", "USD", "EUR", "0.9161536"),
        ("-1", "USD", "EUR", "-0.9162795"),
        ("100", "EUR", "USD", "109.137"),
        ("-100", "EUR", "USD", "-109.152"),
        ("1000", "JPY", "USD", "6.6885158"),
        ("-1000", "JPY", "USD", "-6.6889632"),
        # Through USD: both steps against the client.
        ("1000", "JPY", "EUR", "6.1277080"),
        ("-1000", "JPY", "EUR", "-6.1289601"),
        ("5", "USD", "USD", "5"),
    ],
)
def test_gains_are_worth_little_and_losses_much(
    amount: str, currency: str, target: str, expected: str
) -> None:
    converted = convert(Decimal(amount), currency, target, market())
    assert round(converted, 7) == Decimal(expected)


def test_margin_is_priced_at_the_orders_side() -> None:
    quotes = market()
    assert margin_rate("EUR", "USD", "ask", quotes) == Decimal("1.09152")
    assert margin_rate("EUR", "USD", "bid", quotes) == Decimal("1.09137")
    assert round(margin_rate("USD", "JPY", "ask", quotes), 3) == Decimal("149.510")
    assert round(margin_rate("EUR", "JPY", "bid", quotes), 4) == Decimal("163.1598")


def test_without_a_quoted_pair_there_is_no_rate() -> None:
    quotes = Quotes(SYMBOLS.values())
    quotes.apply(Tick("GBPUSD", 0, 1.2, 1.3))
    with pytest.raises(NoRate, match="EUR"):
        convert(Decimal(1), "GBP", "EUR", quotes)
    with pytest.raises(NoRate):
        margin_rate("EUR", "USD", "ask", quotes)
    with pytest.raises(NoRate):
        rate_path("JPY", "GBP", quotes)
