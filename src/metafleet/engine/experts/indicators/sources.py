"""Which price of a bar an indicator is of.

Source: MQL5 reference, "Price Constants" (ENUM_APPLIED_PRICE).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, get_args

from metafleet.engine.experts.indicators.contract import (
    Columns,
    Indicator,
    IndicatorMisdeclared,
    Stepper,
)

if TYPE_CHECKING:
    from metafleet.engine.experts.indicators.contract import Array

Source: TypeAlias = Literal["close", "open", "high", "low", "median", "typical", "weighted"]
"""median: (h + l) / 2; typical: (h + l + c) / 3; weighted: (h + l + 2 c) / 4."""

SOURCES: Final[tuple[str, ...]] = get_args(Source)


def require_source(indicator: Indicator, source: str) -> None:
    """Raise IndicatorMisdeclared for a price that bars do not have."""
    if source not in SOURCES:
        choice = ", ".join(SOURCES)
        raise IndicatorMisdeclared(f"{type(indicator).__name__}: source is {source!r}; there are {choice}")


def prices_of(source: Source, columns: Columns) -> Array:
    """Return this price of each bar, shape (n,)."""
    match source:
        case "close":
            return columns.close
        case "open":
            return columns.open
        case "high":
            return columns.high
        case "low":
            return columns.low
        case _:
            prices: Array = _MADE[source](columns.high, columns.low, columns.close)
            return prices


def price_from(source: Source) -> Callable[[float, float, float, float], float]:
    """Return what takes open, high, low and close of a bar and returns this price."""
    # One function for each, because a choice made in it would be paid at each bar.
    match source:
        case "close":
            return lambda _open, _high, _low, close: close
        case "open":
            return lambda open_, _high, _low, _close: open_
        case "high":
            return lambda _open, high, _low, _close: high
        case "low":
            return lambda _open, _high, low, _close: low
        case _:
            make = _MADE[source]
            return lambda _open, high, low, close: make(high, low, close)


def fed_by(source: Source, feed: Callable[[float], float | tuple[float, ...]]) -> Stepper:
    """Return the stepper that feeds this price of each bar to `feed`."""
    if source == "close":  # the usual one, a call quicker
        return Stepper(lambda _open, _high, _low, close, _volume: feed(close))
    price = price_from(source)
    return Stepper(lambda open_, high, low, close, _volume: feed(price(open_, high, low, close)))


# Of floats and of arrays alike, so that both ways are the same sums in the same order.


def _median(high: Any, low: Any, _close: Any) -> Any:
    return (high + low) / 2.0


def _typical(high: Any, low: Any, close: Any) -> Any:
    return (high + low + close) / 3.0


def _weighted(high: Any, low: Any, close: Any) -> Any:
    return (high + low + close + close) / 4.0


_MADE: Final[dict[str, Callable[[Any, Any, Any], Any]]] = {
    "median": _median,
    "typical": _typical,
    "weighted": _weighted,
}
