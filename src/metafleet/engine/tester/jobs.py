"""What a process is given that makes one test by itself, and what it tells while it does."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import msgspec

from metafleet.engine.experts.signals import Signal
from metafleet.engine.market.files.store import open_kept
from metafleet.engine.market.servertime import SERVER_ZONE
from metafleet.engine.market.supplies import GeneratedSupply, KeptSupply, Supply
from metafleet.engine.market.symbolfile import known_symbols
from metafleet.engine.market.symbols import SYMBOLS, SymbolSpec
from metafleet.engine.tester.contract import Test


class Supplied(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One symbol's prices. path: of an array that is kept (`files.store`); "" of the generator's."""

    symbol: str
    path: str = ""
    seed: int = 0


class BacktestJob(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """source: of an EA that was uploaded; "" for the one that ships under the slug.

    signals: what the Brain says; without any it is silent. notes: sentences for the report.
    """

    slug: str
    source: str = ""
    test: Test
    supplies: list[Supplied]
    signals: list[Signal] = []
    notes: list[str] = []


class Told(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """One line. kind: progress (0 to 1), done (with the report document), failed, no_cell."""

    kind: Literal["progress", "done", "failed", "no_cell"]
    error: str = ""
    progress: float = 0.0
    report: msgspec.Raw = msgspec.Raw(b"null")


def spec_of(symbol: str) -> SymbolSpec:
    """Return a symbol's conditions: those that it trades by live, else those of the file that ships.

    Raises KeyError.
    """
    return SYMBOLS[symbol] if symbol in SYMBOLS else known_symbols()[symbol]


def open_supplied(supplied: list[Supplied]) -> dict[str, Supply]:
    """Return the supplies by symbol. Raises MarketFileRefused, SourceRefused, KeyError."""
    return {one.symbol: _open(one) for one in supplied}


def _open(one: Supplied) -> Supply:
    if not one.path:
        return GeneratedSupply(spec_of(one.symbol), one.seed, SERVER_ZONE)
    opened = open_kept(Path(one.path))
    return KeptSupply(spec_of(one.symbol), opened.rows, opened.about.timeframe)
