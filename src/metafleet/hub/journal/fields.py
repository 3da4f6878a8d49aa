"""One field of an item at a time: a checked value, or a refusal that names the field."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Final

from metafleet.wire import scalars
from metafleet.wire.messages import Number, Time

MONEY_BELOW: Final = 10**12
"""numeric(20,8)"""
PRICE_BELOW: Final = 10**10
"""numeric(18,8)"""
_COUNT_BELOW: Final = 10**16
"""numeric(18,2)"""
COMMENT: Final = 255
SYMBOL: Final = 32


class FieldRefused(ValueError):
    """A field is not what it should be."""

    def __init__(self, name: str, detail: str) -> None:
        super().__init__(f"{name}: {detail}")
        self.name = name
        self.detail = detail


def money(name: str, value: Number) -> Decimal:
    """Account currency, to 8 decimals: there are accounts in cents, and in coins."""
    return _decimal(name, value, places=8, below=MONEY_BELOW)


def price(name: str, value: Number | None) -> Decimal:
    """A price above zero."""
    if value is None:
        raise FieldRefused(name, "is missing")
    return _positive(name, _decimal(name, value, places=8, below=PRICE_BELOW))


def level(name: str, value: Number | None) -> Decimal | None:
    """A stop or target; MetaTrader says 0 for none."""
    if value is None:
        return None
    found = _decimal(name, value, places=8, below=PRICE_BELOW)
    if found < 0:
        raise FieldRefused(name, f"expected a price, found {value!r}")
    return found or None


def volume(name: str, value: Number) -> Decimal:
    """Lots above zero."""
    return _positive(name, _decimal(name, value, places=8, below=PRICE_BELOW))


def count(name: str, value: Number | None) -> Decimal | None:
    """Ticks or lots of a bar, zero or more."""
    if value is None:
        return None
    found = _decimal(name, value, places=2, below=_COUNT_BELOW)
    if found < 0:
        raise FieldRefused(name, f"expected zero or more, found {value!r}")
    return found


def ticket(name: str, value: int | str) -> int:
    """A broker's number: above zero, 64 bits."""
    return _whole(name, value, low=1)


def link(name: str, value: int | str | None) -> int | None:
    """A ticket of something else; MetaTrader says 0 for none."""
    return (_whole(name, value, low=0) or None) if value is not None else None


def magic(name: str, value: int | str | None) -> int | None:
    return _whole(name, value) if value is not None else None


def code(name: str, value: int, *, high: int) -> int:
    """One of MetaTrader's enumerations, from 0 to `high`."""
    return _whole(name, value, low=0, high=high)


def instant(name: str, value: Time | None, clock: scalars.Clock) -> datetime:
    """A time of the terminal, in UTC."""
    if value is None:
        raise FieldRefused(name, "is missing")
    try:
        return scalars.to_utc(value, clock)
    except scalars.ScalarRefused as error:
        raise FieldRefused(name, str(error)) from None


def symbol(name: str, value: str) -> str:
    """A symbol's name as some broker writes it: we know no list of them all."""
    if not 1 <= len(value) <= SYMBOL or not value.isprintable() or value != value.strip():
        raise FieldRefused(
            name, f"expected a symbol's name of 1 to {SYMBOL} characters, found {value[:40]!r}"
        )
    return value


def text(value: str, most: int = COMMENT) -> str:
    """Words as PostgreSQL takes them: no NUL, and not too long."""
    return value.replace("\x00", "")[:most]


def _decimal(name: str, value: Number, *, places: int, below: int) -> Decimal:
    try:
        return scalars.decimal(value, places=places, below=below)
    except scalars.ScalarRefused as error:
        raise FieldRefused(name, str(error)) from None


def _whole(
    name: str, value: int | str, *, low: int = scalars.BIGINT_LOW, high: int = scalars.BIGINT_HIGH
) -> int:
    try:
        return scalars.whole(value, low=low, high=high)
    except scalars.ScalarRefused as error:
        raise FieldRefused(name, str(error)) from None


def _positive(name: str, number: Decimal) -> Decimal:
    if number <= 0:
        raise FieldRefused(name, f"expected a number above 0, found {number.normalize()}")
    return number
