"""A program with all that it includes, as one list of tokens; conditions and constants are resolved here."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from connectors.harness.tokens import Token, Unreadable, tokens_of

Platform = Literal["mql4", "mql5"]
INCLUDES: Final = Path(__file__).parents[1] / "include"
_PLATFORMS: Final = frozenset(("__MQL4__", "__MQL5__"))
_DIRECTIVE: Final = re.compile(r"#\s*(\w+)\s*(.*)")
_INCLUDED: Final = re.compile(r'"([^"]+)"|<([^>]+)>')
_CARRIED: Final = re.compile(r'"([^"\\/]+)"\s+as\s+uchar\s+(g_\w+)\[\]')
_GENERATED: Final = "\n// Made by `metafleet brain export`"
_COMMENT_OR_STRING: Final = re.compile(r'"(?:\\.|[^"\\\n])*"|/\*.*?\*/|//[^\n]*', re.S)


@dataclass(slots=True)
class Program:
    """What was read. `properties`: by name, of the main file. `resources`: the file of each variable that
    carries one. `lines`: (file, line, text) of all files. `generated`: those that
    `metafleet brain export` wrote, whose names are the model's. `guarded`: lines that one platform
    alone reads."""

    platform: Platform
    main: Path
    tokens: list[Token] = field(default_factory=list)
    properties: dict[str, str] = field(default_factory=dict)
    resources: dict[str, Path] = field(default_factory=dict)
    lines: list[tuple[Path, int, str]] = field(default_factory=list)
    generated: set[Path] = field(default_factory=set)
    guarded: set[tuple[Path, int]] = field(default_factory=set)


def platform_of(main: Path) -> Platform:
    """Return what a file is written for, by its ending."""
    return "mql4" if main.suffix == ".mq4" else "mql5"


def read_program(main: Path, includes: Sequence[Path] = (INCLUDES,)) -> Program:
    """Read a program. Raises Unreadable."""
    program = Program(platform_of(main), main)
    names = {"__MQL4__" if program.platform == "mql4" else "__MQL5__"}
    _Reader(program, includes, names).read(main)
    return program


class _Reader:
    def __init__(self, program: Program, includes: Sequence[Path], names: set[str]) -> None:
        self._program, self._includes, self._names = program, includes, names
        self._seen: set[Path] = set()

    def read(self, path: Path) -> None:
        if path.resolve() in self._seen:
            return
        self._seen.add(path.resolve())
        text = path.read_text(encoding="utf-8").replace("\r\n", "\n")
        if _GENERATED in text:
            self._program.generated.add(path)
        for number, line in enumerate(text.split("\n"), 1):
            self._program.lines.append((path, number, line))
        conditions: list[bool] = []
        asked: list[str] = []
        for number, line in enumerate(_without_comments(text).split("\n"), 1):
            if match := _DIRECTIVE.match(line.strip()):
                self._direct(path, number, match, conditions)
                _note(match, asked)
            elif all(conditions):
                if _PLATFORMS & set(asked):
                    self._program.guarded.add((path, number))
                self._program.tokens += tokens_of(line, path, number)
        if conditions:
            raise Unreadable(path, len(text.split("\n")), "#ifdef is never closed by #endif")

    def _direct(self, path: Path, line: int, match: re.Match[str], conditions: list[bool]) -> None:
        word, rest = match[1], match[2].strip()
        if word in {"ifdef", "ifndef"}:
            conditions.append((rest in self._names) == (word == "ifdef"))
        elif word in {"else", "endif"}:
            if not conditions:
                raise Unreadable(path, line, f"#{word} without #ifdef")
            last = conditions.pop()
            if word == "else":
                conditions.append(not last)
        elif all(conditions):
            self._take(path, line, word, rest)

    def _take(self, path: Path, line: int, word: str, rest: str) -> None:
        program = self._program
        if word == "include":
            self.read(self._find(path, line, rest))
        elif word == "define":
            name, _, value = rest.partition(" ")
            if not name.isidentifier():
                raise Unreadable(path, line, "a macro with arguments is not of the subset: write a function")
            self._names.add(name)
            if value.strip():
                made = tuple(tokens_of(value.strip(), path, line))
                program.tokens.append(Token("define", name, path, line, made))
        elif word == "property":
            name, _, value = rest.partition(" ")
            if path == program.main:
                program.properties[name] = value.strip().strip('"')
        elif word == "resource":
            self._carry(path, line, rest)
        else:
            raise Unreadable(path, line, f"#{word} is not of the subset")

    def _carry(self, path: Path, line: int, rest: str) -> None:
        match = _CARRIED.fullmatch(rest)
        if match is None:
            raise Unreadable(path, line, 'a resource is carried so: #resource "file" as uchar g_name[]')
        file = path.parent / match[1]
        if not file.is_file():
            raise Unreadable(path, line, f"there is no file {match[1]}")
        self._program.resources[match[2]] = file.resolve()

    def _find(self, path: Path, line: int, rest: str) -> Path:
        match = _INCLUDED.match(rest)
        if match is None:
            raise Unreadable(path, line, f"cannot read what is included: {rest}")
        name = (match[1] or match[2]).replace("\\", "/")
        for folder in [path.parent, *self._includes] if match[1] else self._includes:
            if (folder / name).is_file():
                return folder / name
        raise Unreadable(path, line, f"there is no file {name}; MetaQuotes' own library is not of the subset")


def _note(match: re.Match[str], asked: list[str]) -> None:
    """Keep which names stand in the conditions around a line."""
    if match[1] in {"ifdef", "ifndef"}:
        asked.append(match[2].strip())
    elif match[1] == "endif":
        asked.pop()


def _without_comments(text: str) -> str:
    """Blank comments out and keep the lines where they are."""

    def blank(match: re.Match[str]) -> str:
        found = match.group()
        return found if found.startswith('"') else "\n" * found.count("\n")

    return _COMMENT_OR_STRING.sub(blank, text)
