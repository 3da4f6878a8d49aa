"""What a program calls, and from where: functions of one platform alone, and waiting outside the timer."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from connectors.harness.grammar import BUILT_IN, HANDLERS, Item
from connectors.harness.source import Platform, Program
from connectors.harness.tokens import Token, matching

_SHIM: Final = Path(__file__).parent / "shim"
WORDS: Final = frozenset(
    (
        *("if", "else", "for", "while", "do", "switch", "case", "default", "break", "continue", "return"),
        *("sizeof", "const", "static", "virtual", "override", "public", "private", "protected"),
        *("class", "struct", "enum", "input", "extern", "true", "false", "group"),
    )
)
WAITS: Final = "WebRequest"
"""What holds a program until somebody else answers. Sleep is not of the subset at all."""

OF_THE_TIMER: Final = frozenset(("OnTimer", "OnStart"))
READ_DIFFERENTLY: Final = frozenset(("OrderSend", "OrderSelect", "StringTrimLeft", "StringTrimRight"))
"""Both platforms have them, with other arguments or another answer."""

Function = tuple[str, str]
"""A function by its type, "" for a global one, and its name."""


@cache
def library(platform: Platform | None = None) -> frozenset[str]:
    """Return the functions of MQL that the harness has for a platform; for None those that both have."""
    if platform is None:
        return library("mql4") & library("mql5")
    other = "mql5.hpp" if platform == "mql4" else "mql4.hpp"
    texts = [path.read_text() for path in sorted(_SHIM.glob("*.hpp")) if path.name != other]
    text = "\n".join(_of_platform(one, platform) for one in texts)
    return frozenset(re.findall(r"\b([A-Z]\w+) ?\(", text))


def _of_platform(text: str, platform: Platform) -> str:
    """Leave out what stands between the conditions of the other platform."""
    kept: list[str] = []
    is_in: list[bool] = []
    for line in text.split("\n"):
        if line.startswith("#if"):
            is_4 = "MQL4_MODE" not in line or (platform == "mql4") == (line.startswith("#ifdef"))
            is_in.append(is_4)
        elif line.startswith("#else"):
            is_in[-1] = not is_in[-1]
        elif line.startswith("#endif"):
            is_in.pop()
        elif all(is_in):
            kept.append(line)
    return "\n".join(kept)


@dataclass(frozen=True, slots=True)
class Body:
    """Where a function's body begins and ends, and what function it is."""

    function: Function
    begin: int
    end: int


def bodies_of(tokens: Sequence[Token], items: Sequence[Item]) -> list[Body]:
    """Return the bodies of all functions and methods."""
    return [body for item in items for body in _of_item(tokens, item)]


def _of_item(tokens: Sequence[Token], item: Item) -> Iterator[Body]:
    if item.kind in {"function", "method"}:
        begin = _opening(tokens, matching(tokens, item.opening) + 1)
        owner = tokens[item.opening - 3].text if item.kind == "method" else ""
        if begin is not None:
            yield Body((owner, item.name), begin, item.end)
    elif item.kind == "type" and tokens[item.begin].text != "enum":
        at = item.begin + 3
        while at < item.end - 1:
            if tokens[at].text == "(" and tokens[at - 1].kind == "name":
                name, at = tokens[at - 1].text, matching(tokens, at)
                begin = _opening(tokens, at + 1)
                if begin is not None:
                    at = matching(tokens, begin)
                    yield Body((item.name, name), begin, at + 1)
            at += 1


def _opening(tokens: Sequence[Token], at: int) -> int | None:
    """Return where the body begins after the arguments; None for a mere declaration."""
    while tokens[at].text not in {"{", ";"}:
        at += 1
    return at if tokens[at].text == "{" else None


@dataclass(frozen=True, slots=True)
class Call:
    """What is called, one of several where the receiver's type is not known; and where."""

    functions: frozenset[Function]
    token: Token


