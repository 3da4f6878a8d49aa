"""The simulator's own ledger: what each position did, noted while it was made up.

It shares nothing with the product's folding. Nothing is derived from a set of deals here: the
simulated broker knows which position an execution opens or closes, and says so at once. Amounts
are whole numbers, so that sums are exact without any library: volume in hundredths of a lot,
prices in 1e-5, money in 1e-8 of the account's currency, instants in milliseconds UTC.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final

import msgspec

LOT: Final = 100
PRICE: Final = 10**5
MONEY: Final = 10**8
CENT: Final = MONEY // 100

BUY, SELL = 0, 1
IN, OUT, IN_OUT, OUT_BY = 0, 1, 2, 3

REASONS: Final = {0: "client", 1: "mobile", 2: "web", 3: "expert", 4: "sl", 5: "tp", 6: "so"}
"""MetaTrader 5's DEAL_REASON, as the journal is to say it."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Deal(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One execution, as the journal must have it. `entry` and `points` are None for no trade."""

    ticket: int
    kind: int
    at_ms: int
    position: int | None = None
    order: int | None = None
    symbol: str = ""
    entry: int | None = None
    lots: int = 0
    points: int | None = None
    profit: int = 0
    commission: int = 0
    swap: int = 0
    fee: int = 0
    magic: int | None = None
    reason: int | None = None
    stop: int | None = None
    target: int | None = None
    comment: str = ""

    @property
    def total(self) -> int:
        return self.profit + self.commission + self.swap + self.fee


class Share(msgspec.Struct, frozen=True, gc=False):
    """What of a deal belongs to one side of a reversal; money as in the deal."""

    lots: int
    profit: int
    commission: int
    swap: int
    fee: int


class Story(msgspec.Struct, kw_only=True):
    """What became of one position, or of one leg of a reversed one."""

    symbol: str
    side: str
    magic: int | None = None
    comment: str = ""
    stop: int | None = None
    target: int | None = None
    first_stop: int | None = None
    opened: int = 0
    opened_worth: int = 0
    closed: int = 0
    closed_worth: int = 0
    entered_ms: int | None = None
    exited_ms: int | None = None
    reason: int | None = None
    profit: int = 0
    commission: int = 0
    swap: int = 0
    fee: int = 0

    @property
    def state(self) -> str:
        if self.opened == 0:
            return "orphan"
        return "closed" if self.opened == self.closed else "open"

    def enter(self, deal: Deal, share: Share) -> None:
        """The deal opens the position or adds to it."""
        if self.first_stop is None:
            self.first_stop = deal.stop
        self.opened += share.lots
        self.opened_worth += share.lots * (deal.points or 0)
        self.entered_ms = deal.at_ms if self.entered_ms is None else min(self.entered_ms, deal.at_ms)
        self.stop, self.target = deal.stop, deal.target
        self._book(share)

    def leave(self, deal: Deal, share: Share) -> None:
        """The deal closes the position or a part of it."""
        self.closed += share.lots
        self.closed_worth += share.lots * (deal.points or 0)
        if self.exited_ms is None or deal.at_ms >= self.exited_ms:
            self.exited_ms, self.reason = deal.at_ms, deal.reason
        self._book(share)

    def _book(self, share: Share) -> None:
        self.profit += share.profit
        self.commission += share.commission
        self.swap += share.swap
        self.fee += share.fee


class Book:
    """One account: its deals, its positions' stories, and what they add up to."""

    __slots__ = ("balance", "deals", "stories")

    def __init__(self) -> None:
        self.deals: dict[int, Deal] = {}
        self.stories: dict[tuple[int, int], Story] = {}
        self.balance = 0

    def note(self, deal: Deal) -> None:
        """Keep an execution. What it did to a position is for its story."""
        if deal.ticket in self.deals:
            raise ValueError(f"the simulator made up ticket {deal.ticket} twice")
        self.deals[deal.ticket] = deal
        self.balance += deal.total

    def story(self, position: int, deal: Deal, side: str, part: int = 0) -> Story:
        """Return the position's story, begun by this deal where there was none."""
        story = self.stories.get((position, part))
        if story is None:
            story = self.stories[position, part] = Story(
                symbol=deal.symbol, side=side, magic=deal.magic, comment=deal.comment
            )
        return story


def whole(deal: Deal) -> Share:
    return Share(deal.lots, deal.profit, deal.commission, deal.swap, deal.fee)


def instant(at_ms: int) -> datetime:
    return _EPOCH + timedelta(milliseconds=at_ms)


def lots(value: int) -> Decimal:
    return Decimal(value).scaleb(-2)


def price(value: int | None) -> Decimal | None:
    return None if value is None else Decimal(value).scaleb(-5)


def money(value: int) -> Decimal:
    return Decimal(value).scaleb(-8)


def mean_price(worth: int, volume: int) -> Decimal | None:
    """Return worth / volume as a price of 8 decimals, half up; None where nothing was traded."""
    if volume == 0:
        return None
    return Decimal((2 * worth * 1000 + volume) // (2 * volume)).scaleb(-8)
