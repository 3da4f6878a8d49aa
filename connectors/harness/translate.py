"""A program of the subset as C++17: arrays become checked ones, texts UTF-16, inputs settable."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from connectors.harness.grammar import BUILT_IN, HANDLERS, Item
from connectors.harness.source import Program
from connectors.harness.tokens import Token, Unreadable, matching

_GLUE: Final = {
    "OnInit": "hooks.init = [] {{ {call}; }};",
    "OnStart": "hooks.init = [] {{ OnStart(); return 0; }};",
    "OnDeinit": "hooks.deinit = [](int reason) {{ OnDeinit(reason); }};",
    "OnTick": "hooks.tick = [] {{ OnTick(); }};",
    "OnTimer": "hooks.timer = [] {{ OnTimer(); }};",
    "OnTrade": "hooks.trade = [] {{ OnTrade(); }};",
    "OnTradeTransaction": "hooks.transaction = [](const MqlTradeTransaction &seen) {{"
    " MqlTradeRequest request; MqlTradeResult result; OnTradeTransaction(seen, request, result); }};",
}


def translated(program: Program, items: Sequence[Item]) -> str:
    """Return the C++ text of a program that has no faults. Raises Unreadable."""
    head = '#include "shim.hpp"\n'
    if program.platform == "mql4":
        head = "#define MQL4_MODE\n" + head
    carried = "".join(
        f'static const Array<uchar> {name} = resource("{file}");\n'
        for name, file in program.resources.items()
    )
    body = carried + _Emitter(program, items).text()
    return f"{head}namespace ea {{ using namespace mqlrt;\n{body}\n{_glue(program.tokens, items)}}}\n{_MAIN}"


_MAIN: Final = '# 1 "main"\nint main() { return mqlrt::drive(ea::hooks_of_ea()); }\n'


def _glue(tokens: Sequence[Token], items: Iterable[Item]) -> str:
    found = {item.name: item for item in items if item.kind == "function" and item.name in HANDLERS}
    lines = []
    for name, item in found.items():
        call = (
            "return static_cast<int>(OnInit())" if tokens[item.begin].text != "void" else "OnInit(); return 0"
        )
        lines.append(_GLUE[name].format(call=call))
    return f'# 1 "glue"\nHooks hooks_of_ea() {{ Hooks hooks; {" ".join(lines)} return hooks; }}\n'


class _Emitter:
    def __init__(self, program: Program, items: Sequence[Item]) -> None:
        self._tokens, self._items = program.tokens, items
        self._types = BUILT_IN | {item.name for item in items if item.kind == "type"}
        self._defined = set(BUILT_IN)
        self._waiting = [item for item in items if item.kind == "function" and self._has_body(item)]
        self._out: list[str] = []
        self._at: tuple[str, int] = ("", 0)

    def text(self) -> str:
        self._declare()
        for item in self._items:
            self._emit(item)
            if item.kind == "type":
                self._defined.add(item.name)
                self._declare()
        return "".join(self._out)

    def _has_body(self, item: Item) -> bool:
        return self._tokens[item.end - 1].text == "}"

    def _declare(self) -> None:
        """Declare the functions all of whose types are known by now: MQL calls them in any order."""
        left = []
        for item in self._waiting:
            closing = matching(self._tokens, item.opening)
            head = self._tokens[item.begin : closing + 1]
            if {one.text for one in head} & (self._types - self._defined):
                left.append(item)
            else:
                self._range(item.begin, closing + 1)
                self._out.append(";\n")
        self._waiting = left

    def _emit(self, item: Item) -> None:
        if item.kind == "define":
            token = self._tokens[item.begin]
            value = " ".join(map(_word, token.value))
            self._out.append(f"\n#define {token.text} {value}\n")
            self._at = ("", 0)
        elif item.kind == "group" or (item.kind == "function" and not self._has_body(item)):
            return  # a heading of the inputs' page; declared already
        elif item.kind == "function":
            self._definition(item)
        elif item.kind == "variable" and self._tokens[item.begin].text == "input":
            self._input(item)
        else:
            self._range(item.begin, item.end)

    def _definition(self, item: Item) -> None:
        """Leave the arguments' default values out: they stand in the declaration."""
        closing = matching(self._tokens, item.opening)
        at = item.begin
        for begin, end in _defaults(self._tokens, item.opening + 1, closing):
            self._range(at, begin)
            at = end
        self._range(at, item.end)

    def _input(self, item: Item) -> None:
        words = self._tokens[item.begin + 1 : item.end - 1]
        kind, name = words[0].text, words[1].text
        value = " ".join(map(_word, words[3:]))
        self._mark(words[0])
        self._out.append(f'static const {kind} {name} = mqlrt::input_value<{kind}>("{name}", {value}); ')

    def _range(self, begin: int, end: int) -> None:
        at = begin
        while at < end:
            at = self._array(at) or self._plain(at)

    def _plain(self, at: int) -> int:
        self._mark(self._tokens[at])
        self._out.append(_word(self._tokens[at]) + " ")
        return at + 1

    def _array(self, at: int) -> int:
        """Write an array's declaration, `T a[]`, `T a[3]`, `T &a[]`; return where it ends, 0 for no array."""
        tokens = self._tokens
        if not self._is_type(tokens[at]):
            return 0
        is_reference = tokens[at + 1].text == "&"
        name = at + 1 + is_reference
        if tokens[name].kind != "name" or tokens[name + 1].text != "[":
            return 0
        sizes, after = [], name + 1
        while tokens[after].text == "[":
            closing = matching(tokens, after)
            sizes.append(" ".join(map(_word, tokens[after + 1 : closing])))
            after = closing + 1
        if tokens[after].text == "," and not is_reference and self._is_statement(at):
            raise Unreadable(tokens[at].file, tokens[at].line, "declare each array by itself")
        kind = tokens[at].text
        for size in reversed(sizes):
            kind = f"FixedArray<{kind}, {size}>" if size else f"Array<{kind}>"
        self._mark(tokens[at])
        self._out.append(f"{kind} {'&' if is_reference else ''}{tokens[name].text} ")
        return after

    def _is_type(self, token: Token) -> bool:
        is_api = token.text.startswith(("ENUM_", "Mql"))
        return token.kind == "name" and (token.text in self._types or is_api)

    def _is_statement(self, at: int) -> bool:
        before = self._tokens[at - 1].text if at else ";"
        return before in {";", "{", "}", "static", "const", ":"}

    def _mark(self, token: Token) -> None:
        """Tell the compiler which line of which file comes next, so that its words lead there."""
        here = (str(token.file), token.line)
        if here != self._at:
            self._out.append(f'\n# {token.line} "{token.file}"\n')
            self._at = here


def _defaults(tokens: Sequence[Token], begin: int, end: int) -> Iterator[tuple[int, int]]:
    at = begin
    while at < end:
        if tokens[at].text == "=":
            last = at
            while last < end and tokens[last].text != ",":
                last = matching(tokens, last) if tokens[last].text in {"(", "[", "{"} else last
                last += 1
            yield at, last
            at = last
        at += 1


def _word(token: Token) -> str:
    text = token.text
    match token.kind:
        case "string":
            return f"u{text}_s"
        case "char":
            return f"ushort(u{text})"
        case "date":
            return f'date_literal("{text[2:-1]}")'
        case "color":
            return f"color_literal({text[2:-1]})"
    if text in {"__FUNCTION__", "__FILE__"}:
        return f"mqlrt::string({text})"
    return text
