"""A file's bytes, whatever it is packed in: gzip, bzip2, xz, zip or nothing."""

from __future__ import annotations

import bz2
import codecs
import gzip
import lzma
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final, Protocol, cast

_BLOCK: Final = 4 << 20
_MEMBERS: Final = (".csv", ".tsv", ".txt", ".prn", ".hst", ".bi5")
"""What is market data within a zip archive, the likeliest first: HistData puts a report in .txt beside it."""


class MarketFileRefused(ValueError):
    """A file of market data cannot be used; the text names the file, and the line and the field."""


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """Open a file and what is packed in it. Raises MarketFileRefused, also for what reading comes upon."""
    try:
        with path.open("rb") as raw:
            yield _unpacked(path, raw)
    except (EOFError, zlib.error, gzip.BadGzipFile, lzma.LZMAError, zipfile.BadZipFile) as error:
        raise MarketFileRefused(f"{path}: the file is damaged: {error}") from error
    except OSError as error:
        raise MarketFileRefused(f"{path}: cannot be read: {error.strerror or error}") from error


def _unpacked(path: Path, raw: IO[bytes]) -> IO[bytes]:
    magic = raw.read(6)
    raw.seek(0)
    if magic.startswith(b"\x1f\x8b"):
        return cast("IO[bytes]", gzip.GzipFile(fileobj=raw, mode="rb"))
    if magic.startswith(b"BZh"):
        return bz2.BZ2File(raw)
    if magic.startswith((b"\xfd7zXZ\x00", b"\x5d\x00\x00")):
        return lzma.LZMAFile(raw)
    if magic.startswith(b"PK\x03\x04"):
        return _member(path, zipfile.ZipFile(raw))
    return raw


def _member(path: Path, archive: zipfile.ZipFile) -> IO[bytes]:
    names = [name for name in archive.namelist() if not name.endswith("/")]
    for ending in _MEMBERS:
        found = [name for name in names if name.lower().endswith(ending)]
        if len(found) > 1:
            raise MarketFileRefused(f"{path}: holds {len(found)} files {ending}; unpack it and name one")
        if found:
            try:
                return archive.open(found[0])
            except RuntimeError as error:
                raise MarketFileRefused(f"{path}: {found[0]} is behind a password") from error
    raise MarketFileRefused(f"{path}: holds no file of market data, but {', '.join(names[:3]) or 'nothing'}")


class Readable(Protocol):
    """What gives bytes."""

    def read(self, size: int, /) -> bytes:
        """Return up to so many bytes; none at the end."""


def blocks(stream: Readable) -> Iterator[list[bytes]]:
    """Yield a text's lines, without their ends, some megabytes at a time.

    stream: at its beginning, in UTF-8 or UTF-16, with or without a mark.
    """
    first = stream.read(_BLOCK)
    decoder = _decoder(first)
    rest, block = b"", first
    while block:
        lines = (rest + decoder(block)).split(b"\n")
        rest = lines.pop()
        yield [line.rstrip(b"\r") for line in lines]
        block = stream.read(_BLOCK)
    if rest:
        yield [rest.rstrip(b"\r")]


class _Decoder:
    """Bytes as UTF-8. UTF-16 is what MetaTrader 4 and 5 write in some versions."""

    def __init__(self, encoding: str | None, mark: bytes) -> None:
        self._incremental = codecs.getincrementaldecoder(encoding)("replace") if encoding else None
        self._mark = mark

    def __call__(self, block: bytes) -> bytes:
        mark, self._mark = self._mark, b""
        own = block.removeprefix(mark)
        return self._incremental.decode(own).encode() if self._incremental else own


def _decoder(first: bytes) -> _Decoder:
    if first.startswith(codecs.BOM_UTF16_LE):
        return _Decoder("utf-16-le", codecs.BOM_UTF16_LE)
    if first.startswith(codecs.BOM_UTF16_BE):
        return _Decoder("utf-16-be", codecs.BOM_UTF16_BE)
    return _Decoder(None, codecs.BOM_UTF8)
