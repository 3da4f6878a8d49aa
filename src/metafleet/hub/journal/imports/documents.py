"""An uploaded file, opened: a page, a sheet, a CSV, JSON, or an archive of such."""

from __future__ import annotations

import json
import re
import zipfile
from typing import Any, Final, Literal

import msgspec

from metafleet.hub.journal.imports.archives import open_archive, read_part
from metafleet.hub.journal.imports.errors import NotAHistory
from metafleet.hub.journal.imports.html_rows import HtmlRows
from metafleet.hub.journal.imports.spreadsheets import Workbook
from metafleet.hub.journal.imports.tables import MOST_ROWS, Row, bounded, csv_rows
from metafleet.hub.journal.imports.text import decode

WHAT_TO_EXPORT: Final = (
    "Upload a MetaTrader 5 history report (HTML or Excel), a MetaTrader 4 statement, "
    "a dump of the MetaTrader5 Python package, or the CSV of an MQL5 signal or of FTMO."
)
_MAGIC: Final = (
    (b"\x89PNG", "an image (PNG)"),
    (b"\xff\xd8\xff", "an image (JPEG)"),
    (b"GIF8", "an image (GIF)"),
    (b"BM", "an image (BMP)"),
    (b"RIFF", "an image or a sound"),
    (b"%PDF", "a PDF"),
    (b"\xd0\xcf\x11\xe0", "an Excel file of the old kind (.xls)"),
    (b"MZ", "a Windows program"),
    (b"\x7fELF", "a program"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"SQLite format 3", "a database"),
)
_PAGE: Final = re.compile(r"<(!doctype|html|head|body|table|tr|td)\b", re.IGNORECASE)
_ZIP: Final = b"PK\x03\x04"
_MOST_PARTS: Final = 12
_READABLE: Final = (".json", ".csv", ".txt", ".xlsx", ".html", ".htm")


class Document(msgspec.Struct):
    """A file by its content; its name decides nothing.

    rows: of a page, sheet or CSV. data: of JSON. parts: of an archive, by their names.
    """

    kind: Literal["html", "xlsx", "csv", "json", "zip"]
    rows: list[Row] = []
    data: Any = None
    parts: dict[str, Document] = {}
    title: str = ""
    generator: str = ""


def open_document(content: bytes, *, is_inner: bool = False) -> Document:
    """Open a file; one inside an archive may be a spreadsheet, but no archive of others.

    Raises NotAHistory, saying what the file is, for what no history comes in."""
    if not content.strip(b"\x00 \t\r\n\xef\xbb\xbf\xff\xfe"):
        raise NotAHistory(f"The file is empty. {WHAT_TO_EXPORT}")
    if content.startswith(_ZIP):
        return _archive(open_archive(content), is_inner=is_inner)
    for magic, what in _MAGIC:
        if content.startswith(magic):
            raise NotAHistory(f"The file is {what}, and no account history. {WHAT_TO_EXPORT}")
    return _text(decode(content))


def _text(text: str) -> Document:
    head = text[:100].lstrip()
    if head[:1] in {"[", "{"} and (data := _json(text)) is not None:
        return Document("json", data=data)
    if _PAGE.search(text, 0, 100_000):
        return _page(text)
    if "\ufffd" in text[:1000] or any(ord(mark) < 9 for mark in text[:1000]):
        raise NotAHistory(f"The file is no text that can be read. {WHAT_TO_EXPORT}")
    return Document("csv", rows=bounded(csv_rows(text)))


def _page(text: str) -> Document:
    page = HtmlRows(text)
    rows = bounded(page.rows())
    return Document("html", rows=rows, title=page.head.title, generator=page.head.generator)


def _json(text: str) -> Any:
    """Return JSON's values, or those of JSON lines; None for what is neither."""
    try:
        # Python's own reader takes the NaN that pandas writes.
        return json.loads(text, parse_constant=lambda _: None)
    except RecursionError:
        return None
    except ValueError:
        lines = [line for line in text.splitlines() if line.strip()]
        try:
            return [json.loads(line, parse_constant=lambda _: None) for line in lines[: MOST_ROWS + 1]]
        except (ValueError, RecursionError):
            return None


def _archive(archive: zipfile.ZipFile, *, is_inner: bool) -> Document:
    names = archive.namelist()
    if any(name.startswith("xl/") for name in names):
        return Document("xlsx", rows=bounded(Workbook(archive).rows()))
    if is_inner:
        raise NotAHistory("The archive holds another archive. Upload the inner one.")
    contents = {name: read_part(archive, name) for name in names if _is_readable(name)}
    contents = {name: content for name, content in contents.items() if content.strip()}
    if not contents:
        raise NotAHistory(f"The archive holds no file that can be read. {WHAT_TO_EXPORT}")
    if len(contents) == 1:
        return open_document(next(iter(contents.values())), is_inner=True)
    if len(contents) > _MOST_PARTS or any(content.startswith(_ZIP) for content in contents.values()):
        raise NotAHistory(
            "The archive holds several reports. Import one after another, or pack one account's "
            "deals, orders and account as JSON or CSV."
        )
    return Document("zip", parts={_base(name): open_document(each) for name, each in contents.items()})


def _is_readable(name: str) -> bool:
    base = _base(name)
    return base.endswith(_READABLE) and not base.startswith(".") and "__macosx/" not in name.lower()


def _base(name: str) -> str:
    return name.rpartition("/")[2].lower()
