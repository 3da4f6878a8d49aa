"""What an expression of HCL says, as python-hcl2 writes it: `"text ${code}"` or `${code}`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

Value = Any
"""A number, a truth, a string as above, or a list or dict of such."""

BLOCK: Final = "__is_block__"


class _Unknown:
    """What only a run would tell."""


UNKNOWN: Final = _Unknown()

_REFERENCE = re.compile(
    r"(?<![\w.-])(var|local|module|data|aws_\w+)(?=((?:\.[\w-]+|\.\*|\[[^\[\]]*(?:\[[^\]]*\])?[^\[\]]*\])+))"
)


def unquoted(word: str) -> str:
    return word[1:-1] if len(word) > 1 and word[0] == word[-1] == '"' else word


def is_block(value: Value) -> bool:
    return isinstance(value, list) and any(isinstance(part, dict) and BLOCK in part for part in value)


def literal(value: Value) -> Value:
    """The value of a constant; UNKNOWN of what refers or computes. Into a list or dict nothing is looked."""
    if not isinstance(value, str):
        return value
    if "${" in value or "%{" in value or not value.startswith('"'):
        return UNKNOWN
    return unquoted(value)


def texts(value: Value) -> Iterator[str]:
    """Every string in it, keys too, in the order in which they stand."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for part in value:
            yield from texts(part)
    elif isinstance(value, dict):
        for key, part in value.items():
            if not key.startswith("__"):  # a comment, or a mark of the reader
                yield key
                yield from texts(part)


def references(value: Value) -> Iterator[tuple[str, ...]]:
    """What it refers to, like ("aws_vpc", "main", "id"), without indexes."""
    for text in texts(value):
        for found in _REFERENCE.finditer(_code(text)):
            path = re.sub(r"\[[^\[\]]*(?:\[[^\]]*\])?[^\[\]]*\]", "", found[2])
            yield (found[1], *path.strip(".").split("."))


def _code(text: str) -> str:
    """What is code in it; quoted text between is left out."""
    kept: list[str] = []
    modes = ["text"]
    place = 0
    while place < len(text):
        step = _text if modes[-1] == "text" else _expression
        place += step(text, place, modes, kept)
    return "".join(kept)


def _text(text: str, place: int, modes: list[str], kept: list[str]) -> int:
    if text.startswith(("$${", "%%{", "\\"), place):
        return 3 if text[place] != "\\" else 2
    if text.startswith(("${", "%{"), place):
        modes.append("code")
        kept.append(" ")
        return 2
    if text[place] == '"' and len(modes) > 1:
        modes.pop()
    return 1


def _expression(text: str, place: int, modes: list[str], kept: list[str]) -> int:
    letter = text[place]
    if letter == "}":
        modes.pop()
    elif letter in '{"':
        modes.append("code" if letter == "{" else "text")
    kept.append(" " if letter == '"' else letter)
    return 1
