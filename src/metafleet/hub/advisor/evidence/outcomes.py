"""What one set of inputs did over a stretch of bars: its closed trades, as columns."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from metafleet.engine.broker.records import ENTRY_IN, Deal
from metafleet.engine.tester.declared.many import nets_of
from metafleet.engine.tester.declared.story import Story

_COLUMNS: Final = np.dtype([("entered_s", "<i8"), ("exited_s", "<i8"), ("net", "<f8")])


class Outcome(msgspec.Struct, frozen=True, eq=False):
    """Closed trades by entry; arrays of shape (n,).

    entered_s, exited_s: seconds of the server's clock. net: account currency, commission and swap in it.
    """

    entered_s: NDArray[np.int64]
    exited_s: NDArray[np.int64]
    net: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.net)

    def chosen(self, which: NDArray[np.bool_]) -> Outcome:
        """Return some of the trades. which: shape (n,)."""
        return Outcome(self.entered_s[which], self.exited_s[which], self.net[which])

    def between(self, from_s: int, to_s: int) -> Outcome:
        """Return what was entered from one time to before the other."""
        return self.chosen((self.entered_s >= from_s) & (self.entered_s < to_s))

    def known_at(self, now_s: int) -> Outcome:
        """Return what was over before then: what ends at that very second ends at a price still to come."""
        return self.chosen(self.exited_s < now_s)

    def packed(self) -> bytes:
        """Return the trades as bytes, the same for the same trades."""
        rows = np.empty(len(self), _COLUMNS)
        rows["entered_s"], rows["exited_s"], rows["net"] = self.entered_s, self.exited_s, self.net
        return zlib.compress(rows.tobytes(), 6)


def unpacked(packed: bytes) -> Outcome:
    """Return the trades that `packed` made bytes of."""
    rows = np.frombuffer(zlib.decompress(packed), _COLUMNS)
    return Outcome(*(np.ascontiguousarray(rows[name]) for name in ("entered_s", "exited_s", "net")))


def joined(parts: Sequence[Outcome]) -> Outcome:
    """Return the trades of several stretches, by entry."""
    if not parts:
        return nothing()
    whole = Outcome(
        np.concatenate([one.entered_s for one in parts]),
        np.concatenate([one.exited_s for one in parts]),
        np.concatenate([one.net for one in parts]),
    )
    order = np.argsort(whole.entered_s, kind="stable")
    return Outcome(whole.entered_s[order], whole.exited_s[order], whole.net[order])


def nothing() -> Outcome:
    """Return no trades."""
    return Outcome(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))


def outcome_of(deals: Sequence[Deal]) -> Outcome:
    """Return the trades of a test's deals that are closed. What a position cost and made is one trade."""
    entered: dict[int, int] = {}
    exited: dict[int, int] = {}
    net: dict[int, float] = {}
    for deal in deals:
        position = deal.position_id
        if not position:
            continue  # the deposit
        if deal.entry == ENTRY_IN:
            entered.setdefault(position, deal.time_msc // 1000)
        else:
            exited[position] = deal.time_msc // 1000
        made = deal.profit + deal.commission + deal.swap + deal.fee
        net[position] = net.get(position, 0.0) + float(made)
    closed = sorted((entered[one], one) for one in exited if one in entered)
    return Outcome(
        np.array([at for at, _ in closed], np.int64),
        np.array([exited[one] for _, one in closed], np.int64),
        np.array([round(net[one], 2) for _, one in closed], np.float64),
    )


def outcome_in(story: Story) -> Outcome:
    """Return the same of a test that the compiled loop ran."""
    is_closed = story.trades[8] != 0
    trades, reel = story.trades[:, is_closed], story.reel
    return Outcome(
        reel.times(trades[0]),
        reel.times(trades[5]) + trades[6] // 1000,
        nets_of(story)[is_closed] / story.costs.unit,
    )


def days_of(outcome: Outcome) -> dict[int, float]:
    """Return what each day made, by the day of the exit: days since 1970 of the server's clock."""
    made: dict[int, float] = {}
    for day, net in zip((outcome.exited_s // 86_400).tolist(), outcome.net.tolist(), strict=True):
        made[day] = made.get(day, 0.0) + net
    return made
