"""Deals on their way from the broker to the outbox: all of them, in order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from metafleet.engine.broker.records import Deal
from metafleet.engine.experts.desk import DeskLost
from metafleet.engine.experts.reasons import Reason
from metafleet.engine.market.symbols import SymbolSpec
from metafleet.runner import delivery, translate
from metafleet.runner.outbox import Outbox
from metafleet.runner.terminal import Terminal

PAGE: Final = 1000


class DealFeed:
    """Every deal of the account, whoever made it, goes to the outbox. Used by the trading loop only.

    `reported` is the ticket up to which everything is known to the hub or in the
    outbox; None until the hub has first said what it knows. Until then nothing is put into
    the outbox: a new deal that went ahead of those that the hub still lacks would raise what it
    says that it knows above them, and after a kill -9 nobody would send them any more.
    `highest` is the newest deal that was seen, by the EA too.
    """

    def __init__(
        self,
        terminal: Terminal,
        outbox: Outbox,
        on_kept: Callable[[], None],
        reason_of: Callable[[int], Reason | None] = lambda _: None,
    ) -> None:
        """reason_of: why the EA sent an order, by its ticket."""
        self._terminal = terminal
        self._outbox = outbox
        self._on_kept = on_kept
        self._reason_of = reason_of
        self._sizes: dict[str, float] | None = None
        self._resent_after: int | None = None
        self.reported: int | None = None
        self.highest = 0

    def keep_new(self, deals: Sequence[Deal]) -> list[Deal]:
        """Put deals that the broker pushed into the outbox; return those not seen before. Raises OSError."""
        if self.reported is not None:
            self._keep([deal for deal in deals if deal.ticket > self.reported])
        return self._see(deals)

    def hear_known(self, known_ticket: int) -> None:
        """The hub knows deals up to this ticket: send what it lacks. Raises DeskLost, OSError.

        Where it knows less than was reported (its database was restored from a backup,
        or it refused a deal), everything after is sent again, once for each such ticket.
        """
        if self.reported is None:
            self.reported = known_ticket
            self.highest = max(self.highest, known_ticket)
            self._see(self._fetch(known_ticket))
            self._resent_after = known_ticket
            return
        is_lacking = known_ticket < self.reported and not self._outbox.pending("trades")
        if is_lacking and known_ticket != self._resent_after:
            self._fetch(known_ticket)  # what is new among it is still to be pushed, and seen then
            self._resent_after = known_ticket

    def catch_up(self) -> list[Deal]:
        """Fetch what was missed while the line was down; return deals not seen before. Raises DeskLost."""
        if self.reported is None and self.highest == 0:
            return []
        after = self.highest if self.reported is None else min(self.reported, self.highest)
        return self._see(self._fetch(after))

    def send_again(self, from_msc: int) -> int:
        """Send every deal from this market time on again; return how many.

        Raises DeskLost, also until the hub has said what it knows.
        """
        if self.reported is None:
            raise DeskLost("the hub has not said yet which deals it knows")
        count, after = 0, 0
        while page := self._page(after):
            wanted = [deal for deal in page if deal.time_msc >= from_msc]
            self._keep(wanted)
            count, after = count + len(wanted), page[-1].ticket
        return count

    def find(self, is_wanted: Callable[[Deal], bool]) -> Deal | None:
        """Look through the account's whole history for one deal. Raises DeskLost."""
        return next(self.search(is_wanted), None)

    def search(self, is_wanted: Callable[[Deal], bool]) -> Iterator[Deal]:
        """Yield the deals of the account's whole history that fit, oldest first. Raises DeskLost."""
        after = 0
        while page := self._page(after):
            yield from (deal for deal in page if is_wanted(deal))
            after = page[-1].ticket

    def _fetch(self, after: int) -> list[Deal]:
        fetched: list[Deal] = []
        while page := self._page(after):
            if self.reported is not None:
                self._keep(page)
            fetched += page
            after = page[-1].ticket
        return fetched

    def _page(self, after: int) -> list[Deal]:
        return self._terminal.ask(lambda client: client.deals(after, PAGE))

    def _keep(self, deals: Sequence[Deal]) -> None:
        for start in range(0, len(deals), delivery.BATCH_DEALS):
            batch = deals[start : start + delivery.BATCH_DEALS]
            wire_deals = [
                translate.deal(deal, self._contract_size(deal.symbol), self._reason_of(deal.order))
                for deal in batch
            ]
            self._outbox.append("trades", delivery.trades_body(wire_deals))
        if deals:
            self.reported = max(self.reported or 0, deals[-1].ticket)
            self._on_kept()

    def _see(self, deals: Sequence[Deal]) -> list[Deal]:
        fresh = [deal for deal in deals if deal.ticket > self.highest]
        if fresh:
            self.highest = fresh[-1].ticket
        return fresh

    def _contract_size(self, symbol: str) -> float | None:
        if self._sizes is None:
            specs: list[SymbolSpec] = self._terminal.ask(lambda client: client.symbols())
            self._sizes = {spec.name: spec.contract_size for spec in specs}
        return self._sizes.get(symbol)
