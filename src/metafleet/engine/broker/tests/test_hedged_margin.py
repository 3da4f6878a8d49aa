"""Margin of what covers each other, and of what opens, by the documentation's own rules.

Source: MetaTrader 5 help, "Margin calculation for retail forex, hedging": basic calculation and larger leg.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metafleet.engine.broker.quotes import Quotes
from metafleet.engine.broker.tests.bench import MONDAY_MSC, account, market_order
from metafleet.engine.market import symbols
from metafleet.engine.market.records import Tick
from metafleet.engine.market.symbols import EURUSD, SymbolSpec

SHARE = msgspec.structs.replace(
    EURUSD,
    name="SHARE",
    digits=2,
    point=0.01,
    tick_size=0.01,
    contract_size=1.0,
    currency_base="USD",
    currency_margin="USD",
    volume_max=1000.0,
    calc_mode=symbols.CALC_EXCHANGE_STOCKS,
)


def of(spec: SymbolSpec = EURUSD, /, **changed: Any) -> Quotes:
    quotes = Quotes([msgspec.structs.replace(spec, **changed)])
    bid, ask = (1.09137, 1.09152) if spec is EURUSD else (41.5, 41.6)
    quotes.apply(Tick(spec.name, MONDAY_MSC, bid, ask))
    return quotes


@pytest.mark.parametrize(
    ("changed", "bought", "sold", "margin"),
    [
        # Basic: one lot a side costs one lot at the mean of 1091.52 and 1091.37.
        ({}, 1.0, 1.0, "1091.45"),
        # Half of it where margin_hedged is half of the contract, nothing where it is 0.
        ({"margin_hedged": 50_000.0}, 1.0, 1.0, "545.72"),
        ({"margin_hedged": 0.0}, 1.0, 1.0, "0.00"),
        # 1.5 uncovered sold at 1091.37, and 0.5 covered at (0.5 x 1091.52 + 2 x 1091.37) / 2.5 = 1091.40.
        ({}, 0.5, 2.0, "2182.76"),
        ({"margin_hedged": 0.0}, 0.5, 2.0, "1637.06"),
        # Larger leg: 1.5 x 1091.37 sold is more than 1091.52 bought.
        ({"hedged_by_larger_leg": True}, 1.0, 1.5, "1637.06"),
        ({"hedged_by_larger_leg": True}, 1.0, 1.0, "1091.52"),
        # Money a lot: 1,000 EUR for one covered, at the mean rate 1.091445; 1,500 EUR for one alone.
        ({"margin_initial": 1_500.0, "margin_hedged": 1_000.0}, 1.0, 1.0, "1091.45"),
        ({"margin_initial": 1_500.0, "margin_hedged": 1_000.0}, 2.0, 1.0, "2728.75"),
    ],
)
def test_covered_volume_is_charged_once(
    changed: dict[str, Any], bought: float, sold: float, margin: str
) -> None:
    ledger = account(of(**changed), commission="0")
    ledger.order_send(market_order("buy", bought))
    ledger.order_send(market_order("sell", sold))
    assert ledger.account().margin == Decimal(margin)


lots = st.integers(1, 300).map(lambda hundredths: hundredths / 100)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(["buy", "sell"]), lots), min_size=1, max_size=8),
    st.integers(0, 100_000),
    st.booleans(),
)
def test_hedged_margin_is_between_the_uncovered_volume_and_the_sum_of_both_sides(
    orders: list[tuple[str, float]], hedged: int, larger_leg: bool
) -> None:
    ledger = account(
        of(margin_hedged=float(hedged), hedged_by_larger_leg=larger_leg), deposit="1000000", commission="0"
    )
    for side, volume in orders:
        ledger.order_send(market_order("buy" if side == "buy" else "sell", volume))
    sides = {"buy": Decimal(0), "sell": Decimal(0)}
    for held in ledger.book.positions:
        sides[held.side] += Decimal(repr(held.volume))
    uncovered = abs(sides["buy"] - sides["sell"])
    cent = Decimal("0.01")
    margin = ledger.account().margin
    assert uncovered * Decimal("1091.37") - cent <= margin
    assert 0 <= margin <= sides["buy"] * Decimal("1091.52") + sides["sell"] * Decimal("1091.37") + cent


def test_what_opens_needs_the_initial_margin_and_holds_the_maintenance_margin() -> None:
    quotes = of(margin_initial=2_000.0, margin_maintenance=1_000.0)
    assert account(quotes, deposit="2190").order_send(market_order("buy", 1.0)).retcode == 10019
    ledger = account(quotes, deposit="2210")
    assert ledger.order_send(market_order("buy", 1.0)).retcode == 10009
    info = ledger.account()
    assert (info.margin, info.margin_maintenance, info.margin_initial) == (
        Decimal("1091.52"),
        Decimal("1091.52"),
        Decimal("0.00"),
    )


def test_collateral_is_an_asset_and_makes_no_profit() -> None:
    quotes = of(SHARE, calc_mode=symbols.CALC_COLLATERAL, liquidity_rate=0.8)
    ledger = account(quotes)
    ledger.order_send(market_order("buy", 10.0, "SHARE"))
    info = ledger.account()
    assert (info.assets, info.liabilities) == (Decimal(332), Decimal(0))
    assert (info.profit, info.margin) == (Decimal(0), Decimal(0))
    assert info.equity == Decimal("10332.00")
    ledger.order_send(market_order("sell", 5.0, "SHARE"))
    # What is owed counts at the ask: 5 x 41.6 x 0.8.
    assert ledger.account().liabilities == Decimal("166.40")
    assert ledger.account().equity == Decimal("10165.60")


def test_an_account_in_yen_has_whole_yen() -> None:
    quotes = Quotes([EURUSD, symbols.USDJPY])
    quotes.apply(Tick("EURUSD", MONDAY_MSC, 1.09137, 1.09152))
    quotes.apply(Tick("USDJPY", MONDAY_MSC, 149.500, 149.510))
    ledger = account(quotes, currency="JPY", deposit="1000000.40")
    assert ledger.book.balance == 1_000_000
    ledger.order_send(market_order("buy", 0.1))
    info = ledger.account()
    # 0.35 USD at 149.51; 1.50 USD of spread at 149.51; 100 EUR at 1.09152 x 149.51.
    assert [ledger.deals[-1].commission, info.profit, info.margin] == [-52, -224, 16_319]
    assert info.currency_digits == 0


def test_a_hedge_whose_spread_has_eaten_the_money_opens_nothing() -> None:
    quotes = of()
    ledger = account(quotes, deposit="6000", leverage=1_000, commission="0")
    ledger.order_send(market_order("buy", 10.0))
    ledger.order_send(market_order("sell", 10.0))
    ledger.on_tick(Tick("EURUSD", MONDAY_MSC + 1_000, 1.08870, 1.09400))
    # Longs lose 2,820 and shorts 2,630; the margin is 1,091.45.
    assert ledger.account().equity == Decimal("550.00")
    assert ledger.order_send(market_order("buy", 0.01)).retcode == 10019
