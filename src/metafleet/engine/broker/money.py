"""Numbers of the ledger: floats outside become exact decimals here, and amounts become cents."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Final

ZERO: Final = Decimal("0.00")
_CENT: Final = Decimal("0.01")


def exact(number: float) -> Decimal:
    """Return the decimal that a price or a volume is written as: 1.1 is 1.1, not 1.1000000000000000888."""
    return Decimal(repr(number))


def cents(amount: Decimal) -> Decimal:
    """Return the amount rounded to two places, halves away from zero, as MetaTrader books it."""
    return amount.quantize(_CENT, ROUND_HALF_UP)
