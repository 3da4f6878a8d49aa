"""Signals in a file, for a test: CSV with a heading, or one JSON object a line.

    time,side,probability,size,valid_until
    2024-03-01T14:30:00,buy,0.61,0.4,2024-03-01T14:45:00

time: from when on it is known, the end of the bar that it was made of. Times are by the server's clock, as
all of the tester: ISO 8601 without a zone (or UTC, which is how MetaTrader writes wall time), or epoch
seconds. probability: that the price goes up. Left out, size is 1; symbol, model, version and horizon_bars may
be there.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import msgspec

from metafleet.engine.experts.signals import Signal

MOST_SIGNALS: Final = 5_000_000
_SIDES: Final = ("buy", "sell", "none")
_NEEDED: Final = ("time", "side", "probability", "valid_until")


class SignalFileRefused(ValueError):
    """A file's signals cannot be used; the text is a sentence with the line."""


def read_signals(path: Path, symbol: str) -> list[Signal]:
    """Return a file's signals of this symbol, or of none that they name. Raises SignalFileRefused."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = _json_rows(file) if path.suffix.lower() in {".jsonl", ".json", ".ndjson"} else _rows(file)
            found = [_signal(row, line) for line, row in rows if row.get("symbol", symbol) == symbol]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise SignalFileRefused(f"{path}: {error}") from error
    except _Wrong as wrong:
        raise SignalFileRefused(f"{path}, line {wrong.line}: {wrong}") from None
    if not found:
        raise SignalFileRefused(f"{path} has no signals of {symbol}")
    return found


class _Wrong(Exception):
    def __init__(self, line: int, text: str) -> None:
        super().__init__(text)
        self.line = line


def _rows(file: Any) -> Iterator[tuple[int, Mapping[str, Any]]]:
    reader = csv.DictReader(file)
    missing = [name for name in _NEEDED if name not in (reader.fieldnames or ())]
    if missing:
        raise _Wrong(1, f"the heading needs {', '.join(_NEEDED)}; it has no {missing[0]}")
    for row in reader:
        yield reader.line_num, {name: value for name, value in row.items() if name and value}


def _json_rows(file: Any) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for line, text in enumerate(file, 1):
        if not text.strip():
            continue
        try:
            row = msgspec.json.decode(text)
        except msgspec.DecodeError as error:
            raise _Wrong(line, f"is no JSON: {error}") from error
        if not isinstance(row, dict):
            raise _Wrong(line, "is no JSON object")
        yield line, {_SNAKE.get(str(name), str(name)): value for name, value in row.items()}


_SNAKE: Final = {"validUntil": "valid_until", "horizonBars": "horizon_bars"}


def _signal(row: Mapping[str, Any], line: int) -> Signal:
    for name in _NEEDED:
        if name not in row:
            raise _Wrong(line, f"has no {name}")
    if row["side"] not in _SIDES:
        raise _Wrong(line, f"side must be {', '.join(_SIDES)}; found {row['side']!r}")
    signal = Signal(
        time_s=_time(row, "time", line),
        side=row["side"],
        probability=_ratio(row, "probability", line),
        size=_ratio(row, "size", line, 1.0),
        valid_until_s=_time(row, "valid_until", line),
        model=str(row.get("model", "")),
        version=_whole(row, "version", line),
        horizon_bars=_whole(row, "horizon_bars", line),
    )
    if signal.valid_until_s <= signal.time_s:
        raise _Wrong(line, "valid_until must come after time")
    return signal


def _time(row: Mapping[str, Any], name: str, line: int) -> int:
    value = row[name]
    try:
        return int(float(value))
    except (TypeError, ValueError, OverflowError):
        pass
    try:
        at = datetime.fromisoformat(str(value))
    except ValueError:
        raise _Wrong(line, f"{name} must be a time as 2024-03-01T14:30:00, found {value!r}") from None
    if at.utcoffset() not in {None, timedelta(0)}:
        raise _Wrong(line, f"{name} is by the server's clock and names no other zone: {value!r}")
    return int(at.replace(tzinfo=UTC).timestamp())


def _ratio(row: Mapping[str, Any], name: str, line: int, default: float = math.nan) -> float:
    try:
        number = float(row.get(name, default))
    except (TypeError, ValueError):
        number = math.nan
    if not 0.0 <= number <= 1.0:
        raise _Wrong(line, f"{name} must be from 0 to 1, found {row.get(name)!r}")
    return number


def _whole(row: Mapping[str, Any], name: str, line: int) -> int:
    try:
        return max(0, int(row.get(name, 0)))
    except (TypeError, ValueError):
        raise _Wrong(line, f"{name} must be a whole number, found {row[name]!r}") from None
