"""`python -m metafleet.runner.trial --root DIR --data-mb N --cpu-s N [--user UID]`: try an uploaded EA out.

Its source comes by standard input. The process shuts itself in a cell (`cell`), and only then loads
the source; it trades the shipped sample market on a ledger of its own and tells how it goes, one JSON
line for each of `Told`, on standard output. Whoever reads them knows that the EA itself could have
written them: what must be certain (time, memory, the end) is measured from outside.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any, Final

import msgspec

from metafleet.engine.broker.book import Tickets
from metafleet.engine.broker.ledger import Ledger, NewAccount, open_ledger
from metafleet.engine.broker.quotes import Quotes
from metafleet.engine.broker.records import DEAL_BALANCE, ENTRY_OUT
from metafleet.engine.experts.expert import Expert
from metafleet.engine.experts.inputs import input_schema
from metafleet.engine.experts.loading import NotLoadable, load_expert, preload, words_of
from metafleet.engine.experts.offline import OfflineRun
from metafleet.engine.experts.review import MOST_BYTES, review
from metafleet.engine.market.records import Bar, Tick
from metafleet.engine.market.series import PERIOD_S
from metafleet.engine.market.sources import open_source
from metafleet.engine.market.symbols import SYMBOLS
from metafleet.engine.market.ticks import FAST_TICKS, bar_quotes
from metafleet.runner import cell, confinement

WARM_UP_BARS: Final = 1_500
DEPOSIT: Final = 10_000
EQUITY_POINTS: Final = 200
MOST_LINES: Final = 40
LINE_LENGTH: Final = 200
TELL_EVERY_S: Final = 0.25
MAGIC: Final = 1

EXIT_DONE: Final = 0
EXIT_FAILED: Final = 1
EXIT_NO_CELL: Final = 5


class Told(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """One line. kind: declared (what the class says of itself), progress (0 to 1), done, failed, no_cell."""

    kind: str
    error: str = ""
    progress: float = 0.0
    declared: dict[str, Any] = {}
    schema: dict[str, Any] = {}
    figures: dict[str, Any] = {}


def main(arguments: list[str] | None = None) -> int:
    """Try the EA out and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m metafleet.runner.trial", description=__doc__)
    parser.add_argument("--root", type=Path, required=True, help="an empty folder")
    parser.add_argument("--data-mb", type=int, required=True, help="private memory that it may reserve")
    parser.add_argument("--cpu-s", type=int, required=True, help="processor time that it may use")
    parser.add_argument("--user", type=int, help="numeric user to become, where started by root")
    options = parser.parse_args(arguments)
    confinement.end_with_parent()
    source = sys.stdin.buffer.read(MOST_BYTES + 1)
    preload()
    symbol = next(iter(review(source).symbols), "EURUSD")
    bars = list(open_source("sample", 0).bars[symbol].bars())
    os.nice(10)
    try:
        cell.enter(cell.Cell(options.root, options.user, options.data_mb, options.cpu_s))
    except cell.NoCell as missing:
        _tell(Told(kind="no_cell", error=str(missing)))
        return EXIT_NO_CELL
    return _try_out(source.decode(), symbol, bars)


def _try_out(source: str, symbol: str, bars: list[Bar]) -> int:
    try:
        cls = load_expert(source)
        declared, schema = _declared(cls), input_schema(cls)
        _tell(Told(kind="declared", declared=declared, schema=schema))
        _tell(Told(kind="done", figures=_Run(cls, symbol, bars).go()))
    except NotLoadable as fault:
        _tell(Told(kind="failed", error=str(fault)))
    except MemoryError:
        _tell(Told(kind="failed", error="It asked for more memory than a trial may have."))
    except BaseException as fault:  # noqa: BLE001 - whatever the EA raises is the EA's failure
        _tell(Told(kind="failed", error=words_of(fault)))
    else:
        return EXIT_DONE
    return EXIT_FAILED


class _Run:
    """One EA over the sample's bars: all of its symbol's, the first of them as history."""

    def __init__(self, cls: type[Expert], symbol: str, bars: list[Bar]) -> None:
        self._symbol, self._bars = symbol, bars
        self._quotes = Quotes(SYMBOLS.values())
        account = NewAccount(login=1, name="Trial", deposit=Decimal(DEPOSIT))
        first = bars[WARM_UP_BARS]
        self._ledger = open_ledger(account, self._quotes, Tickets(), first.time_s * 1000)
        self._run = OfflineRun(cls, self._ledger, symbol, MAGIC, None, bars[:WARM_UP_BARS])
        self._ticks = 0
        self._equity: list[tuple[int, float]] = []

    def go(self) -> dict[str, Any]:
        """Trade to the end and return the figures."""
        traded = len(self._bars) - WARM_UP_BARS
        step, told_at = max(1, traded // EQUITY_POINTS), time.monotonic()
        for index, bar in enumerate(islice(self._bars, WARM_UP_BARS, None)):
            for tick in self._ticks_of(bar):
                self._ledger.on_tick(tick)
                self._run.take(tick)
            if index % step == 0:
                self._equity.append((bar.time_s, float(self._ledger.account().equity)))
            if time.monotonic() - told_at >= TELL_EVERY_S:
                told_at = time.monotonic()
                _tell(Told(kind="progress", progress=round(index / traded, 3)))
        self._run.finish(close_positions=True)
        self._equity.append((self._bars[-1].time_s, float(self._ledger.account().equity)))
        return self._figures(traded)

    def _ticks_of(self, bar: Bar) -> Iterator[Tick]:
        for time_msc, bid, ask in bar_quotes(SYMBOLS[self._symbol], bar, PERIOD_S, FAST_TICKS):
            self._ticks += 1
            yield Tick(self._symbol, time_msc, bid, ask)

    def _figures(self, traded: int) -> dict[str, Any]:
        ledger: Ledger = self._ledger
        deals = [deal for deal in ledger.deals if deal.type != DEAL_BALANCE]
        return {
            "symbol": self._symbol,
            "bars": traded,
            "ticks": self._ticks,
            "deals": len(deals),
            "trades": sum(deal.entry == ENTRY_OUT for deal in deals),
            "netProfit": float(sum((deal.net for deal in deals), Decimal(0))),
            "currency": ledger.book.currency,
            "fromS": self._bars[WARM_UP_BARS].time_s,
            "toS": self._bars[-1].time_s,
            "equity": self._equity,
            "log": [str(line)[:LINE_LENGTH] for line in self._run.desk.lines[-MOST_LINES:]],
        }


def _declared(cls: type[Expert]) -> dict[str, Any]:
    return {
        "slug": cls.slug,
        "name": cls.name,
        "version": cls.version,
        "category": cls.category,
        "summary": cls.summary,
        "description": cls.description,
        "riskNote": cls.risk_note,
        "timeframe": cls.timeframe,
        "symbols": list(cls.symbols),
        "cpu": float(cls.resources.cpu),
        "memoryMb": int(cls.resources.memory_mb),
    }


def _tell(told: Told) -> None:
    with suppress(OSError):
        os.write(1, msgspec.json.encode(told) + b"\n")


if __name__ == "__main__":
    sys.exit(main())
