"""HTML, spreadsheets and CSV as rows of cells.

Nothing here knows MetaTrader. What comes in was uploaded by strangers: every bound is here,
and every step takes time in proportion to the file.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from metafleet.hub.journal.imports.errors import NotAHistory
from metafleet.hub.journal.imports.values import squeeze

MOST_ROWS: Final = 200_000
MOST_COLUMNS: Final = 256
LONGEST_CELL: Final = 2_000
"""Characters. A comment of MetaTrader's has 31, a header a hundred."""
_DELIMITERS: Final = ";\t,|"


class Row(msgspec.Struct, gc=False):
    """A row as it is seen: the cells of which `columns` says where in the grid each begins.

    title: the first tool tip in the row. hidden: the texts of cells that a browser does not show.
    """

    number: int
    texts: list[str]
    columns: list[int]
    title: str = ""
    hidden: list[str] = []

    def between(self, first: int, end: int) -> str:
        """Return what stands in the columns from `first` to before `end`; "" for nothing."""
        return next(
            (
                text
                for column, text in zip(self.columns, self.texts, strict=True)
                if first <= column < end and text
            ),
            "",
        )

    def filled(self) -> list[str]:
        """Return the cells that are not empty."""
        return [text for text in self.texts if text]


def bounded(rows: Iterable[Row]) -> list[Row]:
    """Return the rows. Raises NotAHistory when there are more than can be imported at once."""
    found: list[Row] = []
    for row in rows:
        if len(found) >= MOST_ROWS:
            raise NotAHistory(
                f"The file has more than {MOST_ROWS:,} rows. Export a shorter period, "
                "and import one after another."
            )
        found.append(row)
    return found


def clean(text: str) -> str:
    """Return a cell's text on one line, without what PostgreSQL cannot keep."""
    if text.isascii() and text.isalnum() and len(text) < LONGEST_CELL:
        return text  # most cells
    return squeeze(text[:LONGEST_CELL].replace("\x00", ""))


def delimiter_of(text: str) -> str:
    """Return the mark between this text's columns: the one that most lines share, in equal number."""
    lines = [line for line in text[:20_000].splitlines()[:30] if line.strip()]

    def worth(mark: str) -> tuple[int, int]:
        counts = [line.count(mark) for line in lines]
        usual = max(set(counts), key=counts.count, default=0)
        return (counts.count(usual) if usual else 0), usual

    return max(_DELIMITERS, key=worth)


def csv_rows(text: str) -> Iterator[Row]:
    """Yield the lines of a CSV file, whatever stands between its columns.

    Raises NotAHistory for text that is no CSV.
    """
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter_of(text))
    try:
        for number, cells in enumerate(reader, 1):
            texts = [clean(cell) for cell in cells[:MOST_COLUMNS]]
            if any(texts):
                yield Row(number, texts, list(range(len(texts))))
    except csv.Error as error:
        raise NotAHistory(f"The file breaks off as a CSV: {error}. Export it again.") from error
