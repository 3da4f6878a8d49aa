"""Where the market's bars come from: the shipped sample, the generator, one file or a folder of files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, Protocol

import msgspec

from metafleet.engine.market.barfile import BarFile, BarFileRefused, Span
from metafleet.engine.market.generator import Generator
from metafleet.engine.market.records import Bar
from metafleet.engine.market.symbols import SYMBOLS, SymbolSpec

SAMPLE_FOLDER: Final = Path(__file__).parent / "sample"

_FILE_NAME: Final = re.compile(r"([A-Z]{6})[_.]?.*\.csv(?:\.gz)?")
_TIMEFRAMES: Final = ("M1", "M5", "M15", "M30", "H1", "H4", "D1")


class SourceRefused(ValueError):
    """The market's source cannot be used; the text is one sentence for the person who chose it."""


class BarSource(Protocol):
    """One symbol's bars. All times in Unix seconds."""

    def bars(self, from_s: int | None = None) -> Iterator[Bar]:
        """Yield the bars from this time on, oldest first."""

    def period_s(self) -> int:
        """Return the length of one bar."""

    def span(self) -> Span | None:
        """Return where the bars begin and end; None when they do not end."""


class Source(msgspec.Struct, frozen=True):
    """Bars of several symbols. key: says which source this is, so that a stored position is not
    used with another one. specs: conditions of those symbols that have others than the demo's."""

    key: str
    bars: dict[str, BarSource]
    specs: Mapping[str, SymbolSpec] = {}

    def spec(self, name: str) -> SymbolSpec:
        """Return a symbol's conditions."""
        return self.specs[name] if name in self.specs else SYMBOLS[name]


def generated(specs: Mapping[str, SymbolSpec], seed: int) -> Source:
    """Return a generated market of these symbols. Raises generator.NoCharacter."""
    bars: dict[str, BarSource] = {name: Generator(spec, seed) for name, spec in specs.items()}
    return Source(f"generator:{seed}:{','.join(specs)}", bars, specs)


def open_source(text: str, seed: int) -> Source:
    """Return the source that a setting names: `sample`, `generator`, or the path of a file or a folder.

    A file is named after its symbol (EURUSD_M1_2018.csv.gz); of a folder, each known symbol's file of the
    finest timeframe is taken. Every file's first rows are read. Raises SourceRefused.
    """
    if text == "generator":
        return Source(f"generator:{seed}", {name: Generator(spec, seed) for name, spec in SYMBOLS.items()})
    path = SAMPLE_FOLDER if text == "sample" else Path(text)
    files = _files(path)
    try:
        for file in files.values():
            file.period_s()
    except BarFileRefused as error:
        raise SourceRefused(str(error)) from error
    key = ";".join(f"{name}={file.path.name}" for name, file in files.items())
    return Source(key, dict(files))


def _files(path: Path) -> dict[str, BarFile]:
    if not path.exists():
        raise SourceRefused(f"the market source {str(path)!r} does not exist")
    if path.is_dir():
        return _folder(path)
    symbol = _symbol(path)
    if symbol is None:
        known = ", ".join(SYMBOLS)
        raise SourceRefused(f"{path}: the file's name must begin with the symbol it holds: {known}")
    return {symbol: BarFile(path)}


def _folder(path: Path) -> dict[str, BarFile]:
    finest: dict[str, Path] = {}
    for file in sorted(path.iterdir(), key=lambda file: (fineness(file), file.name)):
        symbol = _symbol(file)
        if symbol is not None:
            finest.setdefault(symbol, file)
    if not finest:
        known = ", ".join(f"{name}_*.csv.gz" for name in SYMBOLS)
        raise SourceRefused(f"the folder {path} has no bar file; expected some of {known}")
    return {name: BarFile(finest[name]) for name in SYMBOLS if name in finest}


def _symbol(file: Path) -> str | None:
    match = _FILE_NAME.fullmatch(file.name)
    return match.group(1) if match and match.group(1) in SYMBOLS else None


def fineness(file: Path) -> int:
    """Return the place of the timeframe that a file's name has, the finest first; the last without one."""
    words = re.split(r"[_.]", file.name)
    return next((place for place, name in enumerate(_TIMEFRAMES) if name in words), len(_TIMEFRAMES))
