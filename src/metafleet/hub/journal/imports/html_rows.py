"""The rows of the tables of an HTML file, as a browser shows them.

A scan for tags instead of a tree: reports are one flat table, and the tree builders that were
tried (lxml 6.1, selectolax 1.0) crash or take minutes over 10 MB of nested or never-ending tags,
which anybody may upload. This takes half a second over the same.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Final

import msgspec

from metafleet.hub.journal.imports.tables import LONGEST_CELL, MOST_COLUMNS, Row, clean

_TAG: Final = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]*)([^<>]{0,4000})>|<!--")
_ATTRIBUTE: Final = re.compile(r"""([A-Za-z-]{2,20})\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
_HIDING: Final = re.compile(r"display\s*:\s*none", re.IGNORECASE)
_UNSEEN: Final = frozenset({"script", "style", "title"})
_BREAKS: Final = frozenset({"br", "p", "div"})


class Head(msgspec.Struct):
    """What a page says of itself before its tables."""

    title: str = ""
    generator: str = ""


class _Cell:
    __slots__ = ("is_hidden", "span", "text", "title")

    def __init__(self, attributes: dict[str, str]) -> None:
        span = attributes.get("colspan", "1")
        self.span = min(int(span), MOST_COLUMNS) if span.isdecimal() and len(span) < 5 else 1
        self.title = attributes.get("title", "")
        self.is_hidden = (
            "hidden" in attributes.get("class", "").split()
            or _HIDING.search(attributes.get("style", "")) is not None
        )
        self.text: list[str] = []


class HtmlRows:
    """Reads a page once; `head` is filled on the way."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.head = Head()
        self._cells: list[_Cell] | None = None
        self._unseen: str | None = None
        self._row_title = ""
        self._count = 0

    def rows(self) -> Iterator[Row]:
        """Yield every table row with a cell, in the page's order."""
        position = 0
        while (tag := _TAG.search(self._text, position)) is not None:
            self._take(self._text[position : tag.start()])
            position = tag.end()
            if tag[0] == "<!--":
                position = self._after_comment(position)
                continue
            attributes, position = self._attributes(tag, position)
            yield from self._tag(tag[2].lower(), attributes, is_end=bool(tag[1]))
        yield from self._close()

    def _after_comment(self, position: int) -> int:
        """Styles stand in comments, and so do rows that somebody took out."""
        end = self._text.find("-->", position)
        return len(self._text) if end < 0 else end + 3

    def _attributes(self, tag: re.Match[str], position: int) -> tuple[str, int]:
        """Return the tag's attributes. One whose value holds a ">" ends at the next."""
        said = tag[3]
        if said.count('"') % 2:
            end = self._text.find('">', position, position + LONGEST_CELL)
            if end >= 0:
                return said + ">" + self._text[position : end + 1], end + 2
        return said, position

    def _tag(self, name: str, attributes: str, *, is_end: bool) -> Iterator[Row]:
        if name in _UNSEEN:
            self._unseen = None if is_end else name
        elif name == "tr":
            yield from self._close()
            if not is_end:
                self._cells = []
                self._row_title = ""
        elif name == "table":
            yield from self._close()
        elif name in {"td", "th"}:
            self._cell(attributes, is_end=is_end)
        elif name in _BREAKS:
            self._take(" ")
        elif name == "meta":
            self._meta(_read(attributes))

    def _cell(self, attributes: str, *, is_end: bool) -> None:
        if is_end:
            return
        if self._cells is None:
            self._cells = []  # browsers forgive a cell without its row
        if len(self._cells) < MOST_COLUMNS:
            self._cells.append(_Cell(_read(attributes)))

    def _take(self, text: str) -> None:
        if self._unseen == "title":
            self.head.title = clean(html.unescape(text)) or self.head.title
        elif self._unseen is None and self._cells and text:
            self._cells[-1].text.append(text)

    def _meta(self, said: dict[str, str]) -> None:
        if said.get("name", "").lower() == "generator":
            self.head.generator = clean(said.get("content", ""))

    def _close(self) -> Iterator[Row]:
        cells, self._cells = self._cells, None
        if not cells:
            return
        self._count += 1
        texts: list[str] = []
        columns: list[int] = []
        hidden: list[str] = []
        column = 0
        for cell in cells:
            text = clean(html.unescape("".join(cell.text)))
            if cell.is_hidden:
                hidden.append(text)
                continue
            texts.append(text)
            columns.append(column)
            column += cell.span
        title = next((cell.title for cell in cells if cell.title), "")
        yield Row(self._count, texts, columns, clean(title), hidden)


def _read(attributes: str) -> dict[str, str]:
    return {
        found[1].lower(): html.unescape(found[2] or found[3] or found[4] or "")
        for found in _ATTRIBUTE.finditer(attributes)
    }
