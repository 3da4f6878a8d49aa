"""A terminal's log files, kept packed beside its outbox: MetaTrader deletes its own, and a VPS may end."""

from __future__ import annotations

import gzip
import os
import shutil
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from metafleet.runner.agent.logs import day_files

FOLDER: Final = "logs"
_PACKED: Final = ".gz"
_MEGABYTE: Final = 1024 * 1024


class LogArchive:
    """The days that have ended, newest first, until `most_mb` are full; the day that fills it is kept too."""

    def __init__(self, folder: Path, most_mb: int) -> None:
        self._folder = folder / FOLDER
        self._most_bytes = most_mb * _MEGABYTE

    def collect(self, folders: Iterable[str]) -> list[str]:
        """Pack the ended days that are not kept yet, forget what is too much; return the new names.

        Raises OSError where the archive cannot be written.
        """
        self._folder.mkdir(exist_ok=True, mode=0o700)
        ended = {_name(file): file for folder in folders for file in day_files(Path(folder))[:-1]}
        kept = {file.name: file for file in self._kept()}
        made: list[str] = []
        total = 0
        for name in sorted({*ended, *kept}, key=_day, reverse=True):
            if total >= self._most_bytes:
                (self._folder / name).unlink(missing_ok=True)
                continue
            if name not in kept and not self._pack(ended[name], self._folder / name):
                continue
            if name not in kept:
                made.append(name)
            total += (self._folder / name).stat().st_size
        return made

    def export(self, folders: Iterable[str], into: Path) -> int:
        """Write one zip of what is kept and of the days that are not packed; return how many files.

        Raises OSError where `into` cannot be written.
        """
        kept = {file.name: file for file in self._kept()}
        loose = {_name(file): file for folder in folders for file in day_files(Path(folder))}
        descriptor = os.open(into, os.O_RDWR | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0), 0o600)
        count = 0
        with os.fdopen(descriptor, "w+b") as raw, zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as made:
            for name in sorted({*kept, *loose}, key=_day):
                content = _content(kept[name]) if name in kept else _bytes(loose[name])
                if content is not None:
                    made.writestr(name.removesuffix(_PACKED), content)
                    count += 1
        return count

    def _kept(self) -> Iterator[Path]:
        if self._folder.is_dir():
            yield from (file for file in self._folder.iterdir() if file.suffix == _PACKED)

    def _pack(self, source: Path, into: Path) -> bool:
        """Whether it could be read; what is half written has another name until it is whole."""
        fresh = into.with_suffix(".new")
        try:
            lines = source.open("rb")
        except OSError:
            return False
        with lines, fresh.open("wb") as file, gzip.GzipFile("", "wb", 6, file) as packed:
            shutil.copyfileobj(lines, packed)
        fresh.replace(into)
        return True


def _name(file: Path) -> str:
    """`terminal-20261129.log.gz`; of the EAs' own log (`MQL5/Logs`) `experts-…`."""
    kind = "experts" if file.parent.parent.name.casefold() == "mql5" else "terminal"
    return f"{kind}-{file.name}{_PACKED}"


def _day(name: str) -> tuple[str, str]:
    kind, _, day = name.partition("-")
    return day, kind


def _content(packed: Path) -> bytes | None:
    try:
        with gzip.open(packed) as file:
            return file.read()
    except (OSError, EOFError, zlib.error):
        return None


def _bytes(file: Path) -> bytes | None:
    try:
        return file.read_bytes()
    except OSError:
        return None
