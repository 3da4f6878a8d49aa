"""From one currency to another at the market's prices, always against the client.

Source: MetaTrader's rule: with a pair account/profit a gain is divided by the ask and a loss by the bid;
with a pair profit/account a gain is multiplied by the bid and a loss by the ask; without a pair, through USD.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from metafleet.engine.broker.money import exact
from metafleet.engine.broker.quotes import Quotes

PriceSide = Literal["bid", "ask"]


class NoRate(LookupError):
    """No quoted pair leads from one currency to the other."""


def convert(amount: Decimal, currency: str, target: str, quotes: Quotes) -> Decimal:
    """Return a gain (>= 0) or a loss (< 0) in the target currency, not rounded. Raises NoRate."""
    if currency == target:
        return amount
    gain = amount >= 0
    for pair, divides in ((target + currency, True), (currency + target, False)):
        # A gain is worth little and a loss much: divide by the higher price or multiply by the lower.
        price = _price(pair, "ask" if gain == divides else "bid", quotes)
        if price is not None:
            return amount / price if divides else amount * price
    if "USD" in (currency, target):
        raise NoRate(f"no pair of {currency} and {target} is quoted")
    return convert(convert(amount, currency, "USD", quotes), "USD", target, quotes)


def margin_rate(currency: str, target: str, side: PriceSide, quotes: Quotes) -> Decimal:
    """Return what one unit of a margin currency costs at the order's side: buy at ask, sell at bid.

    Raises NoRate.
    """
    if currency == target:
        return Decimal(1)
    price = _price(currency + target, side, quotes)
    if price is not None:
        return price
    price = _price(target + currency, side, quotes)
    if price is not None:
        return 1 / price
    if "USD" in (currency, target):
        raise NoRate(f"no pair of {currency} and {target} is quoted")
    return margin_rate(currency, "USD", side, quotes) * margin_rate("USD", target, side, quotes)


def rate_path(currency: str, target: str, quotes: Quotes) -> tuple[tuple[str, bool], ...]:
    """Return the pairs that lead from one currency to the other, and which divide. Raises NoRate."""
    if currency == target:
        return ()
    for pair, divides in ((target + currency, True), (currency + target, False)):
        if quotes.last(pair) is not None:
            return ((pair, divides),)
    if "USD" in (currency, target):
        raise NoRate(f"no pair of {currency} and {target} is quoted")
    return rate_path(currency, "USD", quotes) + rate_path("USD", target, quotes)


def _price(pair: str, side: PriceSide, quotes: Quotes) -> Decimal | None:
    tick = quotes.last(pair)
    if tick is None:
        return None
    return exact(tick.ask if side == "ask" else tick.bid)
