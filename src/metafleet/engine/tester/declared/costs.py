"""What trades of one volume cost and make, in whole cents, by the broker's own formulas."""

from __future__ import annotations

import math
from collections.abc import Sequence
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
_STEP_TOLERANCE: Final = 1e-8


class Costs(msgspec.Struct, frozen=True):
    """A cent is the smallest unit of the account's currency. All but `sizes` are of the smallest volume, of
    which each other one is a multiple.

    volumes: lots of each size, ascending. sizes: (3, n): multiples, cents of a deal that opens, that closes.
    numerator / denominator: cents that a point makes, or, `is_divided`, that / the price in points.
    night_amounts / night_divisors: (2, nights) cents, of longs and shorts. point_cents: the most that a point
    can make. keep_cents: what equity has to keep; floor_cents: whatever the volume.
    """

    unit: int
    volumes: NDArray[np.float64]
    sizes: NDArray[np.int64]
    numerator: int
    denominator: int
    is_divided: bool
    night_amounts: NDArray[np.int64]
    night_divisors: NDArray[np.int64]
    point_cents: float
    keep_cents: float
    floor_cents: float


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


def volumes_of(most: float, spec: SymbolSpec) -> list[float]:
    """Return the volumes that the broker deals up to so many lots, as `sizing` has them. Raises Unfit."""
    most = min(most, spec.volume_max)
    if spec.volume_limit and spec.volume_limit < most:
        raise Unfit("the broker limits what is held of it")
    count = math.floor((most - spec.volume_min) / spec.volume_step + _STEP_TOLERANCE) + 1
    return [round(spec.volume_min + step * spec.volume_step, 8) for step in range(max(count, 0))]


def costs_of(account: Account, volumes: Sequence[float], reel: Reel) -> Costs:
    """Return the costs of trades of each of these volumes. Raises Unfit."""
    spec, unit = account.spec, account.unit
    lots = [Fraction(exact(volume)) for volume in volumes]
    least = Fraction(math.gcd(*(int(each * 10**8) for each in lots)), 10**8)
    if not lots or any((each * 10**8).denominator != 1 for each in lots):
        raise Unfit("the broker deals no such volumes of it")
    is_divided = _is_divided(account)
    made = Fraction(money_per_price(spec)) * least * unit / 10**spec.digits
    if is_divided:
        made *= 10**spec.digits
    top, floor = (points / 10**spec.digits for points in (reel.highest, reel.lowest))
    margin = max(account.margin_per_lot(side, price) for side in (1, -1) for price in (top, floor))
    into = [_charge(account, Execution(spec, volume, volume, top)) for volume in volumes]
    out = [_charge(account, Execution(spec, volume, 0.0, top)) for volume in volumes]
    sizes = np.array([[int(each / least) for each in lots], into, out], np.int64)
    amounts, divisors = _nights(account, least, reel, is_divided=is_divided)
    largest, most = int(sizes[0].max()), int(np.abs(amounts).max(initial=0))
    if (
        not made
        or max(
            4 * reel.highest * max(made.numerator * largest, made.denominator),
            2 * most * largest + 2 * int(divisors.max(initial=1)),
        )
        > _MOST
    ):
        raise Unfit("its amounts are too large")
    return Costs(
        unit=unit,
        volumes=np.array(volumes),
        sizes=sizes,
        numerator=made.numerator,
        denominator=made.denominator,
        is_divided=is_divided,
        night_amounts=amounts,
        night_divisors=divisors,
        point_cents=float(made) / (reel.lowest if is_divided else 1),
        keep_cents=float(margin) * float(least) * unit * _ROOM,
        floor_cents=2.0 * unit - float(np.minimum(sizes[1:], 0).sum(axis=0).min()),
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


def _nights(
    account: Account, least: Fraction, reel: Reel, *, is_divided: bool
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return what each night costs the smallest volume, as fractions of cents before they are rounded: as
    `rollover.roll_over` charges it at the first tick after it."""
    spec = account.spec
    amounts = np.zeros((2, len(reel.days)), np.int64)
    divisors = np.ones_like(amounts)
    if spec.swap_mode == SWAP_DISABLED:
        return amounts, divisors
    if spec.swap_mode not in (SWAP_POINTS, SWAP_CURRENCY_DEPOSIT):
        raise Unfit("its swap hangs on prices")
    a_point = exact(spec.point) * exact(spec.contract_size) if spec.swap_mode == SWAP_POINTS else Decimal(1)
    converts = is_divided and spec.swap_mode == SWAP_POINTS
    bids, asks = reel.opens(reel.nights_at), reel.asks(reel.nights_at)
    times, scale, days = charged_days(spec), 10**spec.digits, reel.days.tolist()
    counted = [nights(before, day, times) for before, day in pairwise(days)]
    for row, rate in enumerate((exact(spec.swap_long), exact(spec.swap_short))):
        a_night = Fraction(rate) * Fraction(a_point) * least * account.unit
        known: dict[tuple[Decimal, int], Fraction] = {}
        prices = (asks if rate >= 0 else bids)[1:].tolist() if converts else [scale] * len(counted)
        for place, key in enumerate(zip(counted, prices, strict=True), 1):
            if key not in known:
                known[key] = a_night * Fraction(key[0]) * scale / key[1]
            found = known[key]
            if max(abs(found.numerator), found.denominator) > _MOST:
                raise Unfit("its amounts are too large")
            amounts[row, place], divisors[row, place] = found.numerator, found.denominator
    return amounts, divisors
