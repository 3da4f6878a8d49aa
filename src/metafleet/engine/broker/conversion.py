"""From one currency to another at the market's prices, always against the client.

Source: MetaTrader's rule: with a pair account/profit a gain is divided by the ask and a loss by the bid;
with a pair profit/account a gain is multiplied by the bid and a loss by the ask; without a pair, through USD.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from metafleet.engine.broker.quotes import Quotes, RatePath

PriceSide = Literal["bid", "ask"]


class NoRate(LookupError):
    """No quoted pair leads from one currency to the other."""


def convert(amount: Decimal, currency: str, target: str, quotes: Quotes) -> Decimal:
    """Return a gain (>= 0) or a loss (< 0) in the target currency, not rounded. Raises NoRate."""
    if currency == target:
        return amount
    gain = amount >= 0
    for pair, divides in rate_path(currency, target, quotes):
        bid, ask = quotes.exact(pair)
        # A gain is worth little and a loss much: divide by the higher price or multiply by the lower.
        price = ask if gain == divides else bid
        amount = amount / price if divides else amount * price
    return amount


def margin_rate(currency: str, target: str, side: PriceSide, quotes: Quotes) -> Decimal:
    """Return what one unit of a margin currency costs at the order's side: buy at ask, sell at bid.

    Raises NoRate.
    """
    rate = Decimal(1)
    for pair, divides in rate_path(currency, target, quotes):
        bid, ask = quotes.exact(pair)
        price = ask if side == "ask" else bid
        rate = rate / price if divides else rate * price
    return rate


def rate_path(currency: str, target: str, quotes: Quotes) -> RatePath:
    """Return the pairs that lead from one currency to the other, and which divide. Raises NoRate."""
    known = quotes.paths.get((currency, target))
    if known is None:
        known = quotes.paths[currency, target] = _found_path(currency, target, quotes)
    return known


def _found_path(currency: str, target: str, quotes: Quotes) -> RatePath:
    if currency == target:
        return ()
    if pair := quotes.pair(target, currency):
        return ((pair, True),)
    if pair := quotes.pair(currency, target):
        return ((pair, False),)
    if "USD" in (currency, target):
        raise NoRate(f"no pair of {currency} and {target} is quoted")
    return rate_path(currency, "USD", quotes) + rate_path("USD", target, quotes)
