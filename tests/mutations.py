"""Bodies as no program of ours would write them, made from good ones: seeded, so that each comes again."""

from __future__ import annotations

import copy
import gzip
import json
import zlib
from collections.abc import Callable
from random import Random
from typing import Any, Final

_DIGITS: Final = "\ue000digits\ue000"
_NESTED: Final = "\ue000nested\ue000"
_LITERALS: Final = {_DIGITS: "9" * 5_000, _NESTED: "[" * 5_000 + "]" * 5_000}
"""What Python's own encoder would not write."""

TEXTS: Final = (
    "",
    " ",
    "0",
    "-1",
    "1e400",
    "NaN",
    "null",
    "a\x00b",
    "\x00",
    "\ud800",
    "\udc00\ud800",
    "\U0001f600",
    "\u202e\ufeff\u2028",
    "\\u0000",
    "\\\x00",
    "٣٣",
    "²",
    "x" * 300,
    "é" * 5_000,
    "' OR 1=1 --",
    "%s%n{0}",
    "../../etc/passwd",
    "success",
    "2026-03-02T12:00:00Z",
    "0001-01-01T00:00:00+23:59",
    "9999-12-31T23:59:59-23:59",
    "2026-02-30",
    "00000000-0000-0000-0000-000000000000",
    "[]",
)
NUMBERS: Final[tuple[Any, ...]] = (
    0, -0.0, 1, -1, 0.1, 1e-320, 1e11, 1e12, 1e308, -1e308, 2**31 - 1, 2**31, -(2**31) - 1, 2**53 + 1,
    2**63 - 1, 2**63, -(2**63) - 1, 2**64, 10**30, 10**400, _DIGITS,
    float("nan"), float("inf"), float("-inf"),
)  # fmt: skip
OTHERS: Final[tuple[Any, ...]] = (
    None, True, False, [], {}, [[]], [None], {"": None}, {"\x00": "\x00"}, {"\ud800": 1}, _NESTED,
    [0] * 1_200, {"a": {"b": [1, {"c": "\x00"}]}},
)  # fmt: skip


def odd_value(random: Random) -> Any:
    """Return one that some field will not like."""
    return copy.deepcopy(random.choice(random.choice((TEXTS, NUMBERS, OTHERS))))


def mutated(random: Random, good: Any) -> Any:
    """Return a copy of the JSON value in which up to three places are odd."""
    value = copy.deepcopy(good)
    for _ in range(random.choice((0, 1, 1, 1, 1, 2, 3))):
        places = list(_places(value))
        if not places:
            return odd_value(random)
        # What stands at the top is what most depends on, and else drowns among the items of lists.
        top = [(holder, key) for holder, key in places if holder is value]
        holder, key = random.choice(random.choice((places, top)))
        _bend(random, holder, key, [holder[key] for holder, key in places])
    return value


def damaged(random: Random, file: bytes) -> bytes:
    """Return the file with a few bytes changed, a piece cut out, twice there, or the end missing."""
    if not file:
        return file
    body = bytearray(file)
    start, length = random.randrange(len(body)), random.choice((1, 4, 50, 1_000))
    match random.randrange(5):
        case 0:
            del body[start:]
        case 1:
            del body[start : start + length]
        case 2:
            body[start:start] = body[start : start + length]
        case 3:
            odd = random.choice(TEXTS).encode("utf-8", "surrogatepass")
            body[start : start + len(odd)] = odd
        case _:
            for _ in range(random.choice((1, 5, 50))):
                body[random.randrange(len(body))] = random.randrange(256)
    return bytes(body)


def written(random: Random, value: Any) -> bytes:
    """Return the value as JSON, with all that JSON cannot say, now and then in a strange encoding."""
    is_ascii = random.random() < 0.5
    text = json.dumps(value, ensure_ascii=is_ascii)
    for mark, literal in _LITERALS.items():
        text = text.replace(json.dumps(mark, ensure_ascii=is_ascii), literal)
    charset = random.choice(("utf-8",) * 30 + ("utf-16", "windows-1252", "utf-32", "utf-7"))
    return text.encode(charset, "surrogatepass" if charset == "utf-8" else "replace")


def packed(random: Random, body: bytes) -> tuple[bytes, dict[str, str]]:
    """Return the bytes, now and then damaged, wrapped or mislabelled, and the headers for them."""
    if random.random() < 0.75:
        return body, {"Content-Type": "application/json"}
    return random.choice(_WRAPPINGS)(random, body)


_WRAPPINGS: Final[tuple[Callable[[Random, bytes], tuple[bytes, dict[str, str]]], ...]] = (
    lambda random, body: (body[: random.randrange(len(body) + 1)], {}),
    lambda random, body: (damaged(random, body), {}),
    lambda random, body: (body + b"\x00" * 3, {"Content-Type": "application/json; charset=klingon"}),
    lambda random, body: (b"\xef\xbb\xbf" + body, {"Content-Type": "text/plain"}),
    lambda random, body: (gzip.compress(body), {"Content-Encoding": "gzip"}),
    lambda random, body: (damaged(random, gzip.compress(body)), {"Content-Encoding": "gzip"}),
    lambda random, body: (zlib.compress(body), {"Content-Encoding": random.choice(("gzip", "br", "\xff"))}),
    lambda random, body: (body, {"Content-Encoding": "gzip"}),
    lambda random, body: (body * 2, {"Content-Type": "multipart/form-data"}),
    lambda random, body: (body, {"Content-Length": random.choice(("-1", "1e3", "9" * 30, "", "0"))}),
    lambda random, body: (random.randbytes(random.choice((0, 1, 7, 100))), {}),
)


def _places(value: Any) -> Any:
    """Yield (holder, key) of everything inside."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in list(inside):
        yield value, key
        yield from _places(item)


def _bend(random: Random, holder: Any, key: Any, others: list[Any]) -> None:
    match random.randrange(8):
        case 0:
            del holder[key]
        case 1:
            holder[key] = copy.deepcopy(random.choice(others))
        case 2:
            holder[key] = [holder[key]] * random.choice((1, 3, 3, 3, 1_001))
        case 3:
            holder[key] = {"value": holder[key]}
        case 4 if isinstance(holder[key], str | int | float):
            holder[key] = str(holder[key]) + random.choice(TEXTS)
        case 5 if isinstance(holder, dict):
            holder[random.choice(TEXTS)] = holder[key]
        case _:
            holder[key] = odd_value(random)
