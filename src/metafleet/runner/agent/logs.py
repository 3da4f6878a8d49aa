"""MetaTrader's log files, followed while they are written.

A folder has one file a day, `YYYYMMDD.log`, UTF-16 LE with a byte order mark (older builds: the
machine's single-byte page). A line's fields are set apart by tabs: a mark, a grade, the time, who
speaks, and what is said. Grades of 2 and up are errors.
"""

from __future__ import annotations

import codecs
from collections import deque
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import msgspec

from metafleet.runner.agent.experts import ExpertList

_MOST_BYTES: Final = 4 * 1024 * 1024
"""Read of a file at once; of a longer rest the beginning is left out."""
_ERROR_FROM: Final = 2
KEPT: Final = 20
RECENT: Final = 40
"""The gateway takes no more."""
_DAYS: Final = 31
"""So far back it is read which EAs were loaded: a terminal may run for weeks."""


class Line(msgspec.Struct, frozen=True, rename="camel"):
    """One line. `at`: the terminal's local time, as it is written."""

    file: str
    at: str
    source: str
    said: str
    is_error: bool

    @property
    def text(self) -> str:
        return f"{self.source}: {self.said}"[:300]


class Error(msgspec.Struct, frozen=True, rename="camel"):
    """One error line, as it is kept."""

    file: str
    at: str
    text: str


class _Place(msgspec.Struct):
    path: Path
    offset: int = 0
    is_wide: bool = False


class LogFollower:
    """`errors`: how many of the newest day's lines are; `last`: the newest, at most KEPT, oldest first.

    `recent`: the newest lines of all kinds, at most RECENT, oldest first; `experts`: which EAs are loaded.
    """

    def __init__(self) -> None:
        self.recent: deque[Line] = deque(maxlen=RECENT)
        self.experts = ExpertList()
        self._places: dict[Path, _Place] = {}
        self._day = ""
        self.errors = 0
        self.last: list[Error] = []

    def look(self, folders: Iterable[str]) -> list[Error]:
        """Read on in the newest file of each folder; return the error lines that are new."""
        found = [error for folder in folders for error in self._read_on(Path(folder))]
        self.last = [*self.last, *found][-KEPT:]
        return found

    def _read_on(self, folder: Path) -> list[Error]:
        place = self._places.get(folder)
        files = [file for file in day_files(folder) if place is None or file.name >= place.path.name]
        if place is None:
            for older in files[-_DAYS:-1]:
                self._hear_experts(_parsed(older.name, _lines(_Place(older))))
            files = files[-1:]
        fresh: list[Error] = []
        for file in files:
            if place is None or file != place.path:
                place = self._places[folder] = _Place(file)
            lines = _parsed(file.name, _lines(place))
            self.recent += lines
            self._hear_experts(lines)
            errors = [Error(line.file, line.at, line.text) for line in lines if line.is_error]
            self._count(file.stem, len(errors))
            fresh += errors
        return fresh

    def _hear_experts(self, lines: Iterable[Line]) -> None:
        self.experts.hear((line.source, line.said) for line in lines)

    def _count(self, day: str, errors: int) -> None:
        if day > self._day:
            self._day, self.errors = day, 0
        if day == self._day:
            self.errors += errors


def day_files(folder: Path) -> list[Path]:
    """Return the log files of a folder by day, the one that is being written last."""
    try:
        names = list(folder.iterdir())
    except OSError:
        return []
    return sorted(
        file for file in names if file.suffix == ".log" and len(file.stem) == 8 and file.stem.isdigit()
    )


def _lines(place: _Place) -> list[str]:
    """Return the whole lines that are new; the half of one that is being written waits for its rest."""
    try:
        with place.path.open("rb") as file:
            size = file.seek(0, 2)
            if size < place.offset:
                place.offset = 0
            if place.offset == 0:
                file.seek(0)
                place.is_wide = file.read(2) == codecs.BOM_UTF16_LE
            start = max(place.offset, size - _MOST_BYTES) & ~1
            file.seek(start)
            raw = file.read(_MOST_BYTES)
    except OSError:
        return []
    end = _end_of_lines(raw, place.is_wide)
    place.offset = start + end
    text = raw[:end].decode("utf-16-le" if place.is_wide else "cp1252", "replace")
    return text.removeprefix("\ufeff").splitlines()


def _end_of_lines(raw: bytes, is_wide: bool) -> int:
    if not is_wide:
        return raw.rfind(b"\n") + 1
    at = raw.rfind(b"\n\x00")
    while at % 2 and at > 0:
        at = raw.rfind(b"\n\x00", 0, at)
    return at + 2 if at >= 0 and at % 2 == 0 else 0


def _parsed(file: str, lines: Iterable[str]) -> list[Line]:
    """Return the lines that are written as the terminal writes them."""
    split = (line.split("\t", 4) for line in lines)
    return [
        Line(file, fields[2], fields[3], fields[4], int(fields[1]) >= _ERROR_FROM)
        for fields in split
        if len(fields) == 5 and fields[1].isdigit()
    ]
