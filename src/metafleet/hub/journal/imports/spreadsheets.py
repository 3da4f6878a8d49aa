"""The rows of an XLSX file's sheets, exactly as its XML has them.

The terminal writes the XML parts in UTF-16, which python-calamine 0.9 refuses, and openpyxl 3.1
takes minutes over large sheets; both reserve memory for every cell up to the last, which one cell
in the far corner makes a way to stop the process. What a history needs of the format is small:
shared strings, which styles are dates, and the cells.
Source: ECMA-376, part 1, 18.2 to 18.8.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final
from xml.etree.ElementTree import ParseError, XMLParser

from metafleet.hub.journal.imports.archives import read_part
from metafleet.hub.journal.imports.errors import NotAHistory
from metafleet.hub.journal.imports.tables import MOST_COLUMNS, MOST_ROWS, Row, clean

_BROKEN: Final = "The Excel file is damaged. Save the report again, as Open XML or as HTML."
_DATE_FORMATS: Final = frozenset((*range(14, 23), *range(45, 48)))
"""numFmtId of the built-in formats that show dates or times."""
_DATE_CODE: Final = re.compile(r"[yd]|h.*m|m.*s", re.IGNORECASE)
_QUOTED: Final = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.')
_SHEET: Final = re.compile(r"xl/worksheets/sheet(\d{1,4})\.xml")
_EPOCH: Final = datetime(1899, 12, 30)  # noqa: DTZ001 - a spreadsheet's clock has no zone
_EPOCH_1904: Final = datetime(1904, 1, 1)  # noqa: DTZ001
_CHUNK: Final = 64 * 1024
_DEEPEST: Final = 50
"""Elements inside each other; a sheet has about six."""
_LONGEST: Final = 100_000
"""Characters in one element; a cell may have 32,767."""


class Workbook:
    """An XLSX file, its parts read one by one.

    Raises NotAHistory for a damaged file, and for one that declares a document type.
    """

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        names = set(archive.namelist())
        strings, styles, book = _Strings(), _Styles(), _Book()
        for name, part in (
            ("xl/sharedStrings.xml", strings),
            ("xl/styles.xml", styles),
            ("xl/workbook.xml", book),
        ):
            if name in names:
                for _ in self._parsed(name, part):
                    pass
        self._strings, self._dates, self._epoch = strings.found, styles.dates(), book.epoch
        self._sheets = sorted(
            (int(found[1]), name) for name in names if (found := _SHEET.fullmatch(name)) is not None
        )

    def rows(self) -> Iterator[Row]:
        """Yield the rows that have a cell, of one sheet after another."""
        for _, name in self._sheets:
            sheet = _Sheet(self._strings, self._dates, self._epoch)
            for _ in self._parsed(name, sheet):
                yield from sheet.taken()
            yield from sheet.taken()

    def _parsed(self, name: str, target: _Part) -> Iterator[None]:
        """Read a part by and by. It may be in UTF-8 or UTF-16: its own mark says which."""
        content = read_part(self._archive, name)
        parser = XMLParser(target=target)  # noqa: S314 - a document type is refused, so there are no entities
        try:
            for first in range(0, len(content), _CHUNK):
                parser.feed(content[first : first + _CHUNK])
                yield
            parser.close()
        except (ParseError, ValueError, LookupError) as error:
            raise NotAHistory(_BROKEN) from error


class _Part:
    """Takes the elements of one part; tells them by their names without the namespace."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._depth = 0
        self._text: list[str] = []
        self._length = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise NotAHistory(_BROKEN)
        name = self._names.get(tag)
        if name is None:
            name = self._names[tag] = tag.rpartition("}")[2]
        self._length = 0
        self.begin(name, attributes)

    def end(self, tag: str) -> None:
        self._depth -= 1
        self.finish(self._names[tag])

    def data(self, text: str) -> None:
        self._length += len(text)
        if self._length <= _LONGEST:
            self._text.append(text)

    def doctype(self, *_: Any) -> None:
        raise NotAHistory("The Excel file declares a document type, which no report does. Save it again.")

    def close(self) -> None:
        """The parser asks for it at the end."""

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        raise NotImplementedError

    def finish(self, name: str) -> None:
        raise NotImplementedError

    def _said(self) -> str:
        text, self._text = "".join(self._text), []
        return text


