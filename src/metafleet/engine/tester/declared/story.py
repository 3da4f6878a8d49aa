"""What the kernel left, as the ledger would have left it: deals, orders, the account, its curve."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import cached_property
from typing import Any, Final, overload

import msgspec
import numpy as np
from numpy.typing import NDArray

from metafleet.engine.broker.book import OpenPosition
from metafleet.engine.broker.booking import kept_comment
from metafleet.engine.broker.formulas import money_per_price
from metafleet.engine.broker.money import ZERO, currency_digits
from metafleet.engine.broker.records import (
    ENTRY_IN,
    ENTRY_OUT,
    FILLING_FOK,
    FILLING_IOC,
    REASON_EXPERT,
    REASON_SL,
    REASON_TP,
    STATE_FILLED,
    Deal,
    Order,
    Side,
)
from metafleet.engine.experts.declaring import Declaration
from metafleet.engine.experts.reasons import Reason, reason_of
from metafleet.engine.market.records import Tick
from metafleet.engine.market.symbols import FILLS_FOK
from metafleet.engine.tester.declared.acting import NO_LEVEL
from metafleet.engine.tester.declared.costs import Account, Costs
from metafleet.engine.tester.declared.reel import Reel
from metafleet.engine.tester.desk import MAGIC

AT_END: Final = 2
"""The kernel's word for what was closed because the test was over."""

_COMMENTS: Final = {REASON_SL: "sl", REASON_TP: "tp"}


TRADE_ROWS: Final = 14


