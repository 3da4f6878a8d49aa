"""What a program consists of at its top level: types, functions, variables; found in its tokens."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from connectors.harness.tokens import Token, Unreadable, matching

BUILT_IN: Final = frozenset(
    (
        *("void", "bool", "char", "uchar", "short", "ushort", "int", "uint", "long", "ulong"),
        *("float", "double", "string", "datetime", "color"),
    )
)
HANDLERS: Final = (
    *("OnInit", "OnDeinit", "OnTick", "OnTimer", "OnTrade"),
    *("OnTradeTransaction", "OnStart"),
)


@dataclass(frozen=True, slots=True)
class Item:
    """Tokens from `begin` to before `end`. `name`: of the type or function. `opening`: of its arguments."""

    kind: Literal["define", "group", "type", "function", "method", "variable"]
    begin: int
    end: int
    name: str = ""
    opening: int = 0


def items_of(tokens: Sequence[Token]) -> Iterator[Item]:
    """Yield what stands at the top level, in its order. Raises Unreadable."""
    at = 0
    while at < len(tokens):
        item = _item(tokens, at)
        yield item
        at = item.end


def _item(tokens: Sequence[Token], begin: int) -> Item:
    first = tokens[begin]
    if first.kind == "define":
        return Item("define", begin, begin + 1, first.text)
    if first.text == "input" and tokens[begin + 1].text == "group":
        return Item("group", begin, begin + 3)
    if first.text in {"class", "struct", "enum"}:
        return _type(tokens, begin)
    at = _until(tokens, begin, {"(", "=", ";"})
    if tokens[at].text != "(":
        return Item("variable", begin, _until(tokens, at, {";"}) + 1)
    after = _until(tokens, matching(tokens, at) + 1, {"{", ";"})
    end = matching(tokens, after) if tokens[after].text == "{" else after
    is_method = any(token.text == "::" for token in tokens[begin:at])
    return Item("method" if is_method else "function", begin, end + 1, tokens[at - 1].text, at)


def _until(tokens: Sequence[Token], begin: int, wanted: set[str]) -> int:
    """Return where one of these signs comes next, brackets passed over. Raises Unreadable."""
    at = begin
    while at < len(tokens):
        if tokens[at].kind == "sign":
            if tokens[at].text in wanted:
                return at
            if tokens[at].text in {"(", "[", "{"}:
                at = matching(tokens, at)
        at += 1
    raise Unreadable(tokens[begin].file, tokens[begin].line, "what begins here never ends")


def _type(tokens: Sequence[Token], begin: int) -> Item:
    at = begin
    while tokens[at].text != "{":
        if tokens[at].text == ";":
            raise Unreadable(tokens[begin].file, tokens[begin].line, "declare a type where it is defined")
        at += 1
    end = matching(tokens, at) + 1
    if end >= len(tokens) or tokens[end].text != ";":
        raise Unreadable(tokens[begin].file, tokens[begin].line, "a ; is missing after this type")
    return Item("type", begin, end + 1, tokens[begin + 1].text)
