"""The subset of MQL that the connectors are written in, held line by line: see connectors/README.md for why.

g++ accepts much that MetaEditor does not, and the other way round; what both read alike is the subset.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from connectors.harness import calls
from connectors.harness.grammar import HANDLERS, Item
from connectors.harness.source import Program
from connectors.harness.tokens import Token, matching

LONGEST: Final = 120
_BANNED: Final = {
    **dict.fromkeys(("auto", "nullptr", "size_t", "unsigned", "signed", "constexpr"), "is C++ alone"),
    **dict.fromkeys(("static_cast", "reinterpret_cast", "const_cast", "decltype"), "is C++ alone"),
    **dict.fromkeys(("std", "using", "friend", "mutable", "noexcept", "namespace"), "is C++ alone"),
    **dict.fromkeys(("try", "catch", "throw"), "MQL has no exceptions"),
    **dict.fromkeys(("new", "delete", "this"), "no pointers: keep objects in variables, members and arrays"),
    **dict.fromkeys(("template", "typename", "operator"), "is read differently by the two compilers"),
    **dict.fromkeys(("goto", "union", "interface", "import"), "is not of the subset"),
    **dict.fromkeys(("vector", "matrix", "complex", "pack", "final"), "is a word of MQL5's"),
    **dict.fromkeys(("Sleep", "MessageBox", "SendMail"), "holds the terminal: come back with the timer"),
    "NULL": "compare strings with an empty one",
    "EnumToString": "its texts are not the same in all builds",
    "Comment": "the chart's corner is the user's",
}
_OF_THE_CHART: Final = frozenset(("Bid", "Ask", "Bars", "Digits", "Point", "_Digits", "_Point"))
"""Variables of MQL4, and some of MQL5: of the chart that the program sits on, whatever it trades."""

_PASCAL: Final = re.compile(r"[A-Z][A-Za-z0-9]*")
_LOWER: Final = re.compile(r"[a-z][a-z0-9_]*")
_UPPER: Final = re.compile(r"[A-Z][A-Z0-9_]*")


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is not of the subset."""

    file: Path
    line: int
    says: str

    def __str__(self) -> str:
        return f"{self.file.name}:{self.line}: {self.says}"


def faults_of(program: Program, items: Sequence[Item]) -> list[Fault]:
    """Return all that is not of the subset, by file and line."""
    found = [
        *_of_text(program),
        *_of_properties(program),
        *_of_words(program.tokens),
        *_of_calls(program, items),
        *_of_bytes(program),
        *_of_items(program, items),
    ]
    return sorted(found, key=lambda one: (str(one.file), one.line))


def _of_text(program: Program) -> Iterator[Fault]:
    for file, line, text in program.lines:
        if not text.isascii():
            yield Fault(file, line, "only ASCII: what else is read depends on the machine's code page")
        if len(text) > LONGEST:
            yield Fault(file, line, f"longer than {LONGEST} characters")
        if "\t" in text or text != text.rstrip():
            yield Fault(file, line, "tabs and blanks at the end of a line")


def _of_properties(program: Program) -> Iterator[Fault]:
    for name in ("strict", "copyright", "version", "description"):
        if name not in program.properties:
            yield Fault(program.main, 1, f"#property {name} is missing")


def _of_words(tokens: Sequence[Token]) -> Iterator[Fault]:
    for at, token in enumerate(tokens):
        if token.kind == "name" and token.text in _OF_THE_CHART and tokens[at + 1].text != "(":
            yield Fault(token.file, token.line, f"{token.text} is the chart's: ask for the symbol's")
        if token.kind == "name" and token.text in _BANNED:
            yield Fault(token.file, token.line, f"{token.text}: {_BANNED[token.text]}")
        if token.kind == "sign" and token.text == "->":
            yield Fault(token.file, token.line, "->: no pointers")
        if token.text in {"while", "for"} and _is_endless(tokens, at):
            yield Fault(token.file, token.line, f"{token.text} without an end holds the terminal")
        if token.text == "for" and _has_colon(tokens, at):
            yield Fault(token.file, token.line, "for over a range is C++ alone")


def _is_endless(tokens: Sequence[Token], at: int) -> bool:
    inside = [one.text for one in tokens[at + 2 : matching(tokens, at + 1)]]
    return inside in (["true"], ["1"]) or inside[:2] == [";", ";"]


def _has_colon(tokens: Sequence[Token], at: int) -> bool:
    inside = tokens[at + 1 : matching(tokens, at + 1)]
    return any(one.text == ":" for one in inside) and not any(one.text == "?" for one in inside)


def _of_calls(program: Program, items: Sequence[Item]) -> Iterator[Fault]:
    for token, says in (*calls.unknown(program, items), *calls.waiting(program, items)):
        yield Fault(token.file, token.line, says)


