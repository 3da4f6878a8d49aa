"""Margin and profit in each calculation mode, worked out by hand from the documentation's formulas.

Sources, named at the cases: MQL5 documentation, SYMBOL_CALC_MODE and SYMBOL_MARGIN_*; MetaTrader 5 help,
"Margin calculation: retail forex, futures" and "exchange model".
"""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metafleet.engine.broker.conversion import NoRate, convert
from metafleet.engine.broker.money import currency_digits, rounded
from metafleet.engine.broker.quotes import Quotes
from metafleet.engine.broker.tests.bench import MONDAY_MSC, market
from metafleet.engine.broker.valuation import calc_margin, calc_profit, margin_per_lot, tick_values
from metafleet.engine.market import symbols
from metafleet.engine.market.records import Tick
from metafleet.engine.market.symbols import EURUSD, GBPUSD, SYMBOLS, USDJPY, XAUUSD, SymbolSpec

BUY, SELL, BUY_LIMIT = 0, 1, 2

EURJPY = msgspec.structs.replace(USDJPY, name="EURJPY", currency_base="EUR", currency_margin="EUR")
INDEX = msgspec.structs.replace(
    XAUUSD,
    name="US500",
    calc_mode=symbols.CALC_CFD_INDEX,
    contract_size=10.0,
    tick_size=0.25,
    tick_value=0.5,
    currency_base="USD",
)
FUTURE = msgspec.structs.replace(
    INDEX,
    name="ESZ8",
    calc_mode=symbols.CALC_FUTURES,
    contract_size=1.0,
    tick_value=12.5,
    margin_initial=5000.0,
)
STOCK = msgspec.structs.replace(
    XAUUSD, name="SHARE", calc_mode=symbols.CALC_EXCHANGE_STOCKS, contract_size=1.0, currency_base="USD"
)
BOND = msgspec.structs.replace(
    STOCK, name="BOND", calc_mode=symbols.CALC_EXCHANGE_BONDS, face_value=1000.0, accrued_interest=12.0
)
COLLATERAL = msgspec.structs.replace(STOCK, calc_mode=symbols.CALC_COLLATERAL, liquidity_rate=0.8)


def like(spec: SymbolSpec, **changed: object) -> SymbolSpec:
    return msgspec.structs.replace(spec, **changed)


@pytest.mark.parametrize(
    ("spec", "volume", "price", "expected"),
    [
        # MQL5 documentation, SYMBOL_CALC_MODE_FOREX: lots x contract / leverage; 10,000 EUR / 100 at 1.09152.
        (EURUSD, 0.1, 1.09152, "109.15"),
        # FOREX_NO_LEVERAGE: lots x contract; 10,000 EUR at 1.09152.
        (like(EURUSD, calc_mode=symbols.CALC_FOREX_NO_LEVERAGE), 0.1, 1.09152, "10915.20"),
        # FUTURES: lots x initial margin.
        (FUTURE, 2.0, 2800.0, "10000.00"),
        # CFD: lots x contract x price; 0.5 x 100 x 2000.20.
        (like(XAUUSD, calc_mode=symbols.CALC_CFD), 0.5, 2000.2, "100010.00"),
        # CFDINDEX: lots x contract x price x tick value / tick size; 1 x 10 x 2800 x 0.5 / 0.25.
        (INDEX, 1.0, 2800.0, "56000.00"),
        # CFDLEVERAGE: lots x contract x price / leverage.
        (XAUUSD, 0.1, 2000.2, "200.02"),
        # EXCH_STOCKS and its MOEX twin: lots x contract x price.
        (STOCK, 30.0, 41.5, "1245.00"),
        (like(STOCK, calc_mode=symbols.CALC_EXCHANGE_STOCKS_MOEX), 30.0, 41.5, "1245.00"),
        # EXCH_FUTURES and options: lots x initial margin.
        (like(FUTURE, calc_mode=symbols.CALC_EXCHANGE_FUTURES), 1.0, 2800.0, "5000.00"),
        (like(FUTURE, calc_mode=symbols.CALC_EXCHANGE_OPTIONS), 1.0, 2800.0, "5000.00"),
        (like(FUTURE, calc_mode=symbols.CALC_EXCHANGE_OPTIONS_MARGIN), 3.0, 2800.0, "15000.00"),
        # EXCH_BONDS: lots x contract x face value x price / 100; 2 x 1 x 1000 x 98.5 / 100.
        (BOND, 2.0, 98.5, "1970.00"),
        (like(BOND, calc_mode=symbols.CALC_EXCHANGE_BONDS_MOEX), 2.0, 98.5, "1970.00"),
        # SERV_COLLATERAL: it holds no margin.
        (COLLATERAL, 10.0, 41.5, "0.00"),
        # MetaTrader 5 help, "fixed margin": money a lot of the margin currency, here 1,500 EUR at 1.09152.
        (like(EURUSD, margin_initial=1500.0), 0.1, 1.09152, "163.73"),
        # "Margin ratio": 200 % for buys.
        (like(EURUSD, margin_rates=(2.0, 1.0, 0.5, 0, 0, 0, 0, 0)), 0.1, 1.09152, "218.30"),
    ],
)
def test_margin_of_a_buy_in_each_mode(spec: SymbolSpec, volume: float, price: float, expected: str) -> None:
    assert calc_margin(BUY, spec, volume, price, 100, "USD", market()) == Decimal(expected)


