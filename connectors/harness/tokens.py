"""MQL as tokens: what a program's text is made of, each with the file and line that it stands in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

Kind = Literal["date", "color", "string", "char", "number", "name", "sign", "define"]

_TOKEN: Final = re.compile(
    r"""
    (?P<blank>\s+) | (?P<comment>//[^\n]*|/\*.*?\*/)
  | (?P<date>\bD'[^'\n]*') | (?P<color>\bC'[^'\n]*')
  | (?P<string>"(?:\\.|[^"\\\n])*") | (?P<char>'(?:\\.|[^'\\\n])+')
  | (?P<number>0[xX][0-9A-Fa-f]+ | (?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
  | (?P<name>[A-Za-z_]\w*)
  | (?P<sign><<=|>>=|\+\+|--|->|::|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^]=|.)
    """,
    re.X | re.S,
)
_OPENING: Final = {"(": ")", "[": "]", "{": "}"}


@dataclass(frozen=True, slots=True)
class Token:
    """`text` as it stands in the file; of a define the macro's name, whose value is `value`."""

    kind: Kind
    text: str
    file: Path
    line: int
    value: tuple[Token, ...] = ()


class Unreadable(Exception):
    """The text is no program of the subset: says where and why."""

    def __init__(self, file: Path, line: int, why: str) -> None:
        super().__init__(f"{file.name}:{line}: {why}")


def tokens_of(text: str, file: Path, line: int = 1) -> list[Token]:
    """Return the tokens without blanks and comments. line: of the text's beginning."""
    found: list[Token] = []
    for match in _TOKEN.finditer(text):
        kind, word = match.lastgroup, match.group()
        if kind not in {"blank", "comment"}:
            found.append(Token(kind, word, file, line))  # type: ignore[arg-type]
        line += word.count("\n")
    return found


def matching(tokens: Sequence[Token], begin: int) -> int:
    """Return where the bracket that opens at `begin` closes. Raises Unreadable."""
    opening = tokens[begin].text
    closing, depth = _OPENING[opening], 0
    for at in range(begin, len(tokens)):
        if tokens[at].kind != "sign":
            continue
        depth += (tokens[at].text == opening) - (tokens[at].text == closing)
        if depth == 0:
            return at
    raise Unreadable(tokens[begin].file, tokens[begin].line, f"{opening} is never closed")
