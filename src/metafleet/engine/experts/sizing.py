"""How much to trade: volumes from risk, on the symbol's volume grid."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Final

from metafleet.engine.market.symbols import SymbolSpec

_STEP_TOLERANCE: Final = 1e-8
"""Volumes are compared as the broker does: metatrader.md, retcode 10014."""


def normal_volume(lots: float, *, minimum: float, maximum: float, step: float) -> float:
    """Return the largest tradable volume that is not above `lots`, or 0.0 when there is none.

    Tradable is `minimum` plus whole steps, at most `maximum`. All in lots.
    """
    bounded = min(lots, maximum)
    if bounded < minimum - _STEP_TOLERANCE:
        return 0.0
    steps = math.floor((bounded - minimum) / step + _STEP_TOLERANCE)
    return round(minimum + steps * step, 8)


def risk_volume(
    *, equity: float, risk_percent: float, stop_distance: float, tick_size: float, tick_value: float
) -> float:
    """Return the volume that loses `risk_percent` of `equity` over `stop_distance`.

    stop_distance, tick_size: price units; tick_value: account currency that one lot
    gains or loses per tick. Unrounded lots; 0.0 when the distance or the tick is no
    positive number.
    """
    loss_per_lot = stop_distance / tick_size * tick_value if tick_size > 0 else 0.0
    if not loss_per_lot > 0:
        return 0.0
    return max(0.0, equity * risk_percent / 100.0 / loss_per_lot)


def daily_deviation(closes: Sequence[float], bars_a_day: float) -> float:
    """Return how far the price usually moves in a day, in price units, from closes of bars, oldest first.

    The root mean square of the changes from close to close, times the square root of the bars a day: moves
    of a price that has no memory add up by their squares. 0.0 where there are fewer than two closes.
    Source: the square-root-of-time rule; J. P. Morgan, RiskMetrics Technical Document, 1996, 4.2.
    """
    if len(closes) < 2:
        return 0.0
    squares = math.fsum((after - before) ** 2 for before, after in pairwise(closes))
    return math.sqrt(squares / (len(closes) - 1) * bars_a_day)


def tick_value(spec: SymbolSpec, currency: str, price_of: Callable[[str], float | None]) -> float | None:
    """Return what one lot gains per tick in `currency`, or None where no price gives the rate.

    price_of: the price of a symbol such as "EURUSD", None when it is not quoted.
    Source: metatrader.md's tick value, contract size x tick size converted from
    the profit currency, by a direct pair or through USD.
    """
    rate = _rate(spec.currency_profit, currency, price_of)
    return None if rate is None else spec.contract_size * spec.tick_size * rate


def _rate(source: str, target: str, price_of: Callable[[str], float | None]) -> float | None:
    """Units of `target` for one unit of `source`."""
    if source == target:
        return 1.0
    if (price := price_of(source + target)) is not None:
        return price
    if price := price_of(target + source):
        return 1.0 / price
    if "USD" in {source, target}:
        return None
    to_dollar, from_dollar = _rate(source, "USD", price_of), _rate("USD", target, price_of)
    return None if to_dollar is None or from_dollar is None else to_dollar * from_dollar
