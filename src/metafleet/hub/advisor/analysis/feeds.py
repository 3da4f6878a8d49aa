"""What the economic calendar and a crowd's positions say, as files have it. Pure: text in, records out."""

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


@dataclass(frozen=True, slots=True)
class Sentiment:
    """long_ratio: 0 to 1, of positions. positions: how many were counted, None where it is not said."""

    symbol: str
    at: datetime
    long_ratio: float
    positions: int | None


def read_calendar(path: Path) -> list[Event]:
    """Return the events of a file: a CSV table with datetime, currency, impact and event, perhaps packed.

    datetime: ISO 8601; without an offset it is UTC. event_id, actual, forecast, previous may be there.
    Impacts are by their first word: high, medium, low, anything else is none. Raises FeedRefused.
    """
    rows = _rows(path, {"datetime", "currency", "impact", "event"}, "")
    return [_event(row, path, line) for line, row in enumerate(rows, start=2)]


def read_sentiment(path: Path) -> list[Sentiment]:
    """Return the crowd's positions of a file: a CSV table with a time first, name and longPercentage.

    As Myfxbook's outlook is usually kept: the first column may have no name. totalPositions may be there.
    Raises FeedRefused.
    """
    rows = _rows(path, {"name", "longPercentage"}, "time")
    return [_sentiment(row, path, line) for line, row in enumerate(rows, start=2)]


def _rows(path: Path, wanted: set[str], first: str) -> list[dict[str, str]]:
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
    at = _time(row["datetime"], path, line)
    currency, name = row["currency"].upper()[:8], row["event"][:200]
    said = f"{at.date()} {currency} {name}"
    word = (row["impact"].split() or [""])[0].lower()
    return Event(
        id=row.get("event_id") or hashlib.sha256(said.encode()).hexdigest()[:32],
        at=at,
        currency=currency,
        impact=word if word in IMPACTS else "none",
        name=name,
        **{key: (row.get(key) or "")[:40] for key in ("actual", "forecast", "previous")},
    )


def _sentiment(row: dict[str, str], path: Path, line: int) -> Sentiment:
    when = row.get("time") or row.get("datetime") or ""
    try:
        ratio = float(row["longPercentage"]) / 100.0
        counted = row.get("totalPositions") or ""
        positions = int(float(counted)) if counted else None
    except ValueError as wrong:
        raise FeedRefused(f"{path.name}, line {line}: {wrong}.") from wrong
    if not 0.0 <= ratio <= 1.0:
        raise FeedRefused(f"{path.name}, line {line}: longPercentage is {ratio * 100:g}, not 0 to 100.")
    return Sentiment(row["name"].upper()[:32], _time(when, path, line), ratio, positions)


def _time(text: str, path: Path, line: int) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError as wrong:
        raise FeedRefused(
            f"{path.name}, line {line}: {text!r} is no time such as 2026-01-31 13:30."
        ) from wrong
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