def _of_bytes(program: Program) -> Iterator[Fault]:
    """Texts become bytes, and bytes texts, in one place, and no code page comes between."""
    tokens = program.tokens
    for at, token in enumerate(tokens[:-1]):
        if tokens[at + 1].text != "(":
            continue
        if token.text in {"StringToCharArray", "CharArrayToString"} and token.file.name != "Bytes.mqh":
            yield Fault(token.file, token.line, f"{token.text}: use BytesOf and TextOf of Bytes.mqh")
        if token.text == "FileOpen":
            inside = tokens[at + 1 : matching(tokens, at + 1)]
            if not any(one.text == "FILE_BIN" for one in inside):
                yield Fault(token.file, token.line, "FileOpen without FILE_BIN: a code page comes between")


def _of_items(program: Program, items: Sequence[Item]) -> Iterator[Fault]:
    tokens = program.tokens
    objects = {one.name for one in items if one.kind == "type" and tokens[one.begin].text != "enum"}
    for item in items:
        first = tokens[item.begin]
        if item.kind == "define":
            yield from _of_define(first, item, program)
        elif item.kind == "type" and first.file not in program.generated:
            yield from _of_type(tokens, item)
        elif item.kind == "variable":
            yield from _of_variable(tokens, item)
        elif item.kind == "function":
            if not _PASCAL.fullmatch(item.name):
                yield Fault(first.file, first.line, f"{item.name}: a function is written LikeThis")
            if item.name.startswith("On") and item.name not in HANDLERS:
                yield Fault(first.file, first.line, f"{item.name}: no event of that name reaches an EA here")
        if item.kind in {"function", "method", "type"}:
            yield from _of_arguments(tokens, item, objects)


def _of_define(first: Token, item: Item, program: Program) -> Iterator[Fault]:
    if not _UPPER.fullmatch(item.name):
        yield Fault(first.file, first.line, f"{item.name}: a constant is written in capitals")
    if (
        first.file.suffix == ".mqh"
        and first.file not in program.generated
        and not item.name.startswith("MF_")
    ):
        yield Fault(first.file, first.line, f"{item.name}: a header's constants begin with MF_")


def _of_type(tokens: Sequence[Token], item: Item) -> Iterator[Fault]:
    first = tokens[item.begin]
    if not item.name.startswith("Mf"):
        yield Fault(first.file, first.line, f"{item.name}: our types begin with Mf, and so meet no others")
    if first.text == "enum":
        for at in range(item.begin + 3, item.end):
            token = tokens[at]
            if (
                tokens[at - 1].text in {"{", ","}
                and token.kind == "name"
                and not token.text.startswith("MF_")
            ):
                yield Fault(token.file, token.line, f"{token.text}: a value of an enum begins with MF_")


def _of_variable(tokens: Sequence[Token], item: Item) -> Iterator[Fault]:
    words = [token for token in tokens[item.begin : item.end] if token.kind == "name"]
    first = tokens[item.begin]
    if first.text in {"input", "extern"}:
        if first.text == "extern":
            yield Fault(first.file, first.line, "extern: write input, on both platforms")
        elif not words[2].text.startswith("Inp"):
            yield Fault(first.file, first.line, f"{words[2].text}: an input begins with Inp")
        return
    name = _declared(tokens, item)
    if first.text == "const":
        if not _UPPER.fullmatch(name):
            yield Fault(first.file, first.line, f"{name}: a constant is written in capitals")
    elif not (name.startswith("g_") and _LOWER.fullmatch(name)):
        yield Fault(first.file, first.line, f"{name}: a global variable begins with g_")


def _declared(tokens: Sequence[Token], item: Item) -> str:
    name = ""
    for token in tokens[item.begin : item.end]:
        if token.text in {"=", ";", "["}:
            break
        name = token.text
    return name


def _is_array_by_value(tokens: Sequence[Token], at: int) -> bool:
    """Whether an argument `T a[]` is declared here."""
    names = tokens[at].kind == "name" and tokens[at + 1].kind == "name" and tokens[at + 2].text == "["
    before = tokens[at - 2] if tokens[at - 1].text == "const" else tokens[at - 1]
    if not names or before.text not in {"(", ","}:
        return False
    return tokens[matching(tokens, at + 2) + 1].text in {",", ")"}


def _of_arguments(tokens: Sequence[Token], item: Item, objects: set[str]) -> Iterator[Fault]:
    """Arrays and objects are handed over by reference: MQL refuses some by value, and copies the rest."""
    for at in range(item.begin + 1, item.end - 1):
        token = tokens[at]
        if _is_array_by_value(tokens, at):
            yield Fault(token.file, token.line, f"{tokens[at + 1].text}: an array is given by reference, &")
        is_object = token.text in objects or token.text.startswith("Mql")
        if token.kind != "name" or not is_object or tokens[at + 1].kind != "name":
            continue
        if tokens[at - 1].text in {"(", ","} or (
            tokens[at - 1].text == "const" and tokens[at - 2].text in {"(", ","}
        ):
            yield Fault(token.file, token.line, f"{tokens[at + 1].text}: give it by reference, &")
