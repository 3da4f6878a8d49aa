"""From a file's bytes to its text."""

from __future__ import annotations

import codecs
import re
from typing import Final

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it starts with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAID: Final = re.compile(rb"""charset\s*=\s*["']?\s*([A-Za-z0-9_.:-]{2,20})""", re.IGNORECASE)
_CYRILLIC_WORD: Final = re.compile(r"[а-яё]{3}", re.IGNORECASE)
_CHINESE: Final = re.compile(r"[一-鿿]")


def decode(content: bytes) -> str:
    """Return the text of a file, whatever MetaTrader or an editor saved it in.

    A byte order mark decides, then what the bytes themselves are, then what the file says of
    itself; what is left is one of the code pages that MetaTrader writes. Numbers, times and
    markup are ASCII in all of them: a wrong guess garbles names and comments, never a figure.
    """
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return content.decode(encoding, "replace")
    if (encoding_of_zeros := _without_mark(content)) is not None:
        return content.decode(encoding_of_zeros, "replace")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode(_said(content) or _code_page(content), "replace")


def _without_mark(content: bytes) -> str | None:
    """UTF-16 without its mark has a zero in every second byte."""
    head = content[:4000]
    if head.count(0) * 4 < len(head) or len(head) < 8:
        return None
    return "utf-16-le" if head[1::2].count(0) >= head[::2].count(0) else "utf-16-be"


def _said(content: bytes) -> str | None:
    found = _SAID.search(content[:4000])
    if found is None:
        return None
    try:
        name = codecs.lookup(found[1].decode("ascii")).name
    except LookupError:
        return None
    # It is not UTF-8, nor of two bytes: that was tried.
    return None if name.startswith("utf") else name


def _code_page(content: bytes) -> str:
    """Chinese text is of common characters; Cyrillic read as Chinese is of rare ones."""
    try:
        chinese = _CHINESE.findall(content.decode("gb18030"))
    except UnicodeDecodeError:
        chinese = []
    common = sum(0xB0 <= character.encode("gb18030")[0] <= 0xD7 for character in chinese)
    if chinese and common * 4 >= len(chinese) * 3:
        return "gb18030"
    return "cp1251" if _CYRILLIC_WORD.search(content.decode("cp1251", "replace")) else "cp1252"
