"""Swaps: what holding a position over night costs or brings.

Source: MetaTrader's swap mode POINTS: lots x points x point x contract, in the profit currency, at each
day's end (00:00 of the market's clock); the symbol's rollover day is charged three times, weekends never.
"""

from __future__ import annotations

import msgspec

from metafleet.engine.broker.book import Book, OpenPosition
from metafleet.engine.broker.conversion import convert
from metafleet.engine.broker.money import cents, exact
from metafleet.engine.broker.quotes import Quotes

DAY_MSC = 86_400_000


def next_roll_msc(book: Book) -> int:
    """Return the market time from which nights of this book are due."""
    return (book.rolled_day + 1) * DAY_MSC


def roll_over(book: Book, quotes: Quotes) -> Book:
    """Charge every night that has ended since the book's rolled_day. Raises NoRate."""
    today = quotes.now_msc // DAY_MSC
    if today <= book.rolled_day:
        return book
    positions = tuple(_charged(position, book, today, quotes) for position in book.positions)
    return msgspec.structs.replace(book, positions=positions, rolled_day=today)


def nights(from_day: int, to_day: int, triple_weekday: int) -> int:
    """Return how many nights are charged between two days (days since 1970; Sunday is weekday 0)."""
    weekdays = ((day + 4) % 7 for day in range(from_day, to_day))
    return sum(3 if weekday == triple_weekday else 1 for weekday in weekdays if weekday not in (0, 6))


def _charged(position: OpenPosition, book: Book, today: int, quotes: Quotes) -> OpenPosition:
    spec = quotes.specs[position.symbol]
    held_from = max(book.rolled_day, position.time_msc // DAY_MSC)
    count = nights(held_from, today, spec.swap_rollover3days)
    points = spec.swap_long_points if position.side == "buy" else spec.swap_short_points
    night = exact(position.volume) * exact(points) * exact(spec.point) * exact(spec.contract_size)
    amount = cents(convert(night * count, spec.currency_profit, book.currency, quotes))
    return msgspec.structs.replace(position, swap=position.swap + amount) if amount else position
