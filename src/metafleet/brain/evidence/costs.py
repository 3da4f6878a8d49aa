"""What trading a bar's signal costs: spread, commission and swap, as shares of the price in basis points.

Approximations, which a card repeats: the spread is that of the bar that is entered on, paid once; a swap is
charged at the price of the entry; commission is reckoned at the mean price.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from metafleet.engine.market.symbols import (
    CALC_FOREX,
    CALC_FOREX_NO_LEVERAGE,
    SWAP_DISABLED,
    SWAP_INTEREST_CURRENT,
    SWAP_INTEREST_OPEN,
    SWAP_POINTS,
    SymbolSpec,
)

BPS: Final = 1e4
DAY_S: Final = 86_400
COMMISSION: Final = 3.5
"""US dollars a lot and side: the broker's, `engine.broker.book`."""

_DAYS_A_YEAR: Final = 360

Column = NDArray[np.float64]


class CostTerms(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What trades are charged.

    spread_points: instead of the bars' own. commission: US dollars a lot and side, on currency pairs only.
    with_swaps: whether nights count.
    """

    spread_points: int | None = None
    commission: float = COMMISSION
    with_swaps: bool = True


class Costs(msgspec.Struct, frozen=True, kw_only=True):
    """Costs of one symbol's bars, in basis points. spread: shape (bars,), of an entry on that bar.

    swap_long, swap_short: of one night, less than 0 where it is paid. nights: shape (days + 1,), nights
    charged from first_day (days since 1970) to that day. notes: what could not be said exactly.
    """

    spread: Column
    commission: float
    swap_long: float
    swap_short: float
    nights: Column
    first_day: int
    notes: tuple[str, ...]

    def nights_between(self, entered_s: NDArray[np.int64], left_s: NDArray[np.int64]) -> Column:
        """Return how many nights are charged from the entry to the exit; a midweek one counts three times."""
        days = [times // DAY_S - self.first_day for times in (entered_s, left_s)]
        return self.nights[days[1]] - self.nights[days[0]]


def costs_of(rates: NDArray[Any], spec: SymbolSpec, terms: CostTerms, dollars: Mapping[str, float]) -> Costs:
    """Return the costs of a symbol. dollars: what currencies are worth in US dollars, where known."""
    prices = rates["open"].astype(np.float64)
    points = (
        rates["spread"].astype(np.float64)
        if terms.spread_points is None
        else np.full(len(rates), float(terms.spread_points))
    )
    price = float(prices.mean())
    commission, notes = _commission(spec, terms, price, dollars)
    long, short, swap_notes = _swaps(spec, price) if terms.with_swaps else (0.0, 0.0, ())
    first, last = int(rates["time"][0]) // DAY_S, int(rates["time"][-1]) // DAY_S
    charged = np.array([_times(spec, day) for day in range(first, last + 1)])
    return Costs(
        spread=BPS * points * spec.point / prices,
        commission=commission,
        swap_long=long,
        swap_short=short,
        nights=np.concatenate(([0.0], np.cumsum(charged))),
        first_day=first,
        notes=(*notes, *swap_notes),
    )


def _commission(
    spec: SymbolSpec, terms: CostTerms, price: float, dollars: Mapping[str, float]
) -> tuple[float, tuple[str, ...]]:
    if not terms.commission or spec.calc_mode not in (CALC_FOREX, CALC_FOREX_NO_LEVERAGE):
        return 0.0, ()
    base, profit = spec.currency_base, spec.currency_profit
    rate = 1.0 if base == "USD" else price if profit == "USD" else dollars.get(base)
    if rate is None:
        note = f"{spec.name}: commission as if a {base} were a US dollar; its rate is not among the bars."
        return BPS * 2 * terms.commission / spec.contract_size, (note,)
    return BPS * 2 * terms.commission / (spec.contract_size * rate), ()


def _swaps(spec: SymbolSpec, price: float) -> tuple[float, float, tuple[str, ...]]:
    if spec.swap_mode == SWAP_POINTS:
        unit = BPS * spec.point / price
        return spec.swap_long * unit, spec.swap_short * unit, ()
    if spec.swap_mode in (SWAP_INTEREST_CURRENT, SWAP_INTEREST_OPEN):
        unit = BPS / 100 / _DAYS_A_YEAR
        return spec.swap_long * unit, spec.swap_short * unit, ()
    if spec.swap_mode == SWAP_DISABLED:
        return 0.0, 0.0, ()
    return 0.0, 0.0, (f"{spec.name}: its swaps are of a kind that is not reckoned here; none were charged.",)


def _times(spec: SymbolSpec, day: int) -> float:
    """Return how often the night that ends this day is charged."""
    weekday = (day + 4) % 7
    if spec.swap_days:
        return spec.swap_days[weekday]
    return 0.0 if weekday in (0, 6) else 3.0 if weekday == spec.swap_rollover3days else 1.0
