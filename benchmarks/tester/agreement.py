"""Whether two lists of trades are the same, and where not."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

PRICE: Final = 0.000_004
"""Prices are the same within less than half a point."""
PROFIT: Final = 0.004
"""USD; a point of 0.1 lot is 0.1."""

Row = dict[str, float]


class Agreement(NamedTuple):
    """trades: on one side and on the other. same: how many are the same in all that is compared. examples:
    sentences on the first trades that differ."""

    trades: int
    expected: int
    same: int
    examples: list[str]

    @property
    def is_full(self) -> bool:
        """Nothing differs."""
        return self.trades == self.expected == self.same

    @property
    def differing(self) -> int:
        """How many trades are on one side only, or differ."""
        return max(self.trades, self.expected) - self.same


def read(path: Path) -> list[Row]:
    """Return the trades of a file, by when they were opened and closed."""
    with path.open(newline="") as file:
        rows = [{name: float(value) for name, value in row.items()} for row in csv.DictReader(file)]
    return sorted(rows, key=lambda row: (row["entered_s"], row["exited_s"], row["entry_price"]))


def compare(rows: Sequence[Row], expected: Sequence[Row], examples: int = 3) -> Agreement:
    """Compare trades with those of the reference: times, sides, prices and profit of each."""
    waiting: dict[tuple[float, float], list[Row]] = {}
    for row in expected:
        waiting.setdefault((row["entered_s"], row["side"]), []).append(row)
    same, sentences = 0, []
    for row in rows:
        twins = waiting.get((row["entered_s"], row["side"]), [])
        twin = min(twins, key=lambda one: len(_differing(row, one)), default=None)
        if twin is None:
            sentences.append((row["entered_s"], f"{_words(row)} is not in the reference"))
            continue
        twins.remove(twin)
        if names := _differing(row, twin):
            what = ", ".join(f"{name} {_word(name, row)} for {_word(name, twin)}" for name in names)
            sentences.append((row["entered_s"], f"{_words(row)}: {what}"))
        else:
            same += 1
    for twins in waiting.values():
        sentences += [(twin["entered_s"], f"{_words(twin)} is missing") for twin in twins]
    told = [sentence for _, sentence in sorted(sentences)[:examples]]
    return Agreement(len(rows), len(expected), same, told)


def _differing(row: Row, twin: Row) -> list[str]:
    slack = {"entry_price": PRICE, "exit_price": PRICE, "profit": PROFIT}
    return [
        name
        for name in ("exited_s", "entry_price", "exit_price", "profit")
        if abs(row[name] - twin[name]) > slack.get(name, 0.0)
    ]


def _words(row: Row) -> str:
    return f"{_word('entered_s', row)} {'long' if row['side'] > 0 else 'short'}"


def _word(name: str, row: Row) -> str:
    if name.endswith("_s"):
        return dt.datetime.fromtimestamp(row[name], dt.UTC).strftime("%Y-%m-%d %H:%M")
    return f"{row[name]:.2f}" if name == "profit" else f"{row[name]:.5f}"
