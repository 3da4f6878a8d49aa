"""A made-up broker: one account's history of orders, and at the same time the ledger of it.

Hedging, netting and MT4 accounts, with partial closes, close-by, reversals, partial-close
chains, deposits and exits whose entry was never seen.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Final

import msgspec

from metafleet.cli.simulator.book import (
    BUY,
    CENT,
    IN,
    IN_OUT,
    OUT,
    OUT_BY,
    SELL,
    Book,
    Deal,
    Share,
    Story,
    whole,
)
from metafleet.cli.simulator.plan import Habits

SYMBOLS: Final = {"EURUSD": 108_500, "GBPUSD": 127_300, "USDJPY": 15_012_300, "XAUUSD": 412_345_000}
"""With a price each, in 1e-5."""
MOST_OPEN: Final = 8
COMMISSION: Final = -7 * CENT
"""For a hundredth of a lot: a multiple of it, so that a reversal's share is exact under any rounding."""
_COMMENTS: Final = ("", "grid", "Überweisung", "trend 1.0")
_OPERATIONS: Final = (2, 2, 3, 4, 5, 6)
"""DEAL_TYPE of deposits and withdrawals, credit, charge, correction, bonus."""


class Report(msgspec.Struct, frozen=True, gc=False):
    """What a terminal reports as one item: an execution, or a closed MT4 order (an entry and an exit)."""

    deals: tuple[Deal, ...]

    @property
    def ticket(self) -> int:
        return self.deals[0].ticket

    @property
    def is_exit(self) -> bool:
        return len(self.deals) == 1 and self.deals[0].entry in (OUT, OUT_BY)


class Held(msgspec.Struct):
    """An open position, or an MT4 order that is open. `root`: where its chain began."""

    ticket: int
    root: int
    symbol: str
    side: int
    lots: int
    points: int
    opened_ms: int
    magic: int | None
    comment: str
    stop: int | None
    target: int | None
    part: int = 0
    is_chain: bool = False


