"""Margin and profit of one lot, by the symbol's calculation mode, in the symbol's own currencies.

Source: MetaTrader's documentation of SYMBOL_CALC_MODE. C: contract size, P: price, TV and TS: tick value
and size.

    mode                              margin                 profit when the price rises by one
    FOREX                             C / leverage           C
    FOREX_NO_LEVERAGE                 C                      C
    FUTURES, EXCH_FUTURES, options    margin_initial         TV / TS
    CFD, EXCH_STOCKS                  C x P                  C
    CFDINDEX                          C x P x TV / TS        C
    CFDLEVERAGE                       C x P / leverage       C
    EXCH_BONDS                        C x face x P / 100     C x face
    SERV_COLLATERAL                   none                   none

A margin_initial above 0 takes the formula's place in every mode. Profit is linear in the price in all of
them, so that one number a symbol is enough.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from metafleet.engine.broker.money import exact
from metafleet.engine.market import symbols
from metafleet.engine.market.symbols import SymbolSpec

NOTHING: Final = Decimal(0)

_FUTURES: Final = frozenset(
    {
        symbols.CALC_FUTURES,
        symbols.CALC_EXCHANGE_FUTURES,
        symbols.CALC_EXCHANGE_OPTIONS,
        symbols.CALC_EXCHANGE_OPTIONS_MARGIN,
    }
)
_BONDS: Final = frozenset({symbols.CALC_EXCHANGE_BONDS, symbols.CALC_EXCHANGE_BONDS_MOEX})
_BY_CONTRACT: Final = frozenset({symbols.CALC_FOREX, symbols.CALC_FOREX_NO_LEVERAGE})
_LEVERAGED: Final = frozenset({symbols.CALC_FOREX, symbols.CALC_CFD_LEVERAGE})


def order_margin(spec: SymbolSpec, kind: int, price: float, leverage: int) -> Decimal:
    """Return what an order of one lot reserves, in the margin currency. kind: ORDER_TYPE."""
    if spec.calc_mode == symbols.CALC_COLLATERAL:
        return NOTHING
    rate = exact(spec.margin_rates[kind])
    return rate * (exact(spec.margin_initial) or _by_formula(spec, price, leverage))


def held_margin(spec: SymbolSpec, kind: int, price: float, leverage: int) -> Decimal:
    """Return what an open position of one lot holds, in the margin currency. kind: 0 long, 1 short."""
    if spec.calc_mode == symbols.CALC_COLLATERAL:
        return NOTHING
    rate = exact(spec.maintenance_rates[kind] or spec.margin_rates[kind])
    fixed = spec.margin_maintenance or spec.margin_initial
    return rate * (exact(fixed) if fixed else _by_formula(spec, price, leverage))


def hedged_share(spec: SymbolSpec) -> tuple[Decimal, Decimal]:
    """Return of how much a lot is charged that another one covers, and of how much one that stands alone."""
    if not spec.margin_initial:
        return exact(spec.margin_hedged), exact(spec.contract_size)
    return exact(spec.margin_hedged), exact(spec.margin_maintenance) or exact(spec.margin_initial)


def money_per_price(spec: SymbolSpec) -> Decimal:
    """Return the profit currency that one long lot makes when the price rises by one."""
    contract = exact(spec.contract_size)
    if spec.calc_mode == symbols.CALC_COLLATERAL:
        return NOTHING
    if spec.calc_mode in _BONDS:
        return contract * exact(spec.face_value)
    if spec.calc_mode in _FUTURES and spec.tick_value:
        return exact(spec.tick_value) / exact(spec.tick_size)
    return contract


def turnover(spec: SymbolSpec, price: float) -> Decimal:
    """Return what one lot is traded for at this price, in the profit currency; of bonds, a share of face."""
    value = money_per_price(spec) * exact(price)
    return value / 100 if spec.calc_mode in _BONDS else value


def collateral(spec: SymbolSpec, price: float) -> Decimal:
    """Return what one lot of collateral adds to the account's assets, in the profit currency."""
    return exact(spec.contract_size) * exact(price) * exact(spec.liquidity_rate)


def _by_formula(spec: SymbolSpec, price: float, leverage: int) -> Decimal:
    if spec.calc_mode in _FUTURES:
        return NOTHING
    amount = exact(spec.contract_size)
    if spec.calc_mode not in _BY_CONTRACT:
        amount *= exact(price)
    if spec.calc_mode in _BONDS:
        amount *= exact(spec.face_value) / 100
    if spec.calc_mode == symbols.CALC_CFD_INDEX and spec.tick_value:
        amount *= exact(spec.tick_value) / exact(spec.tick_size)
    return amount / leverage if spec.calc_mode in _LEVERAGED else amount
