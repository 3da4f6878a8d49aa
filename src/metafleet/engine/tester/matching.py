"""Match what was traded live with what a test traded: which is which, and what the difference cost."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import Final, Literal

import msgspec

WINDOW_S: Final = 300
"""How far apart two entries may be and still be the same decision: some bars of a minute."""

_TELLING_MONEY: Final = 1.0
"""A profit of a cent or two is rounded too much to say what a step of the price is worth."""


class Traded(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A trade of either. Times: Unix seconds of one clock. net: account currency, costs included; profit:
    before them. exited_s, exit_price: None while it is open."""

    id: str
    side: Literal["buy", "sell"]
    volume: float
    entered_s: float
    entry_price: float
    exited_s: float | None = None
    exit_price: float | None = None
    profit: float = 0.0
    net: float = 0.0


class Pair(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A live trade and its tested one.

    late_s: how much later it was entered live. *_slippage_points: by how much the live price was worse than
    the tested one; below zero it was better. slippage_money: both, in account currency at the live volume;
    None where the price is not known to be worth anything. None of an exit where one of them is open.
    """

    live: Traded
    tested: Traded
    late_s: float
    entry_slippage_points: float
    exit_slippage_points: float | None
    slippage_money: float | None


class Matching(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """pairs: by live entry. missed: tested, and not traded live. extra: traded live, and not tested."""

    pairs: list[Pair]
    missed: list[Traded]
    extra: list[Traded]


def match(
    live: Sequence[Traded], tested: Sequence[Traded], *, point: float, window_s: float = WINDOW_S
) -> Matching:
    """Return which live trade is which tested one: of one side, entered within the window, each once.

    The closest entries are put together first; of two that are as close, the earlier. point: of the symbol.
    """
    near = sorted(
        (abs(one.entered_s - other.entered_s), one.entered_s, other.entered_s, place, at)
        for place, one in enumerate(live)
        for at, other in enumerate(tested)
        if one.side == other.side and abs(one.entered_s - other.entered_s) <= window_s
    )
    partner: dict[int, int] = {}
    taken: set[int] = set()
    for *_, place, at in near:
        if place not in partner and at not in taken:
            partner[place] = at
            taken.add(at)
    usual = _usual_worth(live)
    pairs = [_pair(live[place], tested[at], point, usual) for place, at in partner.items()]
    return Matching(
        pairs=sorted(pairs, key=lambda pair: pair.live.entered_s),
        missed=[other for at, other in enumerate(tested) if at not in taken],
        extra=[one for place, one in enumerate(live) if place not in partner],
    )


def _pair(live: Traded, tested: Traded, point: float, usual: float | None) -> Pair:
    sign = 1.0 if live.side == "buy" else -1.0
    entry = sign * (live.entry_price - tested.entry_price)
    leaving: float | None = None
    if live.exit_price is not None and tested.exit_price is not None:
        leaving = sign * (tested.exit_price - live.exit_price)
    worth = _worth(live) or usual
    money = None if worth is None else round((entry + (leaving or 0.0)) * worth * live.volume, 2) + 0.0
    return Pair(
        live=live,
        tested=tested,
        late_s=live.entered_s - tested.entered_s,
        entry_slippage_points=_points(entry, point),
        exit_slippage_points=None if leaving is None else _points(leaving, point),
        slippage_money=money,
    )


def _points(distance: float, point: float) -> float:
    # Adding nothing makes a negative zero a plain one.
    return round(distance / point, 1) + 0.0


def _worth(trade: Traded) -> float | None:
    """The account currency that a lot makes when the price rises by one, as the trade itself shows it."""
    if trade.exit_price is None or abs(trade.profit) < _TELLING_MONEY:
        return None
    moved = (trade.exit_price - trade.entry_price) * trade.volume
    return abs(trade.profit / moved) if moved else None


def _usual_worth(trades: Sequence[Traded]) -> float | None:
    found = [worth for trade in trades if (worth := _worth(trade)) is not None]
    return median(found) if found else None