class Story(msgspec.Struct, frozen=True, dict=True, kw_only=True):
    """trades: (14, n): of the entry bar, side, price; stop and target in the end; of the exit bar,
    milliseconds after its open, price, reason (0: still open); profit and swap; the stop in the beginning,
    which of the sizes, the bar of the last change. notes: (4, m): bar, balance, swap and trade (-1: none),
    whenever one of them or a stop was changed. first: the first stride. unmade: (2, n): side and which size,
    -1 for none, of entries that were wanted and not made.

    Prices in points, money in cents, bars of the reel.
    """

    reel: Reel
    account: Account
    costs: Costs
    declared: Declaration
    first: int
    deposit: Deal
    trades: NDArray[np.int64]
    notes: NDArray[np.int64]
    balance: int
    unmade: NDArray[np.int64]

    @property
    def is_open(self) -> bool:
        """Whether the last trade has no end."""
        return self.trades.shape[1] > 0 and not self.trades[8, -1]

    @property
    def deal_count(self) -> int:
        """How many deals there are, the deposit among them."""
        return int(1 + 2 * self.trades.shape[1] - self.is_open)

    @cached_property
    def deals(self) -> list[Deal]:
        """All deals, the deposit first."""
        return self.deals_of(self.trades.shape[1])

    def deals_of(self, count: int) -> list[Deal]:
        """Return the deposit and the deals of the first trades."""
        made = [self.deposit]
        charges = [list(map(self._cents, row)) for row in self.costs.sizes[1:].tolist()]
        volumes, comment = self.costs.volumes.tolist(), kept_comment(self.declared.comment)
        for number, row in enumerate(self._rows(count)):
            ticket, side, levels = 2 * number + 1, row[1], self._levels(row[3], row[4])
            into, out = (charged[row[12]] for charged in charges)
            entered = self._deal(2 * number + 2, ticket, ticket, self._levels(row[11], row[4]))
            made.append(
                msgspec.structs.replace(
                    entered,
                    volume=volumes[row[12]],
                    comment=comment,
                    type=0 if side > 0 else 1,
                    entry=ENTRY_IN,
                    price=self._price(row[2]),
                    time_msc=self._time(row[0], 0),
                    commission=into,
                )
            )
            if row[8]:
                left = self._deal(2 * number + 3, ticket + 1, ticket, levels)
                made.append(
                    msgspec.structs.replace(
                        left,
                        volume=volumes[row[12]],
                        type=1 if side > 0 else 0,
                        entry=ENTRY_OUT,
                        price=self._price(row[7]),
                        time_msc=self._time(row[5], row[6]),
                        profit=self._cents(row[9]),
                        commission=out,
                        swap=self._cents(row[10]),
                        reason=_reason(row[8]),
                        comment=self._comment(row),
                    )
                )
        return made

    @cached_property
    def orders(self) -> list[Order]:
        """The orders that the deals were made by."""
        filling = FILLING_FOK if self.account.spec.filling_flags & FILLS_FOK else FILLING_IOC
        made = []
        for deal, row in zip(self.deals[1:], self._rows_by_deal(), strict=True):
            is_entry, reason = deal.entry == ENTRY_IN, deal.reason
            is_own = reason != REASON_EXPERT
            level = row[3] if reason == REASON_SL else row[4]
            made.append(
                Order(
                    ticket=deal.order,
                    symbol=deal.symbol,
                    type=deal.type,
                    state=STATE_FILLED,
                    time_setup_msc=deal.time_msc,
                    time_done_msc=deal.time_msc,
                    type_filling=0 if is_own else filling,
                    magic=MAGIC,
                    position_id=deal.position_id,
                    reason=reason,
                    volume_initial=deal.volume,
                    volume_current=0.0,
                    price_open=self._price(level) if is_own else deal.price,
                    sl=(deal.sl or 0.0) if is_entry else 0.0,
                    tp=(deal.tp or 0.0) if is_entry else 0.0,
                    price_current=deal.price,
                    comment=deal.comment,
                )
            )
        return made

    def held(self) -> tuple[OpenPosition, ...]:
        """Return the position that is still open."""
        if not self.is_open:
            return ()
        row, ticket = self.trades[:, -1].tolist(), 2 * self.trades.shape[1] - 1
        stop, target = self._levels(row[3], row[4])
        side: Side = "buy" if row[1] > 0 else "sell"
        entered, price = self._time(row[0], 0), self._price(row[2])
        position = OpenPosition(
            ticket=ticket,
            identifier=ticket,
            symbol=self.account.spec.name,
            side=side,
            volume=float(self.costs.volumes[row[12]]),
            price_open=price,
            sl=stop,
            tp=target,
            swap=self._cents(row[10]),
            time_msc=entered,
            time_update_msc=self._time(row[13], 0),
            magic=MAGIC,
            comment=kept_comment(self.declared.comment),
            margin_per_lot=self.account.margin_per_lot(row[1], price),
        )
        return (position,)

    def last_tick(self) -> Tick:
        """Return the last price of the test."""
        reel, spec = self.reel, self.account.spec
        last = reel.rates[-1]
        bid = float(last["open" if reel.is_open_only else "close"])
        ask = round(bid + int(last["spread"]) * spec.point, spec.digits)
        at_msc = self._time(len(reel.rates) - 1, 0 if reel.is_open_only else 3 * reel.tick_ms)
        return Tick(spec.name, at_msc, bid, ask)

    def noted(self, first: int) -> NDArray[np.float64]:
        """Return what `Curves` reckons with, shape (m, 8): place, money with swaps, balance, margin, units.

        first: the first stride. The first of them is before anything was traded.
        """
        bars, balance, swap, trade = self.notes
        places = self.reel.strides_of(bars)
        unit, is_held = self.costs.unit, trade >= 0
        sides, prices = self.trades[1][trade], self.trades[2][trade] / 10.0**self.account.spec.digits
        sizes = self.costs.volumes[self.trades[12][trade]] * float(money_per_price(self.account.spec))
        made = np.zeros((len(bars) + 1, 8))
        made[1:, 0], made[1:, 2] = places, balance / unit
        made[1:, 1] = balance / unit + swap / unit
        made[0] = (0, float(self.deposit.profit), float(self.deposit.profit), 0, 0, 0, 0, 0)
        made[1:, 3][is_held] = self._margins(trade[is_held])
        for column, way in ((4, 1), (6, -1)):
            chosen = is_held & (sides == way)
            made[1:, column][chosen] = sizes[chosen]
            made[1:, column + 1][chosen] = sizes[chosen] * prices[chosen]
        is_last = np.append(np.diff(made[:, 0]) != 0, True)
        kept: NDArray[np.float64] = made[is_last]
        if kept[-1, 0] != self.reel.strides - 1:
            # The end of a test is noted, whether or not anything happened.
            kept = np.vstack((kept, kept[-1:]))
            kept[-1, 0] = self.reel.strides - 1
        kept[:, 0] += first
        return kept

    def _margins(self, trades: NDArray[np.int64]) -> NDArray[np.float64]:
        known = [
            float(self.account.margin(side, self._price(price), volume))
            for side, price, volume in zip(
                self.trades[1].tolist(),
                self.trades[2].tolist(),
                self.costs.volumes[self.trades[12]].tolist(),
                strict=True,
            )
        ]
        margins: NDArray[np.float64] = np.array(known, np.float64)
        return np.asarray(margins[trades])

    def _rows(self, count: int) -> Iterator[list[int]]:
        return iter(self.trades[:, :count].T.tolist())

    def _rows_by_deal(self) -> Iterator[list[int]]:
        for row in self._rows(self.trades.shape[1]):
            yield row
            if row[8]:
                yield row

    def reasons(self) -> dict[int, Reason]:
        """Return what the EA has said of each entry, by the order's ticket."""
        say = self.declared.note
        if say is None:
            return {}
        strides = self.reel.strides_of(self.trades[0])
        found = {
            2 * number + 1: reason_of("", say(self.first + stride - 1))
            for number, stride in enumerate(strides.tolist())
        }
        return {ticket: reason for ticket, reason in found.items() if reason is not None}

    def log(self) -> list[str]:
        """Return what the EA has written to its log, of entries that were not made."""
        say, volumes = self.declared.unmade, self.costs.volumes.tolist()
        if say is None:
            return []
        return [say(side, volumes[size] if size >= 0 else 0.0) for side, size in self.unmade.T.tolist()]

    def _levels(self, *points: int) -> tuple[float | None, float | None]:
        stop, target = (None if each == NO_LEVEL else self._price(each) for each in points)
        return stop, target

    def _deal(
        self, number: int, order: int, position: int, levels: tuple[float | None, float | None]
    ) -> Deal:
        return Deal(
            ticket=number,
            order=order,
            position_id=position,
            symbol=self.account.spec.name,
            type=0,
            entry=ENTRY_IN,
            volume=0.0,
            price=0.0,
            time_msc=0,
            profit=ZERO,
            commission=ZERO,
            swap=ZERO,
            fee=ZERO,
            magic=MAGIC,
            comment="",
            reason=REASON_EXPERT,
            sl=levels[0],
            tp=levels[1],
        )

    def _comment(self, row: Sequence[int]) -> str:
        name = _COMMENTS.get(row[8])
        if name is None:
            return ""
        level = self._price(row[3] if row[8] == REASON_SL else row[4])
        return f"[{name} {level:.{self.account.spec.digits}f}]"

    def _price(self, points: int) -> float:
        return float(points / 10**self.account.spec.digits)

    def _time(self, bar: int, after_ms: int) -> int:
        return self.reel.time(bar) * 1000 + after_ms

    def _cents(self, amount: int) -> Decimal:
        return Decimal(amount).scaleb(-currency_digits(self.account.currency))


class Later(Sequence[Any]):
    """A story's deals or orders, made when somebody looks at them."""

    def __init__(self, story: Story, name: str) -> None:
        self._story, self._name = story, name

    def __len__(self) -> int:
        return self._story.deal_count - (self._name == "orders")

    @overload
    def __getitem__(self, place: int) -> Any: ...

    @overload
    def __getitem__(self, place: slice) -> list[Any]: ...

    def __getitem__(self, place: int | slice) -> Any:
        return getattr(self._story, self._name)[place]

    def __iter__(self) -> Iterator[Any]:
        return iter(getattr(self._story, self._name))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]


def _reason(word: int) -> int:
    return REASON_EXPERT if word == AT_END else word
