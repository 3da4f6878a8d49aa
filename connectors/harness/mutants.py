"""A program with all its mutants in it: one operator flipped, one truth turned, one statement left out.

They are compiled together and chosen as the program starts (MQL_MUTANT), so that one call of the compiler
serves all of them. `a == b` becomes `a == mark(7) == b`, which has the same precedence and the same meaning
as long as mutant 7 is not the chosen one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from connectors.harness.grammar import BUILT_IN
from connectors.harness.tokens import Token, matching

_FLIPPED: Final = {
    "==": ("eq", "!="),
    "!=": ("ne", "=="),
    "<": ("lt", "<="),
    "<=": ("le", "<"),
    ">": ("gt", ">="),
    ">=": ("ge", ">"),
    "+": ("plus", "-"),
    "-": ("minus", "+"),
}
_TURNED: Final = {"&&": ("both", "||"), "||": ("either", "&&")}
_ENDS_AND: Final = frozenset((";", ",", "{", "}", "?", ":", "=", "||", "return"))
_ENDS_OR: Final = _ENDS_AND - {"||"}
_JUMPS: Final = frozenset(("return", "continue", "break"))
_NO_STATEMENT: Final = BUILT_IN | {
    *("if", "for", "while", "else", "do", "switch", "case", "default"),
    *("const", "static", "private", "public", "protected"),
}


@dataclass(frozen=True, slots=True)
class Mutant:
    """`number` chooses it. `was`, `becomes`: what stood there and what stands there instead."""

    number: int
    file: str
    line: int
    was: str
    becomes: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.was} -> {self.becomes or 'left out'}"


def with_mutants(tokens: Sequence[Token], files: Collection[str]) -> tuple[list[Token], list[Mutant]]:
    """Return the program with the mutants of these files in it, and what they are; 0 chooses none."""
    breeder = _Breeder(tokens, files)
    return breeder.tokens(), breeder.found


class _Breeder:
    def __init__(self, tokens: Sequence[Token], files: Collection[str]) -> None:
        self._tokens, self._files = tokens, files
        self.found: list[Mutant] = []
        self._instead: dict[int, str] = {}
        # Beside the text its width: what is wider begins before and ends after.
        self._before: dict[int, list[tuple[int, str]]] = {}
        self._after: dict[int, list[tuple[int, str]]] = {}

    def tokens(self) -> list[Token]:
        for at, token in enumerate(self._tokens):
            if token.file.name in self._files:
                self._breed(at, token)
        for at, end in self._statements():
            self._leave_out(at, end)
        return list(self._made())

    def _made(self) -> Iterator[Token]:
        for at, token in enumerate(self._tokens):
            for _, text in sorted(self._before.get(at, ()), key=lambda one: -one[0]):
                yield replace(token, kind="sign", text=text)
            kind = "sign" if at in self._instead else token.kind
            yield replace(token, kind=kind, text=self._instead.get(at, token.text))
            for _, text in sorted(self._after.get(at, ()), key=lambda one: one[0]):
                yield replace(token, kind="sign", text=text)

    def _number(self, token: Token, was: str, becomes: str) -> int:
        number = len(self.found) + 1
        self.found.append(Mutant(number, token.file.name, token.line, was, becomes))
        return number

    def _breed(self, at: int, token: Token) -> None:
        text = token.text
        if token.kind == "sign" and text in _FLIPPED and self._is_binary(at):
            mark, becomes = _FLIPPED[text]
            number = self._number(token, text, becomes)
            self._instead[at] = f"{text} mqlrt::{mark}({number}) {text}"
        elif text in _TURNED and token.kind == "sign":
            self._turn(at, token)
        elif text == "!" and token.kind == "sign":
            self._instead[at] = f"mqlrt::Not{{{self._number(token, '!', ' ')}}} *"
        elif token.kind == "name" and text in {"true", "false"}:
            becomes = "false" if text == "true" else "true"
            self._instead[at] = f"mqlrt::flipped({self._number(token, text, becomes)}, {text})"

    def _is_binary(self, at: int) -> bool:
        before = self._tokens[at - 1]
        if before.kind == "name":
            return before.text != "return"
        return before.kind in {"number", "string", "char"} or before.text in {")", "]"}

    def _turn(self, at: int, token: Token) -> None:
        """Write the right side as a function of its own, which is called only where it would be looked at."""
        name, becomes = _TURNED[token.text]
        ends = _ENDS_AND if token.text == "&&" else _ENDS_OR
        begin, end = self._left_of(at, ends), self._right_of(at, ends | {token.text})
        number = self._number(token, token.text, becomes)
        width = end - begin
        self._before.setdefault(begin, []).append((width, f"mqlrt::{name}({number},"))
        self._instead[at] = ", [&]() -> bool { return"
        self._after.setdefault(end, []).append((width, "; })"))

    def _left_of(self, at: int, ends: Collection[str]) -> int:
        depth, begin = 0, at
        while begin > 0:
            text = self._tokens[begin - 1].text
            depth += (text in {")", "]"}) - (text in {"(", "["})
            if depth < 0 or (depth == 0 and text in ends):
                break
            begin -= 1
        return begin

    def _right_of(self, at: int, ends: Collection[str]) -> int:
        end = at
        while self._tokens[end + 1].text not in ends and self._tokens[end + 1].text not in {")", "]"}:
            end += 1
            if self._tokens[end].text in {"(", "["}:
                end = matching(self._tokens, end)
        return end

    def _statements(self) -> Iterator[tuple[int, int]]:
        """Yield begin and end (its semicolon) of what can be left out: calls, assignments, jumps."""
        depth, heads = 0, self._heads()
        for at, token in enumerate(self._tokens[:-1]):
            if token.kind == "sign":
                depth += (token.text == "(") - (token.text == ")")
            begins = token.text in {";", "{", "}", "else"} or at in heads
            if depth or not begins or self._tokens[at + 1].file.name not in self._files:
                continue
            end = self._end_of_statement(at + 1)
            if end:
                yield at + 1, end

    def _heads(self) -> set[int]:
        """Return where the brackets after if, for and while close."""
        return {
            matching(self._tokens, at + 1)
            for at, token in enumerate(self._tokens)
            if token.text in {"if", "for", "while"} and token.kind == "name"
        }

    def _end_of_statement(self, begin: int) -> int:
        first, second = self._tokens[begin], self._tokens[begin + 1]
        if first.kind != "name" or first.text in _NO_STATEMENT:
            return 0
        if first.text in _JUMPS:
            return begin + 1 if second.text == ";" else 0
        if second.kind == "name" or second.text == "&":
            return 0  # a declaration
        for at in range(begin, len(self._tokens)):
            if self._tokens[at].text in {"{", "}"}:
                return 0
            if self._tokens[at].text == ";":
                return at if self._is_no_array(begin, at) else 0
        return 0

    def _is_no_array(self, begin: int, end: int) -> bool:
        return any(one.text not in {"[", "]"} for one in self._tokens[begin + 1 : end])

    def _leave_out(self, begin: int, end: int) -> None:
        was = " ".join(one.text for one in self._tokens[begin:end])
        number = self._number(self._tokens[begin], was, "")
        # An `else` of its own, so that none that follows can become this one's.
        self._before.setdefault(begin, []).append((1 << 30, f"if(mqlrt::on({number})) {{ }} else"))