def test_margins_of_the_documentations_examples() -> None:
    """MetaTrader 5 help, margin calculation, an account of USD at 1:100, 0.1 lot of each pair."""
    quotes = Quotes([*SYMBOLS.values(), EURJPY])
    for name, price in (("EURUSD", 1.09900), ("GBPUSD", 1.22700), ("USDJPY", 149.5), ("EURJPY", 164.3)):
        quotes.apply(Tick(name, MONDAY_MSC, price, price))
    held = [
        calc_margin(BUY, spec, 0.1, float(quotes.exact(spec.name)[1]), 100, "USD", quotes)
        for spec in (EURUSD, GBPUSD, USDJPY, EURJPY)
    ]
    assert held == [Decimal("109.90"), Decimal("122.70"), Decimal("100.00"), Decimal("109.90")]


def test_a_pending_order_reserves_by_its_own_rate() -> None:
    quotes = market()
    assert calc_margin(BUY_LIMIT, EURUSD, 1.0, 1.08, 100, "USD", quotes) == Decimal("0.00")
    half = like(EURUSD, margin_rates=(1.0, 1.0, 0.5, 0, 0, 0, 0, 0))
    assert calc_margin(BUY_LIMIT, half, 1.0, 1.08, 100, "USD", quotes) == Decimal("545.76")


def test_what_is_open_holds_the_maintenance_margin() -> None:
    """MQL5 documentation, SYMBOL_MARGIN_MAINTENANCE: charged instead of the initial margin once open."""
    quotes = market()
    spec = like(FUTURE, margin_maintenance=4000.0)
    assert calc_margin(BUY, spec, 1.0, 2800.0, 100, "USD", quotes) == Decimal("5000.00")
    assert margin_per_lot(spec, "buy", 2800.0, 100, "USD", quotes) == Decimal(4000)
    spec = like(spec, margin_rates=(2.0, 3.0, 0, 0, 0, 0, 0, 0), maintenance_rates=(1.5, 0.0))
    assert margin_per_lot(spec, "buy", 2800.0, 100, "USD", quotes) == Decimal(6000)
    assert margin_per_lot(spec, "sell", 2800.0, 100, "USD", quotes) == Decimal(12000)


