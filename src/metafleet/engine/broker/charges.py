"""What the broker takes for a deal, beside the spread: commissions and fees, as data.

Source: MetaTrader's commission settings of a group of accounts: money a lot, money a deal, or a share of
the turnover, charged at the entry or at entry and exit.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Final, Literal

import msgspec

from metafleet.engine.broker.conversion import convert
from metafleet.engine.broker.formulas import turnover
from metafleet.engine.broker.money import ZERO, exact, rounded
from metafleet.engine.broker.quotes import Quotes
from metafleet.engine.market.symbols import CALC_FOREX, CALC_FOREX_NO_LEVERAGE, SymbolSpec

COMMISSION_CURRENCY: Final = "USD"
"""Of the demo's commission."""


class Charge(msgspec.Struct, frozen=True, kw_only=True):
    """One commission or fee. amount: of `currency` a lot or a deal, or percent of the turnover.

    at_exit: whether what closes is charged like what opens. calc_modes: of the symbols concerned, () for all.
    """

    amount: Decimal
    per: Literal["lot", "deal", "turnover"] = "lot"
    currency: str = COMMISSION_CURRENCY
    at_exit: bool = True
    calc_modes: tuple[int, ...] = ()


class Execution(msgspec.Struct, frozen=True):
    """What a charge is reckoned from. opened: as many of the lots as opened something."""

    spec: SymbolSpec
    volume: float
    opened: float
    price: float


def forex_commission(amount: Decimal, currency: str = COMMISSION_CURRENCY) -> tuple[Charge, ...]:
    """Return the commission of an account with raw spreads: money a lot and side, on currency pairs only."""
    pairs = (CALC_FOREX, CALC_FOREX_NO_LEVERAGE)
    return (Charge(amount=amount, currency=currency, calc_modes=pairs),) if amount else ()


def charged(charges: Iterable[Charge], done: Execution, currency: str, quotes: Quotes) -> Decimal:
    """Return what a deal is charged, zero or negative, as the account's currency is booked. Raises NoRate."""
    total = sum((_amount(charge, done, currency, quotes) for charge in charges), ZERO)
    return rounded(total, currency) if total else ZERO


def _amount(charge: Charge, done: Execution, currency: str, quotes: Quotes) -> Decimal:
    lots = done.volume if charge.at_exit else done.opened
    if not lots or (charge.calc_modes and done.spec.calc_mode not in charge.calc_modes):
        return ZERO
    if charge.per == "turnover":
        traded = turnover(done.spec, done.price) * exact(lots)
        return convert(-charge.amount / 100 * traded, done.spec.currency_profit, currency, quotes)
    times = exact(lots) if charge.per == "lot" else 1
    return convert(-charge.amount * times, charge.currency, currency, quotes)
