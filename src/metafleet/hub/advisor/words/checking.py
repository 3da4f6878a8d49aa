"""Whether a text brings numbers that nobody gave it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import msgspec

from metafleet.hub.advisor.words.template import Facts

MOST_CHARACTERS: Final = 1_500
FEWEST_CHARACTERS: Final = 40

_NUMBER: Final = re.compile(
    r"(?<![\w.])[-+\u2212\u2013]?\s?(?:\d{1,3}(?:[,\u202f\u00a0 ]\d{3})+(?!\d)|\d+)(?:\.\d+)?"
)
_ANY_DIGIT: Final = re.compile(r"\d")

_WORDS: Final = {
    "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "eleven": 11, "twelve": 12, "dozen": 12, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50,
    "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90, "hundred": 100, "thousand": 1_000,
    "million": 1_000_000, "half": 50, "double": 2, "twice": 2, "triple": 3, "thrice": 3,
}  # fmt: skip
_WORD: Final = re.compile(r"\b(" + "|".join(_WORDS) + r")\b", re.IGNORECASE)


def fault(text: str, facts: Facts) -> str:
    """Return why a text may not be shown; "" where it may.

    Each number in it has to be one of those given, perhaps rounded to fewer places, without its sign, or a
    percentage as a share. Names that have digits are taken out first.
    """
    if not FEWEST_CHARACTERS <= len(text) <= MOST_CHARACTERS:
        return f"it has {len(text)} characters; {FEWEST_CHARACTERS} to {MOST_CHARACTERS} are wanted"
    if any(ord(character) < 32 and character != "\n" for character in text):
        return "it has control characters"
    rest = text
    for name in _names(facts):
        rest = rest.replace(name, " ")
    given = list(_given(facts))
    for said in _said(rest):
        if not any(_is(said, number) for number in given):
            return f"it says {said[0]}, which is none of the numbers given"
    left = _NUMBER.sub(" ", rest)
    if _ANY_DIGIT.search(left):
        return "it has digits that are no number of those given"
    return ""


def _names(facts: Facts) -> Iterator[str]:
    yield from sorted({facts.symbol, facts.ea}, key=len, reverse=True)


def _given(facts: Facts) -> Iterator[float]:
    for name, value in msgspec.structs.asdict(facts).items():
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            yield float(value)
            if name.endswith("_percent"):
                yield value / 100
        elif isinstance(value, list):
            for sentence in value:
                yield from (number for _, number, _ in _said(str(sentence)))


def _said(text: str) -> Iterator[tuple[str, float, int]]:
    """Yield what stands there, its value, and how many places it has after the point."""
    for found in _NUMBER.finditer(text):
        word = found.group().strip()
        plain = re.sub(r"[,\u202f\u00a0 ]", "", word).replace("\u2212", "-").replace("\u2013", "-")
        yield word, float(plain), len(plain.partition(".")[2])
    for found in _WORD.finditer(text):
        yield found.group(), float(_WORDS[found.group().lower()]), 0


def _is(said: tuple[str, float, int], given: float) -> bool:
    _, value, places = said
    step = 10.0**-places
    return abs(abs(given) - abs(value)) <= step / 2 + 1e-9
