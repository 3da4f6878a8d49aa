"""What the journal should make of any set of items: slow, plain, and in no hurry about order."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import msgspec

from metafleet.engine.statements.folding import BUY, IN, SELL, Deal, TradeRow, fold

Item = tuple[Deal, ...]
"""What is reported as one: a deal, or a closed MT4 order's entry and exit."""

_LINK = re.compile(r"(from|to) #(\d+)")


def trades(items: Iterable[Item]) -> list[TradeRow]:
    """Return the trades of all of these items; each deal may occur many times."""
    known = list(items)
    deals = _deals(known)
    roots = _roots(known)
    return fold(
        msgspec.structs.replace(deal, position_id=roots.get(abs(deal.ticket), deal.position_id))
        if deal.kind in (BUY, SELL)
        else deal
        for deal in deals
    )


def _deals(items: Sequence[Item]) -> list[Deal]:
    """One of each ticket; a closed order's own entry rather than what was said while it was open."""
    found: dict[int, Deal] = {}
    for item in sorted(items, key=len):
        for deal in item:
            found[deal.ticket] = deal
    return list(found.values())


def _roots(items: Sequence[Item]) -> dict[int, int]:
    """The lowest ticket of everything that each linked ticket hangs together with."""
    near: dict[int, set[int]] = {}
    for item in items:
        for deal in item:
            link = _LINK.match(deal.comment)
            is_order = deal.ticket < 0 or (deal.entry == IN and deal.position_id == deal.ticket)
            if link and is_order and deal.order_id is None and deal.kind in (BUY, SELL):
                near.setdefault(abs(deal.ticket), set()).add(int(link[2]))
                near.setdefault(int(link[2]), set()).add(abs(deal.ticket))
    roots: dict[int, int] = {}
    for start in sorted(near):
        waiting = [start]
        while waiting:
            ticket = waiting.pop()
            if ticket not in roots:
                roots[ticket] = start
                waiting.extend(near[ticket])
    return roots
