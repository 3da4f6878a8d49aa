"""Rows as files that spreadsheets and scripts read, made by the page: however many, few are in memory."""

from __future__ import annotations

import csv
import io
import json
import tempfile
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, Final

Row = dict[str, Any]
Pages = Iterable[Sequence[Row]]
"""Rows by the page. Values are None, text, numbers, instants in UTC, or lists of text."""

_EXACT: Final = 10**15
"""A spreadsheet's numbers are floats: a longer ticket would lose its last digits."""
_CHUNK: Final = 64 * 1024


def csv_pages(columns: Sequence[str], pages: Pages) -> Iterator[bytes]:
    """Yield the header, then a chunk for each page. Instants are ISO-8601."""
    yield _csv(columns, [dict(zip(columns, columns, strict=True))])
    for page in pages:
        yield _csv(columns, page)


def json_pages(columns: Sequence[str], pages: Pages) -> Iterator[bytes]:
    """Yield one array of objects with camelCase names, as the API has them."""
    names = {column: _camel(column) for column in columns}
    between = b"["
    for page in pages:
        for row in page:
            shown = {names[column]: row[column] for column in columns}
            yield between + json.dumps(shown, default=_iso, ensure_ascii=False).encode()
            between = b",\n"
    yield b"[]" if between == b"[" else b"]"


def json_lines(pages: Iterable[Sequence[Row]]) -> Iterator[bytes]:
    """Yield one JSON object a line, a chunk for each page; the rows are as they are to be shown."""
    for page in pages:
        yield b"".join(json.dumps(row, ensure_ascii=False).encode() + b"\n" for row in page)


def as_json(value: Any) -> str:
    """Return the value as one cell, "" for an empty one."""
    return json.dumps(value, ensure_ascii=False) if value else ""


def xlsx_pages(columns: Sequence[str], pages: Pages) -> Iterator[bytes]:
    """Yield a workbook of one sheet. It is written to a temporary file row by row, then sent.

    Text is written as text: no spreadsheet runs it.
    """
    import xlsxwriter

    with tempfile.TemporaryFile() as file:
        options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        with xlsxwriter.Workbook(file, options) as workbook:
            sheet = workbook.add_worksheet()
            instant = workbook.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
            sheet.write_row(0, 0, columns, workbook.add_format({"bold": True}))
            sheet.freeze_panes(1, 0)
            line = 0
            for page in pages:
                for row in page:
                    line += 1
                    _write_row(sheet, line, [row[column] for column in columns], instant)
        file.seek(0)
        while chunk := file.read(_CHUNK):
            yield chunk


WRITERS: Final[dict[str, Callable[[Sequence[str], Pages], Iterator[bytes]]]] = {
    "csv": csv_pages,
    "json": json_pages,
    "xlsx": xlsx_pages,
}


def _write_row(sheet: Any, line: int, values: Sequence[Any], instant: Any) -> None:
    for column, value in enumerate(values):
        match value:
            case None | "" | []:
                continue
            case datetime():
                sheet.write_datetime(line, column, value.astimezone(UTC).replace(tzinfo=None), instant)
            case int() | float() if abs(value) < _EXACT:
                sheet.write_number(line, column, value)
            case _:
                sheet.write_string(line, column, _text(value))


def _csv(columns: Sequence[str], rows: Sequence[Row]) -> bytes:
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerows([_cell(row[column]) for column in columns] for row in rows)
    return buffer.getvalue().encode()


def _cell(value: Any) -> str:
    """Return the value as CSV has it.

    Text that a spreadsheet would run as a formula is shown as text instead.
    Source: OWASP, CSV Injection; a control character before the formula is skipped by some of them.
    """
    text = _text(value)
    if not text or not isinstance(value, str | list):
        return text
    return f"'{text}" if text[0] in "=+-@" or unicodedata.category(text[0]) == "Cc" else text


def _text(value: Any) -> str:
    match value:
        case None:
            return ""
        case datetime():
            return _iso(value)
        case list():
            return ", ".join(value)
        case _:
            return str(value)


def _iso(value: Any) -> str:
    moment: datetime = value
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)
