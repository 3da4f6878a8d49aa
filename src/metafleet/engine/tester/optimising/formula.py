"""A formula over figures, as a person types it: `net_profit / max(drawdown, 1) * sqrt(trades)`.

The text is parsed as an expression of Python and walked; nothing of it is ever run by Python. Numbers, the
figures' names, + - * / ** %, comparisons, and/or/not, `a if b else c` and a few functions: nothing else.
"""

from __future__ import annotations

import ast
import difflib
import math
import operator
from collections.abc import Callable, Mapping, Set
from typing import Any, Final

MOST_CHARACTERS: Final = 500
"""Longer than any formula that a person can still read."""

_ARITHMETIC: Final[dict[type, Callable[[float, float], Any]]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}
_COMPARISONS: Final[dict[type, Callable[[float, float], bool]]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_UNARY: Final[dict[type, Callable[[float], float]]] = {
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
    ast.Not: operator.not_,
}
_FUNCTIONS: Final[dict[str, tuple[int, int, Callable[..., float]]]] = {
    "min": (2, 20, min),
    "max": (2, 20, max),
    "sqrt": (1, 1, math.sqrt),
    "log": (1, 1, math.log),
    "exp": (1, 1, math.exp),
    "abs": (1, 1, abs),
}
"""Name to fewest arguments, most arguments, and what it does."""


class FormulaRefused(ValueError):
    """A formula cannot be read. The text is a sentence and, below it, the formula with the place marked."""

    def __init__(self, detail: str, text: str, column: int = 0, width: int = 1) -> None:
        super().__init__(f"{detail}\n  {text}\n  {' ' * column}{'^' * max(1, width)}")
        self.detail = detail


class Formula:
    """A formula that was read; `value` of it for as many tests as there are."""

    def __init__(self, text: str, names: Set[str]) -> None:
        """names: of the figures that it may use. Raises FormulaRefused."""
        self.text = text = " ".join(text.split())
        self.names: set[str] = set()
        if len(text) > MOST_CHARACTERS:
            raise FormulaRefused(f"a formula has at most {MOST_CHARACTERS} characters", text[:60] + "…")
        try:
            tree = ast.parse(text, mode="eval")
        except SyntaxError as error:
            column = min(max(0, (error.offset or 1) - 1), len(text))
            raise FormulaRefused("this is no formula", text, column) from None
        except (ValueError, RecursionError, MemoryError):
            raise FormulaRefused("this is no formula", text) from None
        self._root = tree.body
        self._check(self._root, names)

    def value(self, figures: Mapping[str, float | None]) -> float | None:
        """Return what it makes of a test's figures.

        None where a figure that it needs cannot be said, or it divides by nothing, or the result is no
        finite number.
        """
        try:
            made = _value(self._root, figures)
        except (_Unknown, ArithmeticError, ValueError):
            return None
        # A root of a negative number by ** is complex in Python.
        return float(made) if isinstance(made, int | float) and math.isfinite(made) else None

    def _check(self, node: ast.expr, names: Set[str]) -> None:
        match node:
            case ast.Constant(value=value):
                self._check_number(node, value)
            case ast.Name(id=name):
                self._check_name(node, name, names)
            case ast.UnaryOp(op=op) if type(op) in _UNARY:
                self._check(node.operand, names)
            case ast.BinOp(op=op) if type(op) in _ARITHMETIC:
                self._check_all([node.left, node.right], names)
            case ast.Compare(ops=ops) if all(type(op) in _COMPARISONS for op in ops):
                self._check_all([node.left, *node.comparators], names)
            case ast.BoolOp():
                self._check_all(node.values, names)
            case ast.IfExp():
                self._check_all([node.test, node.body, node.orelse], names)
            case ast.Call(func=ast.Name(id=name)):
                self._check_call(node, name, names)
            case _:
                raise self._refusal(
                    node, "a formula has figures, numbers, + - * / ** %, comparisons and if-else"
                )

    def _check_all(self, nodes: list[ast.expr], names: Set[str]) -> None:
        for node in nodes:
            self._check(node, names)

    def _check_number(self, node: ast.Constant, value: object) -> None:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self._refusal(node, "a formula has numbers and figures only")
        try:
            is_finite = math.isfinite(float(value))
        except OverflowError:
            is_finite = False
        if not is_finite:
            raise self._refusal(node, "this number is too large")

    def _check_name(self, node: ast.Name, name: str, names: Set[str]) -> None:
        if name in names:
            self.names.add(name)
            return
        if name in _FUNCTIONS:
            raise self._refusal(node, f"{name} is a function: {name}(…)")
        raise self._refusal(node, f"there is no figure {name}; {_near(name, names)}")

    def _check_call(self, node: ast.Call, name: str, names: Set[str]) -> None:
        if name not in _FUNCTIONS:
            raise self._refusal(node.func, f"there is no function {name}; {_near(name, _FUNCTIONS.keys())}")
        fewest, most, _ = _FUNCTIONS[name]
        if node.keywords or not fewest <= len(node.args) <= most:
            wanted = "one value" if most == 1 else "two values or more"
            raise self._refusal(node, f"{name} takes {wanted}")
        self._check_all(node.args, names)

    def _refusal(self, node: ast.expr, detail: str) -> FormulaRefused:
        # Python counts columns in bytes.
        line = self.text.encode()
        begin = len(line[: node.col_offset].decode(errors="ignore"))
        end = len(line[: node.end_col_offset or node.col_offset + 1].decode(errors="ignore"))
        return FormulaRefused(detail, self.text, begin, end - begin)


class _Unknown(Exception):
    """A figure that cannot be said was needed."""


def _value(  # noqa: PLR0911 - a way out for each kind of node
    node: ast.expr, figures: Mapping[str, float | None]
) -> Any:
    match node:
        case ast.Constant(value=value):
            return float(value)  # type: ignore[arg-type] # as it was checked
        case ast.Name(id=name):
            figure = figures.get(name)
            if figure is None:
                raise _Unknown
            return float(figure)
        case ast.UnaryOp():
            return _UNARY[type(node.op)](_value(node.operand, figures))
        case ast.BinOp():
            return _real(_ARITHMETIC[type(node.op)](_value(node.left, figures), _value(node.right, figures)))
        case ast.Compare():
            return _compared(node, figures)
        case ast.BoolOp():
            wanted = isinstance(node.op, ast.Or)
            return any(bool(_value(one, figures)) == wanted for one in node.values) == wanted
        case ast.IfExp():
            return _value(node.body if _value(node.test, figures) else node.orelse, figures)
        case ast.Call(func=ast.Name(id=name)):
            return _FUNCTIONS[name][2](*(_value(one, figures) for one in node.args))
        case _:
            raise AssertionError(node)


def _compared(node: ast.Compare, figures: Mapping[str, float | None]) -> bool:
    left = _value(node.left, figures)
    for op, comparator in zip(node.ops, node.comparators, strict=True):
        right = _value(comparator, figures)
        if not _COMPARISONS[type(op)](left, right):
            return False
        left = right
    return True


def _real(made: Any) -> float:
    if isinstance(made, complex):
        raise ValueError("a root of a negative number")
    return float(made)


def _near(name: str, names: Set[str]) -> str:
    close = difflib.get_close_matches(name, sorted(names), n=1, cutoff=0.5)
    return f"did you mean {close[0]}?" if close else f"there are {', '.join(sorted(names))}"