class Fill(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One execution of an order. `comment`: else the position's own."""

    entry: int
    kind: int
    lots: int
    points: int
    reason: int
    profit: int = 0
    swap: int = 0
    comment: str | None = None


class Broker:
    """One account. `history` grows; `pending` is for the terminal to take from."""

    __slots__ = ("_at_ms", "_habits", "_rng", "_ticket", "book", "held", "history", "marks")

    def __init__(self, habits: Habits, rng: random.Random, now_ms: int) -> None:
        self._habits = habits
        self._rng = rng
        self._ticket = habits.first_ticket
        self._at_ms = 0
        self.book = Book()
        self.held: dict[int, Held] = {}
        self.history: list[Report] = []
        self.marks: dict[str, Deal] = {}
        """What orders of commands made, by their mark: the account's own history, which no crash loses."""
        self._operate(now_ms, profit=10_000 * 100 * CENT)

    def act(self, now_ms: int) -> None:
        """Let something happen on the account."""
        chance = self._rng.random()
        if chance < 0.04:
            self._operate(now_ms, profit=self._rng.randint(-50_000, 90_000) * CENT)
        elif self._habits.mode == "netting":
            self._act_netting(now_ms)
        elif not self.held or (chance < 0.5 and len(self.held) < MOST_OPEN):
            self.open(now_ms)
        elif self._habits.mode == "mt4":
            self._close_order(now_ms, self._any(), in_part=chance > 0.8)
        elif chance > 0.97:
            self._close_unseen(now_ms)
        elif chance > 0.9 and (pair := self._opposites()):
            self._close_by(now_ms, *pair)
        else:
            self.close(now_ms, self._any(), in_part=chance > 0.75)

    def open(self, now_ms: int, symbol: str = "", side: int | None = None, mark: str = "") -> Held:
        """Open a position. On a netting account: of a symbol in which there is none."""
        symbol = symbol or self._rng.choice(tuple(SYMBOLS))
        side = self._rng.choice((BUY, SELL)) if side is None else side
        ticket = self._next_ticket()
        at_ms, points = self._instant(now_ms), self._price(symbol)
        held = Held(
            ticket=ticket,
            root=ticket,
            symbol=symbol,
            side=side,
            lots=self._rng.randint(1, 40),
            points=points,
            opened_ms=at_ms,
            magic=self._rng.choice((None, 7, 2**40 + 1)),
            comment=mark or self._rng.choice(_COMMENTS),
            stop=self._level(points),
            target=self._level(points),
        )
        self.held[ticket] = held
        if self._habits.mode != "mt4":
            fill = Fill(entry=IN, kind=side, lots=held.lots, points=points, reason=3)
            deal = self._execute(held, at_ms, fill, ticket=ticket)
            self._story(held, deal).enter(deal, whole(deal))
            if mark:
                self.marks[mark] = deal
        return held

    def order(self, now_ms: int, symbol: str, side: int, mark: str) -> Deal:
        """Carry out a command's order; return the entry that bears its mark. Not for MT4 accounts."""
        netted = self._habits.mode == "netting"
        held = next((held for held in self.held.values() if netted and held.symbol == symbol), None)
        if held is None:
            self.open(now_ms, symbol, side, mark)
        else:
            self.marks[mark] = self._add(now_ms, held, mark)
        return self.marks[mark]

    def close(self, now_ms: int, held: Held, *, in_part: bool = False, mark: str = "") -> Deal:
        """Close a position, or a part of it where it has more than the smallest volume."""
        lots = self._rng.randint(1, held.lots - 1) if in_part and held.lots > 1 else held.lots
        deal = self._leave(
            held, OUT, lots, self._instant(now_ms), reason=self._rng.choice((0, 3, 4, 5)), mark=mark
        )
        if mark:
            self.marks[mark] = deal
        return deal

    def finish(self, now_ms: int) -> None:
        """Close what is left of MT4 chains: until then nobody can know how large their positions were."""
        if self._habits.mode == "mt4":
            for held in [held for held in self.held.values() if held.is_chain]:
                self._close_order(now_ms, held, in_part=False)

    def since(self, ticket: int) -> Sequence[Report]:
        """Return the reports after this ticket, oldest first."""
        return [report for report in self.history if report.ticket > ticket]

    def _act_netting(self, now_ms: int) -> None:
        symbol = self._rng.choice(tuple(SYMBOLS))
        held = next((held for held in self.held.values() if held.symbol == symbol), None)
        if held is None:
            self.open(now_ms, symbol)
            return
        match self._rng.choice(("add", "reduce", "close", "reverse")):
            case "add":
                self._add(now_ms, held)
            case "reverse":
                self._reverse(now_ms, held)
            case what:
                self.close(now_ms, held, in_part=what == "reduce")

    def _add(self, now_ms: int, held: Held, mark: str = "") -> Deal:
        lots, points = self._rng.randint(1, 30), self._price(held.symbol)
        # A netting position takes the stops of the order that enlarged it last.
        held.stop, held.target = self._level(points), self._level(points)
        fill = Fill(entry=IN, kind=held.side, lots=lots, points=points, reason=3, comment=mark)
        deal = self._execute(held, self._instant(now_ms), fill)
        held.lots += lots
        self._story(held, deal).enter(deal, whole(deal))
        return deal

    def _reverse(self, now_ms: int, held: Held) -> None:
        """Sell more than is held: the position's number stays, and its next part begins."""
        points, rest = self._price(held.symbol), self._rng.randint(1, 30)
        closed, at_ms, side = held.lots, self._instant(now_ms), 1 - held.side
        profit = self._profit(held, closed, points)
        held.stop, held.target = self._level(points), self._level(points)
        lots, swap = closed + rest, self._swap()
        fill = Fill(entry=IN_OUT, kind=side, lots=lots, points=points, reason=3, profit=profit, swap=swap)
        deal = self._execute(held, at_ms, fill)
        self._story(held, deal).leave(
            deal, Share(closed, profit, COMMISSION * closed, deal.swap, self._fee() * closed)
        )
        held.part, held.side, held.lots, held.points, held.opened_ms = (
            held.part + 1,
            side,
            rest,
            points,
            at_ms,
        )
        self._story(held, deal).enter(deal, Share(rest, 0, COMMISSION * rest, 0, self._fee() * rest))

    def _leave(self, held: Held, entry: int, lots: int, at_ms: int, *, reason: int, mark: str = "") -> Deal:
        points = self._price(held.symbol)
        fill = Fill(
            entry=entry,
            kind=1 - held.side,
            lots=lots,
            points=points,
            reason=reason,
            profit=self._profit(held, lots, points),
            swap=self._swap(),
            comment=mark or None,
        )
        deal = self._execute(held, at_ms, fill)
        self._story(held, deal).leave(deal, whole(deal))
        held.lots -= lots
        if held.lots == 0:
            del self.held[held.ticket]
        return deal

    def _close_by(self, now_ms: int, one: Held, other: Held) -> None:
        lots, at_ms = min(one.lots, other.lots), self._instant(now_ms)
        self._leave(one, OUT_BY, lots, at_ms, reason=0)
        self._leave(other, OUT_BY, lots, at_ms, reason=0)

    def _close_unseen(self, now_ms: int) -> None:
        """An exit from a position that was opened before there was anything to see: an orphan for ever."""
        symbol, position = self._rng.choice(tuple(SYMBOLS)), self._next_ticket()
        points, lots = self._price(symbol), self._rng.randint(1, 20)
        ghost = Held(position, position, symbol, BUY, lots, points, 0, 7, "", None, None)
        self.held[position] = ghost
        self._leave(ghost, OUT, lots, self._instant(now_ms), reason=5)

    def _close_order(self, now_ms: int, order: Held, *, in_part: bool) -> None:
        """MT4: the closed lots keep the ticket, what is left goes on as a new order that says so."""
        lots = self._rng.randint(1, order.lots - 1) if in_part and order.lots > 1 else order.lots
        points, at_ms = self._price(order.symbol), self._instant(now_ms)
        comment, reason = order.comment, None
        del self.held[order.ticket]
        if lots < order.lots:
            rest = self._next_ticket()
            comment, order.is_chain = f"to #{rest}", True
            left = msgspec.structs.replace(
                order, ticket=rest, lots=order.lots - lots, comment=f"from #{order.ticket}", is_chain=True
            )
            self.held[rest] = left
        elif self._rng.random() < 0.4:
            reason = self._rng.choice((4, 5))
            comment += "[sl]" if reason == 4 else "[tp]"
        self._report_order(order, lots, points, at_ms, comment=comment, reason=reason)

    def _report_order(
        self, order: Held, lots: int, points: int, at_ms: int, *, comment: str, reason: int | None
    ) -> None:
        entry = Deal(
            ticket=order.ticket,
            position=order.root,
            symbol=order.symbol,
            kind=order.side,
            entry=IN,
            lots=lots,
            points=order.points,
            at_ms=order.opened_ms,
            commission=COMMISSION * lots,
            magic=order.magic,
            stop=order.stop,
            target=order.target,
            comment=comment,
        )
        leaving = msgspec.structs.replace(
            entry,
            ticket=-order.ticket,
            kind=1 - order.side,
            entry=OUT,
            points=points,
            at_ms=at_ms,
            profit=self._profit(order, lots, points),
            commission=0,
            swap=self._swap(),
            reason=reason,
        )
        self.book.note(entry)
        self.book.note(leaving)
        story = self._story(order, entry)
        story.enter(entry, whole(entry))
        story.leave(leaving, whole(leaving))
        self.history.append(Report((entry, leaving)))

    def _execute(self, held: Held, at_ms: int, fill: Fill, *, ticket: int | None = None) -> Deal:
        deal = Deal(
            ticket=self._next_ticket() if ticket is None else ticket,
            position=held.root,
            # A position has the number of the order that opened it.
            order=self._next_ticket() if ticket is None else held.root,
            symbol=held.symbol,
            kind=fill.kind,
            entry=fill.entry,
            lots=fill.lots,
            points=fill.points,
            at_ms=at_ms,
            profit=fill.profit,
            commission=COMMISSION * fill.lots,
            swap=fill.swap,
            fee=self._fee() * fill.lots,
            magic=held.magic,
            reason=fill.reason,
            stop=held.stop,
            target=held.target,
            comment=held.comment if fill.comment is None else fill.comment,
        )
        self.book.note(deal)
        self.history.append(Report((deal,)))
        return deal

    def _operate(self, now_ms: int, *, profit: int) -> None:
        deal = Deal(
            ticket=self._next_ticket(),
            kind=self._rng.choice(_OPERATIONS) if self.history else 2,
            at_ms=self._instant(now_ms),
            profit=profit,
            comment=self._rng.choice(("Deposit", "Überweisung", "")),
        )
        self.book.note(deal)
        self.history.append(Report((deal,)))

    def _story(self, held: Held, deal: Deal) -> Story:
        side = "buy" if held.side == BUY else "sell"
        return self.book.story(held.root, deal, side, held.part)

    def _any(self) -> Held:
        return self._rng.choice(list(self.held.values()))

    def _opposites(self) -> tuple[Held, Held] | None:
        for one in self.held.values():
            for other in self.held.values():
                if one.symbol == other.symbol and one.side != other.side:
                    return one, other
        return None

    def _next_ticket(self) -> int:
        self._ticket += self._rng.randint(1, 3)
        return self._ticket

    def _instant(self, now_ms: int) -> int:
        """The broker's clock: as far off as its habit is, never running backwards."""
        at_ms = now_ms + self._habits.broker_skew_ms
        if not self._habits.has_milliseconds:
            at_ms -= at_ms % 1000
        self._at_ms = max(self._at_ms, at_ms)
        return self._at_ms

    def _price(self, symbol: str) -> int:
        base = SYMBOLS[symbol]
        most = base // self._habits.price_part
        points = base + self._rng.randint(-most, most)
        return points - points % 100 if symbol == "USDJPY" else points

    def _level(self, points: int) -> int | None:
        return points + self._rng.randint(-500, 500) if self._rng.random() < 0.5 else None

    def _profit(self, held: Held, lots: int, points: int) -> int:
        cents = (points - held.points) * lots // 1000
        fraction = self._rng.randint(0, CENT - 1) if self._habits.has_fractions else 0
        return (cents if held.side == BUY else -cents) * CENT + fraction

    def _swap(self) -> int:
        return -self._rng.randint(0, 300) * CENT if self._rng.random() < 0.3 else 0

    def _fee(self) -> int:
        """For a hundredth of a lot."""
        return -CENT if self._habits.mode == "netting" else 0