@pytest.mark.parametrize(
    ("spec", "volume", "opened", "closed", "expected"),
    [
        # MQL5 documentation, SYMBOL_CALC_MODE_FOREX: (close - open) x contract x lots.
        (EURUSD, 0.1, 1.09152, 1.09652, "50.00"),
        (like(EURUSD, calc_mode=symbols.CALC_FOREX_NO_LEVERAGE), 0.1, 1.09152, 1.09652, "50.00"),
        # 0.5 yen x 100,000 = 50,000 JPY, divided by the ask 149.510.
        (USDJPY, 1.0, 149.0, 149.5, "334.43"),
        (XAUUSD, 0.3, 2000.2, 2001.1, "27.00"),
        (like(XAUUSD, calc_mode=symbols.CALC_CFD), 0.3, 2000.2, 2001.1, "27.00"),
        # CFDINDEX: by the contract, 2.5 x 10 x 2.
        (INDEX, 2.0, 2800.0, 2802.5, "50.00"),
        # FUTURES: (close - open) x tick value / tick size x lots; 10 ticks of 12.50, twice.
        (FUTURE, 2.0, 2800.0, 2802.5, "250.00"),
        (like(FUTURE, calc_mode=symbols.CALC_EXCHANGE_FUTURES), 2.0, 2800.0, 2802.5, "250.00"),
        (like(FUTURE, calc_mode=symbols.CALC_EXCHANGE_OPTIONS), 2.0, 2800.0, 2802.5, "250.00"),
        (STOCK, 30.0, 41.5, 42.1, "18.00"),
        # EXCH_BONDS: close x face value x contract x lots + accrued interest, minus the same at the opening.
        (BOND, 2.0, 98.5, 98.75, "500.00"),
        (COLLATERAL, 30.0, 41.5, 42.1, "0.00"),
    ],
)
def test_profit_in_each_mode(
    spec: SymbolSpec, volume: float, opened: float, closed: float, expected: str
) -> None:
    quotes = market()
    assert calc_profit(BUY, spec, volume, opened, closed, "USD", quotes) == Decimal(expected)
    if spec.currency_profit == "USD":
        assert calc_profit(SELL, spec, volume, opened, closed, "USD", quotes) == -Decimal(expected)


def test_tick_values_are_those_of_real_symbol_data() -> None:
    """Seen in the field: EURUSD 1.09137/1.09152 of an account in EUR."""
    values = tick_values(EURUSD, "EUR", market())
    assert round(values.profit, 7) == Decimal("0.9161536")
    assert round(values.loss, 7) == Decimal("0.9162795")
    assert tick_values(EURUSD, "USD", market()).profit == 1
    assert tick_values(FUTURE, "USD", market()).loss == Decimal("12.5")


def test_without_a_rate_nothing_is_reckoned() -> None:
    quotes = Quotes([*SYMBOLS.values(), EURJPY])
    with pytest.raises(NoRate):
        calc_margin(BUY, EURUSD, 1.0, 1.09, 100, "USD", quotes)
    with pytest.raises(NoRate):
        tick_values(EURJPY, "USD", quotes)


def test_yen_have_no_decimals() -> None:
    assert (currency_digits("JPY"), currency_digits("USD")) == (0, 2)
    assert rounded(Decimal("-149.5"), "JPY") == -150
    assert calc_profit(BUY, EURUSD, 0.01, 1.09, 1.09033, "JPY", market()) == Decimal(49)
    assert calc_margin(BUY, EURUSD, 0.01, 1.09152, 100, "JPY", market()) == Decimal(1632)


def test_a_pair_is_found_by_its_currencies_whatever_follows_its_name() -> None:
    quotes = Quotes([like(EURUSD, name="EURUSD.m"), GBPUSD])
    quotes.apply(Tick("EURUSD.m", MONDAY_MSC, 1.1, 1.2))
    assert convert(Decimal(1), "EUR", "USD", quotes) == Decimal("1.1")


prices = st.integers(50_000, 200_000).map(lambda points: points / 100_000)


@given(
    st.decimals(1, 1_000_000, places=2),
    st.sampled_from(["EUR", "GBP", "JPY", "USD"]),
    st.sampled_from(["EUR", "GBP", "JPY", "USD"]),
    prices,
    st.integers(0, 50),
)
def test_money_that_goes_there_and_back_never_gains(
    amount: Decimal, currency: str, target: str, price: float, spread: int
) -> None:
    quotes = market()
    quotes.apply(Tick("EURUSD", MONDAY_MSC, price, round(price + spread / 100_000, 5)))
    there = convert(amount, currency, target, quotes)
    assert convert(there, target, currency, quotes) <= amount * (1 + Decimal("1e-24"))
    assert -convert(-amount, currency, target, quotes) >= there


@given(st.sampled_from(list(SYMBOLS.values())), st.integers(1, 5_000), prices, st.integers(1, 1_000))
def test_margin_is_never_negative_and_grows_with_the_volume(
    spec: SymbolSpec, hundredths: int, price: float, leverage: int
) -> None:
    quotes = market()
    small, large = (
        calc_margin(BUY, spec, lots / 100, price, leverage, "EUR", quotes)
        for lots in (hundredths, hundredths + 1)
    )
    assert 0 <= small <= large
