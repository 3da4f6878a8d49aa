"""Numbers of the ledger: floats outside become exact decimals here, and amounts become money."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Final

ZERO: Final = Decimal("0.00")
_CENT: Final = Decimal("0.01")
_WHOLE: Final = Decimal(1)

_WITHOUT_CENTS: Final = frozenset(
    {"BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF"}
)
"""Source: ISO 4217, currencies without a minor unit."""


@lru_cache(maxsize=1 << 14)
def exact(number: float) -> Decimal:
    """Return the decimal that a price or a volume is written as: 1.1 is 1.1, not 1.1000000000000000888.

    The same few numbers are asked for again and again: opening prices and volumes at each tick.
    """
    return Decimal(repr(number))


def cents(amount: Decimal) -> Decimal:
    """Return the amount rounded to two places, halves away from zero."""
    return amount.quantize(_CENT, ROUND_HALF_UP)


def currency_digits(currency: str) -> int:
    """Return how many decimals an account of this currency has."""
    return 0 if currency in _WITHOUT_CENTS else 2


def rounded(amount: Decimal, currency: str) -> Decimal:
    """Return the amount as an account of this currency books it: to its digits, halves away from zero."""
    return amount.quantize(_WHOLE if currency in _WITHOUT_CENTS else _CENT, ROUND_HALF_UP)
