"""What the economic calendar and a crowd's positions say, as files have it. Pure: text in, records out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from metafleet.engine.market.calendarfile import (
    IMPACTS,
    MOST_BYTES,
    MOST_ROWS,
    Event,
    FeedRefused,
    moment,
    read_calendar,
    table,
)

__all__ = [
    "IMPACTS",
    "MOST_BYTES",
    "MOST_ROWS",
    "Event",
    "FeedRefused",
    "Sentiment",
    "read_calendar",
    "read_sentiment",
]


@dataclass(frozen=True, slots=True)
class Sentiment:
    """long_ratio: 0 to 1, of positions. positions: how many were counted, None where it is not said."""

    symbol: str
    at: datetime
    long_ratio: float
    positions: int | None


def read_sentiment(path: Path) -> list[Sentiment]:
    """Return the crowd's positions of a file: a CSV table with a time first, name and longPercentage.

    As Myfxbook's outlook is usually kept: the first column may have no name. totalPositions may be there.
    Raises FeedRefused.
    """
    rows = table(path, {"name", "longPercentage"}, "time")
    return [_sentiment(row, path, line) for line, row in enumerate(rows, start=2)]


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
    return Sentiment(row["name"].upper()[:32], moment(when, path, line), ratio, positions)
