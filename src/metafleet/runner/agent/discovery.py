"""Which MetaTrader 5 terminals are installed on a Windows machine, by the files that they leave.

A terminal that was started once has a data folder, `MetaQuotes/Terminal/<hash>` in %APPDATA%, whose
`origin.txt` (UTF-16) names the folder of its program. One that is started as portable keeps its data
beside its program, which only a look at programs' folders finds.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Mapping
from pathlib import Path, PureWindowsPath
from typing import Final

import msgspec

PROGRAM: Final = "terminal64.exe"
_MT5: Final = "MQL5"
"""A data folder of MetaTrader 4 has `MQL4` in its place."""


class Found(msgspec.Struct, frozen=True, order=True, rename="camel"):
    """A terminal. `program`: its terminal64.exe; `data`: where its logs and EAs are."""

    program: str
    data: str


def terminals(origins: Mapping[str, str], programs: Iterable[str]) -> list[Found]:
    """Return the terminals by the folder of their program, each once.

    origins: what `origin.txt` says by data folder, of MetaTrader 5 alone. programs: folders in which
    there is a terminal64.exe. An origin whose program is gone was uninstalled.
    """
    there = {_same(folder): folder for folder in programs}
    data_of = {_same(origin): data for data, origin in sorted(origins.items())}
    return sorted(Found(_program(folder), data_of.get(key, folder)) for key, folder in there.items())


def look(appdata: Path, programs: Iterable[Path]) -> list[Found]:
    """Look at %APPDATA%, and into folders in which programs are installed, as `Program Files`."""
    origins = {
        str(file.parent): said
        for file in sorted(appdata.glob("MetaQuotes/Terminal/*/origin.txt"))
        if (file.parent / _MT5).is_dir() and (said := _read(file))
    }
    installed = {str(file.parent) for folder in programs for file in folder.glob(f"*/{PROGRAM}")}
    named = {origin for origin in origins.values() if (Path(origin) / PROGRAM).is_file()}
    return terminals(origins, sorted(installed | named))


def _read(file: Path) -> str:
    try:
        raw = file.read_bytes()
    except OSError:
        return ""
    is_wide = raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return raw.decode("utf-16" if is_wide else "utf-8-sig", "replace").strip("\x00 \r\n")


def _program(folder: str) -> str:
    separator = "/" if folder.startswith("/") else "\\"
    return f"{folder.rstrip(separator)}{separator}{PROGRAM}"


def _same(folder: str) -> str:
    return str(PureWindowsPath(folder)).casefold()
