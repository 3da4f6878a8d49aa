"""ZIP files, opened with care: what they unpack to is bounded before and while it is read."""

from __future__ import annotations

import io
import lzma
import struct
import zipfile
import zlib
from typing import Final

from metafleet.hub.journal.imports.errors import FileTooLarge, NotAHistory

MOST_PARTS: Final = 500
MOST_UNPACKED: Final = 100 * 1024 * 1024
"""Bytes of all parts together; the sheet of 200,000 rows has about 90 MB."""
_BROKEN: Final = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, LookupError, ArithmeticError,
    ValueError, OSError, NotImplementedError, RuntimeError,
)  # fmt: skip
"""What zipfile raises of bytes that are not where their directory says."""
_DAMAGED: Final = "The file is a damaged archive. Download or save it again."


def open_archive(content: bytes) -> zipfile.ZipFile:
    """Open a ZIP. Raises NotAHistory for a damaged, locked or suspiciously large one."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        parts = archive.infolist()
    except _BROKEN as error:
        raise NotAHistory(_DAMAGED) from error
    if any(part.flag_bits & 1 for part in parts):
        raise NotAHistory("The archive is locked with a password. Upload it without one.")
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
        raise FileTooLarge(
            f"The archive unpacks to more than {MOST_UNPACKED // 1024**2} MB. Export a shorter period."
        )
    return archive


def read_part(archive: zipfile.ZipFile, name: str) -> bytes:
    """Return one part. Raises NotAHistory when it is damaged or larger than it says."""
    try:
        with archive.open(name) as part:
            # zipfile reads no more than the directory says, and that was summed up.
            return part.read(MOST_UNPACKED)
    except _BROKEN as error:
        raise NotAHistory(_DAMAGED) from error
