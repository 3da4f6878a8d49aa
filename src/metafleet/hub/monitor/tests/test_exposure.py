"""Exposure to the unit: what a lot is, what nets out, and what is said not to be known."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from metafleet.hub.fleet.kill_switch import Lots
from metafleet.hub.monitor import exposure
from metafleet.hub.monitor.exposure import Price
from metafleet.hub.monitor.parties import Party
from metafleet.hub.monitor.rates import Rates
from tests.cast import NOW

PRICES = {
    "EURUSD": Price(Decimal("1.1"), NOW),
    "USDJPY": Price(Decimal(150), NOW),
    "XAUUSD": Price(Decimal(4000), NOW),
    "NAS100": Price(Decimal(20_000), NOW),
}


def a_party(number: int, **others: Any) -> Party:
    facts: dict[str, Any] = {
        "label": f"A{number}", "login": number, "server": "Broker-Live", "currency": "USD",
        "holder": "", "firm": "", "phase": "F1", "group": "", "programme": "", "host": "",
    }  # fmt: skip
    return Party(id=UUID(int=number), **(facts | others))


def lots(number: int, symbol: str, side: str, volume: str) -> Lots:
    return Lots(UUID(int=number), None, symbol, side, 1, Decimal(volume), Decimal(0))


def said(row: Any, *names: str) -> tuple[Any, ...]:
    return tuple(getattr(row, name) for name in names)


def amounts(found: exposure.Exposure | exposure.Part) -> dict[str, tuple[Any, Any]]:
    return {one.currency: (one.amount, one.value) for one in found.currencies}


def test_a_lot_of_euros_is_bought_with_dollars() -> None:
    found = exposure.add_up([a_party(1)], [lots(1, "EURUSD", "buy", "1")], PRICES, money="USD", by="group")
    assert amounts(found) == {"EUR": (100_000, 110_000), "USD": (-110_000, -110_000)}
    (row,) = found.symbols
    assert said(row, "long_lots", "short_lots", "value") == (1, 0, 110_000)


def test_longs_and_shorts_of_all_accounts_net_out() -> None:
    held = [lots(1, "EURUSD", "buy", "1"), lots(2, "EURUSD", "sell", "0.4"), lots(2, "USDJPY", "sell", "2")]
    among = [a_party(1, group="Wave"), a_party(2)]
    found = exposure.add_up(among, held, PRICES, money="USD", by="group")
    assert amounts(found) == {
        "EUR": (60_000, 66_000),
        "USD": (-66_000 - 200_000, -266_000),
        "JPY": (30_000_000, 200_000),
    }
    yen, euro = found.symbols
    assert said(yen, "symbol", "value") == ("USDJPY", -200_000)
    assert said(euro, "symbol", "value") == ("EURUSD", 66_000)
    assert said(euro, "long_accounts", "short_accounts", "positions") == (1, 1, 2)
    assert [said(part, "name", "long", "short", "accounts") for part in found.parts] == [
        ("", 0, 244_000, 1),
        ("Wave", 110_000, 0, 1),
    ]
    assert amounts(found.parts[1]) == {"EUR": (100_000, 110_000), "USD": (-110_000, -110_000)}


def test_it_is_valued_in_any_money_that_prices_lead_to() -> None:
    found = exposure.add_up([a_party(1)], [lots(1, "XAUUSD", "buy", "1.1")], PRICES, money="EUR", by="group")
    assert {name: round(value, 6) for name, (_, value) in amounts(found).items()} == {
        "XAU": 400_000,
        "USD": -400_000,
    }


def test_what_a_lot_is_of_an_unknown_symbol_is_not_guessed() -> None:
    held = [lots(1, "NAS100", "buy", "3"), lots(1, "EURUSD", "sell", "1")]
    found = exposure.add_up([a_party(1)], held, PRICES, money="USD", by="firm")
    assert found.unknown == ["NAS100"]
    assert amounts(found) == {"EUR": (-100_000, -110_000), "USD": (110_000, 110_000)}
    nas = next(row for row in found.symbols if row.symbol == "NAS100")
    assert said(nas, "long_lots", "value") == (3, None)
    assert [said(part, "positions", "long", "short") for part in found.parts] == [(2, 0, 110_000)]


def test_a_lot_of_a_pair_or_a_metal_is_known_and_of_an_index_is_the_brokers_own() -> None:
    held = [lots(1, name, "buy", "1") for name in ("AUDNZD", "XAGUSD", "US30", "BTCUSD")]
    found = exposure.add_up([a_party(1)], held, PRICES, money="USD", by="firm")
    assert found.unknown == ["BTCUSD", "US30"]
    assert {one.currency: one.amount for one in found.currencies} == {"AUD": 100_000, "XAG": 5_000}


def test_a_rate_that_is_missing_is_said() -> None:
    only = {"USDJPY": PRICES["USDJPY"]}
    found = exposure.add_up([a_party(1)], [lots(1, "USDJPY", "buy", "1")], only, money="GBP", by="group")
    assert found.unrated == ["JPY", "USD"]
    assert amounts(found) == {"JPY": (-15_000_000, None), "USD": (100_000, None)}


def test_the_usual_money_is_that_of_most_accounts() -> None:
    moneys = ("USD", "EUR", "EUR", "USD", "CHF")
    among = [a_party(number, currency=money) for number, money in enumerate(moneys)]
    assert exposure.usual_money(among) == "EUR"
    assert exposure.usual_money([]) == "USD"


def test_a_rate_leads_over_a_third_currency_and_back() -> None:
    rates = Rates({symbol: price.value for symbol, price in PRICES.items()})
    assert rates.rate("EUR", "JPY") == 165
    assert rates.rate("CHF", "CHF") == 1
    assert rates.rate("CHF", "USD") is None
    there, back = rates.rate("JPY", "XAU"), rates.rate("XAU", "JPY")
    assert there is not None
    assert back is not None
    assert round(there * back, 12) == 1