class _Strings(_Part):
    """The shared strings, each of one or more runs; how one is pronounced is none of them."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._runs: list[str] = []
        self._is_sound = False

    def begin(self, name: str, attributes: dict[str, str]) -> None:  # noqa: ARG002
        if name == "t":
            self._text.clear()
        elif name == "rPh":
            self._is_sound = True

    def finish(self, name: str) -> None:
        if name == "t" and not self._is_sound:
            self._runs.append(self._said())
        elif name == "rPh":
            self._is_sound = False
        elif name == "si":
            self.found.append(clean("".join(self._runs)))
            self._runs = []
        self._text.clear()


class _Styles(_Part):
    """Which cell styles show dates."""

    def __init__(self) -> None:
        super().__init__()
        self._codes: dict[int, str] = {}
        self._formats: list[int] = []
        self._is_cells = False

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        if name == "numFmt":
            self._codes[_whole(attributes.get("numFmtId"))] = attributes.get("formatCode", "")
        elif name == "cellXfs":
            self._is_cells = True
        elif name == "xf" and self._is_cells:
            self._formats.append(_whole(attributes.get("numFmtId")))

    def finish(self, name: str) -> None:
        if name == "cellXfs":
            self._is_cells = False
        self._text.clear()

    def dates(self) -> frozenset[int]:
        own = {number for number, code in self._codes.items() if _DATE_CODE.search(_QUOTED.sub("", code))}
        return frozenset(
            index for index, number in enumerate(self._formats) if number in _DATE_FORMATS or number in own
        )


class _Book(_Part):
    """From when the workbook counts its days."""

    def __init__(self) -> None:
        super().__init__()
        self.epoch = _EPOCH

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        if name == "workbookPr" and attributes.get("date1904") in {"1", "true"}:
            self.epoch = _EPOCH_1904

    def finish(self, name: str) -> None:  # noqa: ARG002
        self._text.clear()


class _Sheet(_Part):
    """The cells of a sheet, row by row."""

    def __init__(self, strings: list[str], dates: frozenset[int], epoch: datetime) -> None:
        super().__init__()
        self._strings, self._dates, self._epoch = strings, dates, epoch
        self._rows: list[Row] = []
        self._count = 0
        self._row = Row(0, [], [])
        self._column = -1
        self._kind, self._style = "n", 0
        self._value: str | None = None

    def taken(self) -> Iterator[Row]:
        """Yield the rows that are whole by now, once."""
        found, self._rows = self._rows, []
        yield from found

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        if name == "c":
            self._column = _column(attributes.get("r", ""), self._column + 1)
            self._kind, self._style = attributes.get("t", "n"), _whole(attributes.get("s"))
            self._value = None
        elif name == "row":
            self._row = Row(_whole(attributes.get("r")) or self._row.number + 1, [], [])
            self._column = -1
        elif name in {"v", "t"}:
            self._text.clear()

    def finish(self, name: str) -> None:
        if name == "v" or (name == "t" and self._kind == "inlineStr"):
            self._value = (self._value or "") + self._said()
        elif name == "c" and self._value is not None and self._column < MOST_COLUMNS:
            if text := self._shown(self._value):
                self._row.texts.append(text)
                self._row.columns.append(self._column)
        elif name == "row" and self._row.texts and self._count <= MOST_ROWS:
            self._count += 1
            self._rows.append(self._row)

    def _shown(self, value: str) -> str:
        if self._kind == "s":
            index = _whole(value)
            return self._strings[index] if value and index < len(self._strings) else ""
        if self._kind == "n" and value and self._style in self._dates:
            return self._date(value)
        return clean(value)

    def _date(self, value: str) -> str:
        """Spreadsheets count days; to the millisecond, past which the count is not exact."""
        try:
            moment = self._epoch + timedelta(milliseconds=round(float(value) * 86_400_000))
        except (ValueError, OverflowError):
            return clean(value)
        return moment.isoformat(" ")


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