def calls_of(tokens: Sequence[Token], items: Sequence[Item]) -> dict[Function, list[Call]]:
    """Return what each function of the program calls."""
    bodies = bodies_of(tokens, items)
    known = {body.function for body in bodies}
    types = {item.name for item in items if item.kind == "type"}
    kinds = _kinds_of_names(tokens, types)
    made: dict[Function, list[Call]] = defaultdict(list)
    for body in bodies:
        for at in range(body.begin, body.end):
            token = tokens[at]
            if token.kind == "name" and tokens[at + 1].text == "(" and token.text not in WORDS | types:
                found = _called(tokens, at, body.function[0], known, kinds)
                made[body.function].append(Call(found, token))
    return made


def _called(
    tokens: Sequence[Token], at: int, owner: str, known: set[Function], kinds: Mapping[str, set[str]]
) -> frozenset[Function]:
    name = tokens[at].text
    if tokens[at - 1].text != ".":
        own = (owner, name)
        return frozenset((own if own in known else ("", name),))
    receivers = kinds.get(tokens[at - 2].text) or {kind for kind, method in known if method == name and kind}
    return frozenset((kind, name) for kind in receivers)


def _kinds_of_names(tokens: Sequence[Token], types: set[str]) -> dict[str, set[str]]:
    """Return of which of our types variables, members and arguments of each name are."""
    made: dict[str, set[str]] = defaultdict(set)
    for at, token in enumerate(tokens[:-2]):
        if token.text in types:
            after = tokens[at + 2] if tokens[at + 1].text == "&" else tokens[at + 1]
            if after.kind == "name":
                made[after.text].add(token.text)
    return made


def unknown(program: Program, items: Sequence[Item]) -> Iterator[tuple[Token, str]]:
    """Yield calls of what neither the program has nor the harness, or the wrong platform."""
    tokens, platform = program.tokens, program.platform
    own = {item.name for item in items} | set(_methods(tokens, items))
    both = library()
    for at, token in enumerate(tokens[:-1]):
        if token.kind != "name" or tokens[at + 1].text != "(" or token.text in WORDS:
            continue
        name = token.text
        if name in own or name in BUILT_IN:
            continue
        if name not in library("mql4") | library("mql5"):
            yield token, f"{name}() is not known to the harness"
        elif name not in library(platform):
            yield token, f"{name}() is not MQL{platform[-1]}"
        elif _is_shared(token, program) and (name not in both or name in READ_DIFFERENTLY):
            yield token, f"{name}() is not the same in MQL4 and MQL5: put it into a header of each"


def _is_shared(token: Token, program: Program) -> bool:
    """Whether both platforms read it: a header's name that ends in 4 or 5 says that one alone does."""
    is_header = token.file.suffix == ".mqh" and token.file not in program.generated
    return is_header and token.file.stem[-1] not in "45" and (token.file, token.line) not in program.guarded


def _methods(tokens: Sequence[Token], items: Sequence[Item]) -> Iterator[str]:
    for item in items:
        if item.kind == "type":
            for at in range(item.begin, item.end):
                if tokens[at].text == "(" and tokens[at - 1].kind == "name":
                    yield tokens[at - 1].text


def waiting(program: Program, items: Sequence[Item]) -> Iterator[tuple[Token, str]]:
    """Yield calls that wait for somebody, and that another event than the timer leads to."""
    calls = calls_of(program.tokens, items)
    for handler in HANDLERS:
        if handler not in OF_THE_TIMER and ("", handler) in calls:
            for token, path in _reached(calls, ("", handler)):
                ways = " > ".join(path)
                yield token, f"{WAITS}() is reached from {ways}: all that waits is done in OnTimer"


def _reached(calls: Mapping[Function, list[Call]], start: Function) -> Iterator[tuple[Token, list[str]]]:
    seen = {start}
    left: list[tuple[Function, list[str]]] = [(start, [start[1]])]
    while left:
        function, path = left.pop()
        for call in calls.get(function, ()):
            if call.token.text == WAITS:
                yield call.token, path
            for callee in call.functions - seen:
                seen.add(callee)
                left.append((callee, [*path, callee[1]]))
