"""From one made tick to the next: the price passes what lies between, and stops fill where they stand.

A file's bars do not say which ticks there were. Between two that are made up within one bar the price is
taken to pass every level, so that a stop or a target is filled at its own price and not at the bar's extreme,
which would flatter targets and punish stops. Between two bars it may jump: then it is filled at the open.
"""

from __future__ import annotations

from metafleet.engine.broker.bounds import level_between
from metafleet.engine.broker.ledger import Ledger
from metafleet.engine.market.records import Tick


def go(ledger: Ledger, before: Tick | None, tick: Tick, period_msc: int) -> None:
    """Let a ledger take the levels on the way to a tick, as ticks, and then the tick.

    before: the last one of the symbol. period_msc: how long the bars are that ticks are made of; 0 where they
    are real, and nothing lies between.
    """
    if before is not None and period_msc and tick.time_msc // period_msc == before.time_msc // period_msc:
        symbol, digits = tick.symbol, ledger.quotes.specs[tick.symbol].digits
        while (levels := ledger.levels(symbol)) is not None:
            level = level_between(levels, before, tick, digits)
            if level is None:
                break
            ledger.on_tick(level)
            before = level
    ledger.on_tick(tick)
