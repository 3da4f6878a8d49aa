"""The rows that are written once: what a signal is made of, and what the database has of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid4

import msgspec

from metafleet.hub.fleet.intake import Slot
from metafleet.hub.kernel import safejson
from metafleet.hub.signals.serving.shelf import Mind
from metafleet.hub.signals.serving.thinking import Thought

MOST: Final = 400
"""Signals in one statement."""
_RECORD: Final = """
    SELECT i, id, side, probability, size, valid_until, issued_at, is_new
    FROM signals_record(%s::jsonb, %s)
"""


@dataclass(frozen=True, slots=True)
class Draft:
    """A signal that is to be written. bar_at, valid_until: the market's time, in UTC.

    due_at: when, by the hub's clock, its outcome can be known. bar_s: bar_at by the server's clock, seconds.
    """

    slot: Slot
    mind: Mind
    thought: Thought
    symbol: str
    timeframe: str
    bar_at: datetime
    valid_until: datetime
    due_at: datetime
    bar_s: int
    is_shadow: bool = False


@dataclass(frozen=True, slots=True)
class Kept:
    """The row, as whoever wrote it first wrote it. is_new: that was this one."""

    id: UUID
    side: str
    probability: float
    size: float
    valid_until: datetime
    issued_at: datetime
    is_new: bool


class _Row(msgspec.Struct):
    i: int
    t: str
    v: int
    id: UUID
    version: UUID
    server: str
    symbol: str
    timeframe: str
    bar: datetime
    hash: str
    features: str
    side: str
    probability: float
    size: float
    shadow: bool
    until: datetime
    due: datetime
    bar_s: int


def statement(drafts: Sequence[Draft], now: datetime) -> tuple[str, list[Any]]:
    """Return the statement that writes them, with its values."""
    return _RECORD, [safejson.encode([_row(i, draft) for i, draft in enumerate(drafts)]), now]


def kept(drafts: Sequence[Draft], rows: Sequence[Any]) -> list[Kept | None]:
    """Return what the statement's rows say of each draft; None where its token was overtaken."""
    found = {row[0]: Kept(*row[1:]) for row in rows}
    return [found.get(i) for i in range(len(drafts))]


def _row(i: int, draft: Draft) -> _Row:
    verdict = draft.thought.verdict
    return _Row(
        i=i,
        t=draft.slot.name,
        v=draft.slot.token_version,
        id=uuid4(),
        version=draft.mind.version_id,
        server=draft.slot.server,
        symbol=draft.symbol,
        timeframe=draft.timeframe,
        bar=draft.bar_at,
        hash=draft.thought.inputs_hash,
        features=draft.thought.features.hex(),
        side=verdict.side,
        probability=verdict.probability,
        size=verdict.size,
        shadow=draft.is_shadow,
        until=draft.valid_until,
        due=draft.due_at,
        bar_s=draft.bar_s,
    )
