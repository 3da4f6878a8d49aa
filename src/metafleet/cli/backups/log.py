"""The database's log beside the backups: segments as they came, sealed; the newest is open.

`log/<system>/` has a sealed file for each complete segment, `log/<system>/open/` what is being received.
A segment's name is PostgreSQL's: 8 hexadecimal digits each of timeline, log and segment in it.
"""

from __future__ import annotations

import gzip
import io
import re
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from metafleet.cli.backups.sealing import BackupKey, Damaged, Opener, Sealer
from metafleet.cli.backups.store import Backup
from metafleet.cli.refusal import Refused

SEGMENT: Final = re.compile(r"[0-9A-F]{24}")
SEALED: Final = ".sealed"
_PARTIAL: Final = ".partial"
_TEMPORARY: Final = ".tmp"
_SEGMENTS_OF_A_LOG: Final = 256
"""4 GiB of segments of 16 MiB, PostgreSQL's own size, which `initdb` here leaves as it is."""


class LogMissing(Refused):
    """A segment between the backup and the end of the log is not there."""


@dataclass(frozen=True, slots=True)
class Laid:
    """Segments that were laid out to be replayed. fault: why no more of them, "" where that is all."""

    count: int = 0
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Log:
    """The log of one database system, by its identifier."""

    folder: Path

    @property
    def open(self) -> Path:
        return self.folder / "open"

    def seal_complete(self, key: BackupKey) -> int:
        """Seal the segments and histories that have come whole; return how many. Safe to break off."""
        complete = [path for path in sorted(self.open.iterdir()) if path.suffix not in {_PARTIAL, _TEMPORARY}]
        for path in complete:
            fresh = self.folder / f".{path.name}.part"
            fresh.unlink(missing_ok=True)
            with (
                path.open("rb") as plain,
                Sealer(fresh, key, path.name) as sealer,
                gzip.GzipFile(None, "wb", 1, sealer) as packed,
            ):
                shutil.copyfileobj(plain, packed)
            fresh.replace(self.folder / f"{path.name}{SEALED}")
            path.unlink()
        return len(complete)

    def seal_open(self, key: BackupKey) -> None:
        """Seal the newest segment too, as far as it came: what will be received does not go on from it."""
        for path in self.open.glob(f"*{_PARTIAL}"):
            path.rename(path.with_suffix(""))
        if self.open.exists():
            self.seal_complete(key)

    def thin_out(self, first_segment: str) -> int:
        """Remove segments that no backup needs any more; return how many."""
        surplus = [
            path
            for path in self.folder.glob(f"*{SEALED}")
            if SEGMENT.fullmatch(path.name.removesuffix(SEALED)) and number(path.name) < number(first_segment)
        ]
        for path in surplus:
            path.unlink()
        return len(surplus)

    def lay_out(self, key: BackupKey, into: Path, own: Sequence[str], *, until_fault: bool = False) -> Laid:
        """Write every segment that follows the backup's own ones into a folder.

        own: the segments that the base backup has. until_fault: stop before a gap or what is damaged and
        say it, where else LogMissing or Damaged is raised. Safe while segments come and are sealed.
        """
        first = min(number(name) for name in own)
        # What is sealed between the two looks is seen by both.
        received = [path for path in self.open.glob("*") if path.suffix != _TEMPORARY]
        sealed = {path.name.removesuffix(SEALED): path for path in self.folder.glob(f"*{SEALED}")}
        plain = {path.name.removesuffix(_PARTIAL): path for path in received}
        wanted = [
            name
            for name in sorted(sealed.keys() | plain.keys(), key=_place)
            if not SEGMENT.fullmatch(name) or number(name) >= first
        ]
        missing = self._missing([*own, *wanted])
        if missing is not None and not until_fault:
            raise LogMissing(
                f"{_missing_words(missing)} from {self.folder}, and what was written after it cannot be "
                "replayed; restore a newer backup, or this one as it was taken by --without-log."
            )
        into.mkdir(mode=0o700)
        count = 0
        for name in wanted:
            if missing is not None and SEGMENT.fullmatch(name) and number(name) > missing:
                return Laid(count, f"{_missing_words(missing)} from {self.folder}")
            try:
                _write(sealed.get(name), plain.get(name), self.folder, key, into / name)
            except Damaged:
                if not until_fault:
                    raise
                (into / name).unlink(missing_ok=True)
                return Laid(count, f"segment {name} of the log in {self.folder} is damaged")
            count += 1
        return Laid(count)

    def _missing(self, names: Iterable[str]) -> int | None:
        """Return the first place in the log that has no segment though a later one has."""
        numbers = {number(name) for name in names if SEGMENT.fullmatch(name)}
        return min(set(range(min(numbers), max(numbers))) - numbers, default=None)


def _missing_words(place: int) -> str:
    high, low = divmod(place, _SEGMENTS_OF_A_LOG)
    return f"segment …{high:08X}{low:08X} of the log is missing"


def _place(name: str) -> tuple[int, str]:
    """Histories of timelines first, then segments in the order of the log."""
    return (number(name) if SEGMENT.fullmatch(name) else -1, name)


def _write(sealed: Path | None, plain: Path | None, folder: Path, key: BackupKey, to: Path) -> None:
    # What is received again has more than what was sealed before it was whole.
    if plain is not None:
        try:
            shutil.copyfile(plain, to)
            return
        except FileNotFoundError:
            # It came whole and was sealed meanwhile, or had its name for being partial taken off.
            whole = plain.with_name(to.name)
            sealed = sealed or folder / f"{to.name}{SEALED}"
            if whole.exists():
                shutil.copyfile(whole, to)
                return
    if sealed is not None:
        _open(sealed, key, to.name, to)


def thin_out_all(folder: Path, backups: Sequence[Backup], current: str) -> None:
    """Remove what no backup needs: older segments, and logs of systems of which none is left.

    current: the system that is followed now, whose log stays.
    """
    for log in (Log(path) for path in (folder / "log").glob("*") if path.is_dir()):
        first = [b.manifest.first_segment for b in backups if b.manifest.system == log.folder.name]
        if first:
            log.thin_out(min(first, key=number))
        elif log.folder.name != current:
            shutil.rmtree(log.folder)


def log_of(backups: Path, system: str) -> Log:
    return Log(backups / "log" / system)


def number(name: str) -> int:
    """Return a segment's place in the log, which goes on over timelines."""
    return int(name[8:16], 16) * _SEGMENTS_OF_A_LOG + int(name[16:24], 16)


def _open(path: Path, key: BackupKey, name: str, to: Path) -> None:
    with Opener(path, key, name) as opener, io.BufferedReader(opener) as stream, to.open("xb") as plain:
        try:
            with gzip.GzipFile(fileobj=stream) as packed:
                shutil.copyfileobj(packed, plain)
        except (OSError, EOFError) as error:
            raise Damaged(f"{path} cannot be unpacked ({error}); restore another backup.") from error
