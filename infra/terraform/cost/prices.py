"""The price file."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

FILE = Path(__file__).parents[1] / "prices.toml"


class NoSuchPrice(Exception):
    """An environment has a size of which the file has no price."""


class Prices:
    """US dollars, by what is paid for."""

    def __init__(self, file: Path = FILE) -> None:
        self._table: dict[str, Any] = tomllib.loads(file.read_text(), parse_float=Decimal)
        self._file = file

    def of(self, what: str) -> Decimal:
        """Raises NoSuchPrice."""
        if what not in self._table:
            raise NoSuchPrice(
                f"{self._file.name} has no price of '{what}': add it with its source and its date."
            )
        return Decimal(self._table[what]["usd"])

    def month(self, what: str) -> Decimal:
        """Of something that is paid by the hour, there all month."""
        return self.of(what) * self.hours

    @property
    def hours(self) -> int:
        """In a month."""
        return int(self._table["hours_in_a_month"])

    def entries(self) -> dict[str, dict[str, Any]]:
        return {name: entry for name, entry in self._table.items() if isinstance(entry, dict)}
