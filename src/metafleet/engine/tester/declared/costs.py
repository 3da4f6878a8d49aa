"""What trades of one volume cost and make, in whole cents, by the broker's own formulas."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from metafleet.engine.broker.book import Terms
from metafleet.engine.broker.charges import Execution, charged
from metafleet.engine.broker.conversion import NoRate, rate_path
from metafleet.engine.broker.formulas import held_margin, money_per_price
from metafleet.engine.broker.money import currency_digits, exact, rounded
from metafleet.engine.broker.quotes import Quotes, RatePath
from metafleet.engine.broker.rollover import charged_days, nights
from metafleet.engine.market.symbols import SWAP_CURRENCY_DEPOSIT, SWAP_DISABLED, SWAP_POINTS, SymbolSpec
from metafleet.engine.tester.declared.reel import Reel, Unfit

_ROOM: Final = 1.25
"""Equity never comes nearer than that to the margin, and so neither to "no money" nor to a stop-out."""

_SIXTH: Final = Decimal("0.000001")
_MOST: Final = 1 << 62


class Costs(msgspec.Struct, frozen=True):
    """A cent is the smallest unit of the account's currency. charge_in, charge_out: cents of a deal.

    numerator / denominator: cents that a point makes, or, `is_divided`, that / the price in points.
    swaps: (2, nights) cents, of longs and shorts. point_cents: the most that a point can make. keep_cents:
    what equity has to keep. nights_cents: the most that nights can cost.
    """

    unit: int
    charge_in: int
    charge_out: int
    numerator: int
    denominator: int
    is_divided: bool
    swaps: NDArray[np.int64]
    point_cents: float
    keep_cents: float
    nights_cents: float


class Account(msgspec.Struct, frozen=True):
    """Whose costs they are."""

    spec: SymbolSpec
    terms: Terms
    quotes: Quotes
    currency: str
    leverage: int

    @property
    def unit(self) -> int:
        """Cents in one of the currency."""
        digits: int = currency_digits(self.currency)
        return int(10**digits)

    def margin(self, side: int, price: float, volume: float) -> Decimal:
        """Return what is held for a position, as `valuation.used_margin` of a book that has no other."""
        return rounded(exact(volume) * self.margin_per_lot(side, price), self.currency)

    def margin_per_lot(self, side: int, price: float) -> Decimal:
        """Return what a lot that was opened at this price holds, as `valuation.margin_per_lot`."""
        amount = held_margin(self.spec, 0 if side > 0 else 1, price, self.leverage)
        for _, divides in own_path(self.spec.currency_margin, self):
            # At the entry's own side: a buy's ask, a sell's bid.
            amount = amount / exact(price) if divides else amount * exact(price)
        return amount.quantize(_SIXTH)


def costs_of(account: Account, volume: float, reel: Reel) -> Costs:
    """Return the costs of trades of so many lots. Raises Unfit."""
    spec, unit = account.spec, account.unit
    is_divided = _is_divided(account)
    made = Fraction(money_per_price(spec)) * Fraction(exact(volume)) * unit / 10**spec.digits
    if is_divided:
        made *= 10**spec.digits
    swaps = _swaps(account, volume, reel, is_divided=is_divided)
    point_cents = float(made) / (reel.lowest if is_divided else 1)
    top, floor = (points / 10**spec.digits for points in (reel.highest, reel.lowest))
    margin = max(float(account.margin(side, price, volume)) for side in (1, -1) for price in (top, floor))
    if 4 * reel.highest * max(made.numerator, made.denominator) > _MOST or not made:
        raise Unfit("its amounts are too large")
    into, out = (_charge(account, Execution(spec, volume, opened, top)) for opened in (volume, 0.0))
    return Costs(
        unit=unit,
        charge_in=into,
        charge_out=out,
        numerator=made.numerator,
        denominator=made.denominator,
        is_divided=is_divided,
        swaps=swaps,
        point_cents=point_cents,
        keep_cents=margin * unit * _ROOM + unit,
        nights_cents=float(-np.minimum(swaps, 0).sum(axis=1).min() - min(into + out, 0)),
    )


def own_path(currency: str, account: Account) -> RatePath:
    """Return the way from a currency to the account's by the tested symbol alone. Raises Unfit."""
    try:
        path = rate_path(currency, account.currency, account.quotes)
    except NoRate as missing:
        raise Unfit(str(missing)) from missing
    if len(path) > 1 or any(pair != account.spec.name for pair, _ in path):
        raise Unfit("another symbol converts its results")
    return path


def _is_divided(account: Account) -> bool:
    path = own_path(account.spec.currency_profit, account)
    if path and not path[0][1]:
        raise Unfit("its own price multiplies its results")
    return bool(path)


def _charge(account: Account, done: Execution) -> int:
    charges = [
        each
        for each in account.terms.commissions
        if not each.calc_modes or account.spec.calc_mode in each.calc_modes
    ]
    if any(each.per == "turnover" or each.currency != account.currency for each in charges):
        raise Unfit("its commission hangs on prices")
    return int(charged(charges, done, account.currency, account.quotes) * account.unit)


def _swaps(account: Account, volume: float, reel: Reel, *, is_divided: bool) -> NDArray[np.int64]:
    """Return what each night costs, as `rollover.roll_over` charges it at the first tick after it."""
    spec = account.spec
    swaps = np.zeros((2, len(reel.days)), np.int64)
    if spec.swap_mode == SWAP_DISABLED:
        return swaps
    if spec.swap_mode not in (SWAP_POINTS, SWAP_CURRENCY_DEPOSIT):
        raise Unfit("its swap hangs on prices")
    a_point = exact(spec.point) * exact(spec.contract_size) if spec.swap_mode == SWAP_POINTS else Decimal(1)
    converts = is_divided and spec.swap_mode == SWAP_POINTS
    bids = reel.opens[reel.nights_at]
    asks = bids + reel.spreads[reel.nights_at]
    times, scale, days = charged_days(spec), 10**spec.digits, reel.days.tolist()
    counted = [nights(before, day, times) for before, day in pairwise(days)]
    for row, rate in enumerate((exact(spec.swap_long), exact(spec.swap_short))):
        known: dict[tuple[Decimal, int], int] = {}
        prices = (asks if rate >= 0 else bids)[1:].tolist() if converts else [scale] * len(counted)
        for place, key in enumerate(zip(counted, prices, strict=True), 1):
            if key not in known:
                amount = rate * key[0] * a_point * exact(volume) / (Decimal(key[1]) / scale)
                known[key] = int(rounded(amount, account.currency) * account.unit)
            swaps[row, place] = known[key]
    return swaps
