"""The rows of an XLSX file's sheets, exactly as its XML has them.

The terminal writes the XML parts in UTF-16, which python-calamine refuses; openpyxl reads them
but needs minutes for large sheets, and calamine reserves memory for every cell up to the last,
which one cell at the far corner makes a way to stop the process. What a history needs of the
format is small: shared strings, which styles are dates, and the cells.
Source: ECMA-376, part 1, 18.2 to 18.8.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final
from xml.etree import ElementTree

from metafleet.hub.journal.imports.archives import read_part
from metafleet.hub.journal.imports.errors import NotAHistory
from metafleet.hub.journal.imports.tables import MOST_COLUMNS, Row, clean
from metafleet.hub.journal.imports.text import decode

_BROKEN: Final = "The Excel file is damaged. Save the report again, as Open XML or as HTML."
_DATE_FORMATS: Final = frozenset((*range(14, 23), *range(45, 48)))
"""numFmtId of the built-in formats that show dates or times."""
_DATE_CODE: Final = re.compile(r"[yd]|h.*m|m.*s", re.IGNORECASE)
_QUOTED: Final = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.')
_DECLARATION: Final = re.compile(r"^\s*<\?xml[^>]*\?>")
_SHEET: Final = re.compile(r"xl/worksheets/sheet(\d{1,4})\.xml")
_EPOCH: Final = datetime(1899, 12, 30)  # noqa: DTZ001 - a spreadsheet's clock has no zone
_EPOCH_1904: Final = datetime(1904, 1, 1)  # noqa: DTZ001


class Workbook:
    """An XLSX file, its parts read one by one.

    Raises NotAHistory for a damaged file, and for one that holds a document type.
    """

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        names = set(archive.namelist())
        self._strings = list(self._shared_strings()) if "xl/sharedStrings.xml" in names else []
        self._dates = self._date_styles() if "xl/styles.xml" in names else frozenset()
        book = self._part("xl/workbook.xml") if "xl/workbook.xml" in names else ""
        self._epoch = _EPOCH_1904 if re.search(r'date1904\s*=\s*"(?:1|true)"', book) else _EPOCH
        self._sheets = sorted(
            (int(found[1]), name) for name in names if (found := _SHEET.fullmatch(name)) is not None
        )

    def sheets(self) -> Iterator[Iterator[Row]]:
        """Yield each sheet's rows that have a cell, sheets by their number."""
        for _, name in self._sheets:
            yield self._rows(name)

    def _part(self, name: str) -> str:
        text = _DECLARATION.sub("", decode(read_part(self._archive, name)), count=1)
        if "<!DOCTYPE" in text or "<!ENTITY" in text:
            raise NotAHistory(
                "The Excel file declares entities, which no report does. Save the report again."
            )
        return text

    def _elements(self, part: str, wanted: str) -> Iterator[ElementTree.Element]:
        """Yield the elements of this name, each whole, and forget them one by one."""
        stream = io.BytesIO(self._part(part).encode("utf-8", "replace"))
        try:
            parents: list[ElementTree.Element] = []
            for event, element in ElementTree.iterparse(stream, events=("start", "end")):  # noqa: S314 - it has no entities
                if event == "start":
                    parents.append(element)
                    continue
                parents.pop()
                if _local(element) == wanted:
                    yield element
                    if parents:
                        parents[-1].remove(element)
        except ElementTree.ParseError as error:
            raise NotAHistory(_BROKEN) from error

    def _shared_strings(self) -> Iterator[str]:
        for item in self._elements("xl/sharedStrings.xml", "si"):
            yield clean("".join(_texts(item)))

    def _date_styles(self) -> frozenset[int]:
        codes = {
            _whole(item.get("numFmtId")): item.get("formatCode", "")
            for item in self._elements("xl/styles.xml", "numFmt")
        }
        dates = _DATE_FORMATS | {
            number for number, code in codes.items() if _DATE_CODE.search(_QUOTED.sub("", code))
        }
        styles = next(self._elements("xl/styles.xml", "cellXfs"), ())
        return frozenset(
            index for index, style in enumerate(styles) if _whole(style.get("numFmtId")) in dates
        )

    def _rows(self, part: str) -> Iterator[Row]:
        number = 0
        for row in self._elements(part, "row"):
            number = _whole(row.get("r")) or number + 1
            texts: list[str] = []
            columns: list[int] = []
            column = -1
            for cell in row:
                if _local(cell) != "c":
                    continue
                column = _column(cell.get("r", ""), column + 1)
                if column >= MOST_COLUMNS:
                    break
                if text := self._shown(cell):
                    texts.append(text)
                    columns.append(column)
            if texts:
                yield Row(number, texts, columns)

    def _shown(self, cell: ElementTree.Element) -> str:
        kind = cell.get("t", "n")
        if kind == "inlineStr":
            return clean("".join(_texts(cell)))
        value = next((child.text or "" for child in cell if _local(child) == "v"), "").strip()
        if kind == "s":
            index = _whole(value)
            return self._strings[index] if value and index < len(self._strings) else ""
        if kind == "n" and value and _whole(cell.get("s")) in self._dates:
            return self._date(value)
        return clean(value)

    def _date(self, value: str) -> str:
        """Spreadsheets count days; to the millisecond, past which the count is not exact."""
        try:
            moment = self._epoch + timedelta(milliseconds=round(float(value) * 86_400_000))
        except (ValueError, OverflowError):
            return clean(value)
        return moment.isoformat(" ")


def _texts(item: ElementTree.Element) -> Iterator[str]:
    """Yield the runs of a string; how it is pronounced is none of them."""
    for child in item:
        if _local(child) == "t":
            yield child.text or ""
        elif _local(child) in {"r", "is"}:
            yield from _texts(child)


def _local(element: ElementTree.Element) -> str:
    tag: str = element.tag
    return tag.rpartition("}")[2]


def _whole(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 10 else 0


def _column(reference: str, otherwise: int) -> int:
    letters = reference.rstrip("0123456789").upper()
    if not letters or len(letters) > 3 or not letters.isascii() or not letters.isalpha():
        return otherwise
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - ord("A") + 1
    return column - 1
