"""Where outcomes are kept: an SQLite file that a kill at any moment leaves whole."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Final

import msgspec

from metafleet.engine.tester.optimising.job import Outcome

_FORM: Final = 1
"""Of the file; another one is refused."""

_AT_ONCE: Final = 500
"""Keys of one question: SQLite takes a thousand variables at least."""


_PATIENCE_S: Final = 60.0
"""While another search writes: that takes milliseconds, on a slow disk a second."""


class ArchiveRefused(ValueError):
    """The file is no archive of outcomes; the text says what to do."""


class Archive:
    """Outcomes by their jobs' keys; used as a context. Several searches may share a file."""

    def __init__(self, path: Path) -> None:
        """Open the file, or make it. Raises ArchiveRefused."""
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = sqlite3.connect(path, isolation_level=None, timeout=_PATIENCE_S)
            self._prepare()
        except (OSError, sqlite3.Error) as error:
            raise ArchiveRefused(f"{path} cannot be used to keep tries: {error}") from error

    def __enter__(self) -> Archive:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; everything in it is safe already."""
        self._file.close()

    def keep(self, outcome: Outcome) -> None:
        """Keep an outcome; it is on the disk when this returns. Raises ArchiveRefused."""
        row = (outcome.key, msgspec.json.encode(outcome))
        try:
            self._file.execute("INSERT OR REPLACE INTO outcomes (key, outcome) VALUES (?, ?)", row)
        except sqlite3.Error as error:
            raise ArchiveRefused(f"{self.path} takes no more tries: {error}") from error

    def find(self, keys: Iterable[str]) -> dict[str, Outcome]:
        """Return the outcomes that are kept of these jobs, by key."""
        wanted, found = list(keys), {}
        for begin in range(0, len(wanted), _AT_ONCE):
            some = wanted[begin : begin + _AT_ONCE]
            marks = ",".join("?" * len(some))
            rows = self._file.execute(f"SELECT outcome FROM outcomes WHERE key IN ({marks})", some)  # noqa: S608
            for (text,) in rows:
                outcome = msgspec.json.decode(text, type=Outcome)
                found[outcome.key] = outcome
        return found

    def _prepare(self) -> None:
        form = self._file.execute("PRAGMA user_version").fetchone()[0]
        tables = self._file.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if form not in (0, _FORM) or (form == 0 and tables):
            raise ArchiveRefused(f"{self.path} is no file of tries of this version; name another one")
        # FULL: what was counted survives a machine that loses its power, too.
        self._file.execute("PRAGMA journal_mode = WAL")
        self._file.execute("PRAGMA synchronous = FULL")
        self._file.execute(
            "CREATE TABLE IF NOT EXISTS outcomes (key TEXT PRIMARY KEY, outcome BLOB NOT NULL)"
        )
        self._file.execute(f"PRAGMA user_version = {_FORM}")
