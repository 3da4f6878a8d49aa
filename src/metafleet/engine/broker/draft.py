"""A plan in the making: what a request or a tick has done so far to a book that nobody has seen yet."""

from __future__ import annotations

from metafleet.engine.broker.book import Book, Outcome, Terms, Tickets
from metafleet.engine.broker.purse import Purse
from metafleet.engine.broker.quotes import Quotes
from metafleet.engine.broker.records import Deal, Order, OrderResult
from metafleet.engine.market.symbols import SymbolSpec


class Draft:
    """One account's next step: the book as it is by now, the deals and the finished orders that led there."""

    __slots__ = ("book", "deals", "orders", "purse", "quotes", "terms", "tickets")

    def __init__(
        self, book: Book, quotes: Quotes, terms: Terms, tickets: Tickets, purse: Purse | None = None
    ) -> None:
        """purse: of this account, where its ledger keeps one."""
        self.book = book
        self.quotes = quotes
        self.terms = terms
        self.tickets = tickets
        self.purse = purse
        self.deals: list[Deal] = []
        self.orders: list[Order] = []

    def spec(self, symbol: str) -> SymbolSpec:
        """Return a known symbol's conditions."""
        return self.quotes.specs[symbol]

    def outcome(self, result: OrderResult | None = None) -> Outcome:
        """Return what has been planned."""
        return Outcome(self.book, tuple(self.deals), result, tuple(self.orders))

    def back_to(self, book: Book, deals: int) -> None:
        """Undo what was done since there was this book with so many deals."""
        self.book = book
        del self.deals[deals:]
