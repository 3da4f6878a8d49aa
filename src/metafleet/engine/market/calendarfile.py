"""The economic calendar as a file has it: scheduled events, whose they are, and how much they weigh.

One file for the markets' board, for training and for serving. Pure: text in, records out.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

IMPACTS: Final = ("high", "medium", "low", "none")
MOST_ROWS: Final = 50_000
MOST_BYTES: Final = 20 * 1024 * 1024
_ALSO: Final = {"moderate": "medium"}
"""MetaTrader's word."""


class FeedRefused(ValueError):
    """This is no such file; the text is a sentence for the operator."""


@dataclass(frozen=True, slots=True)
class Event:
    """One of the calendar. id: of its source; the same event said again has the same."""

    id: str
    at: datetime
    currency: str
    impact: str
    name: str
    actual: str
    forecast: str
    previous: str


def read_calendar(path: Path) -> list[Event]:
    """Return the events of a file: a CSV table with datetime, currency, impact and event, perhaps packed.

    datetime: ISO 8601; without an offset it is UTC. event_id, actual, forecast, previous may be there.
    Impacts are by their first word: high, medium, low, anything else is none. Raises FeedRefused.
    """
    rows = table(path, {"datetime", "currency", "impact", "event"}, "")
    return [_event(row, path, line) for line, row in enumerate(rows, start=2)]


def table(path: Path, wanted: set[str], first: str) -> list[dict[str, str]]:
    """Return the rows of a CSV file by column. wanted: columns that it must have. first: the name of a first
    column without one, "" for none. Raises FeedRefused."""
    lines = _text(path).splitlines()
    if not lines:
        raise FeedRefused(f"{path.name} is empty.")
    header = next(csv.reader(lines[:1]))
    cells = list(csv.reader(lines[1 : MOST_ROWS + 1]))
    if first and cells and len(cells[0]) == len(header) + 1:
        header = [first, *header]
    if missing := wanted - set(header):
        raise FeedRefused(
            f"{path.name} has no column {', '.join(sorted(missing))}; it has {', '.join(header)}."
        )
    return [dict(zip(header, row, strict=False)) for row in cells if row]


def _text(path: Path) -> str:
    try:
        data = path.read_bytes() if path.stat().st_size <= MOST_BYTES else b""
        if path.suffix == ".gz":
            with gzip.open(path) as file:
                data = file.read(MOST_BYTES + 1)
        if not data or len(data) > MOST_BYTES:
            raise FeedRefused(f"{path.name} is empty, or larger than {MOST_BYTES >> 20} MB.")
        return data.decode("utf-8-sig")
    except (OSError, EOFError, UnicodeDecodeError) as wrong:
        raise FeedRefused(f"{path.name} cannot be read: {wrong}") from wrong


def _event(row: dict[str, str], path: Path, line: int) -> Event:
    at = moment(row["datetime"], path, line)
    currency, name = row["currency"].upper()[:8], row["event"][:200]
    said = f"{at.date()} {currency} {name}"
    word = (row["impact"].split() or [""])[0].lower()
    word = _ALSO.get(word, word)
    return Event(
        id=row.get("event_id") or hashlib.sha256(said.encode()).hexdigest()[:32],
        at=at,
        currency=currency,
        impact=word if word in IMPACTS else "none",
        name=name,
        **{key: (row.get(key) or "")[:40] for key in ("actual", "forecast", "previous")},
    )


def moment(text: str, path: Path, line: int) -> datetime:
    """Return the moment that a cell says, in UTC. Raises FeedRefused."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError as wrong:
        raise FeedRefused(
            f"{path.name}, line {line}: {text!r} is no time such as 2026-01-31 13:30."
        ) from wrong
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
