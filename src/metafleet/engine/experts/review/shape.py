"""The one class that an EA's file is about: its names, symbols and inputs, as they are written."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from metafleet.engine.experts.review.findings import Finding, error, warning
from metafleet.engine.market.symbols import SYMBOLS

VERSION: Final = re.compile(r"\d{1,4}\.\d{1,4}\.\d{1,4}")
_SLUG: Final = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_LONGEST: Final = {"slug": 60, "name": 80, "category": 40, "summary": 200, "timeframe": 4}
"""Characters, as the catalogue's columns have them."""
_LONGEST_TEXT: Final = {"description": 4_000, "risk_note": 4_000}
MOST_INPUTS: Final = 60
_BASES: Final = {"Expert", "Disciplined"}
_INPUT_TYPES: Final = ("int", "float", "bool", "str")


@dataclass(frozen=True, slots=True)
class Shape:
    """What was found, and what of it is written out plainly."""

    findings: tuple[Finding, ...]
    facts: dict[str, str]
    symbols: tuple[str, ...] = ()


def check_shape(tree: ast.Module) -> Shape:
    """Look at the one Expert of the file."""
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef) and _is_expert(node, tree)]
    if len(classes) != 1:
        line = classes[1].lineno if classes else 0
        detail = f"Write exactly one class Name(Expert) in the file; found {len(classes) or 'none'}."
        return Shape((error(line, "expert", detail),), {})
    expert = classes[0]
    assigned = _assigned(expert)
    findings = [*_facts(expert, assigned), *_symbols(expert, assigned), *_inputs(expert)]
    facts = {
        name: str(node.value)
        for name, node in assigned.items()
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    return Shape(tuple(findings), facts, _named(assigned.get("symbols")))


def _is_expert(node: ast.ClassDef, tree: ast.Module) -> bool:
    names = _BASES | {
        alias.asname
        for found in tree.body
        if isinstance(found, ast.ImportFrom)
        for alias in found.names
        if alias.name in _BASES and alias.asname
    }
    return any(
        (isinstance(base, ast.Name) and base.id in names)
        or (isinstance(base, ast.Attribute) and base.attr in _BASES)
        for base in node.bases
    )


def _assigned(expert: ast.ClassDef) -> dict[str, ast.expr]:
    """Class attributes and the expressions that they are given; the last one counts."""
    found: dict[str, ast.expr] = {}
    for node in expert.body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
            found[node.target.id] = node.value
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                found |= _pairs(target, node.value)
    return found


def _pairs(target: ast.expr, value: ast.expr) -> dict[str, ast.expr]:
    if isinstance(target, ast.Name):
        return {target.id: value}
    both = isinstance(target, ast.Tuple | ast.List) and isinstance(value, ast.Tuple | ast.List)
    if not both or len(target.elts) != len(value.elts):  # type: ignore[attr-defined]
        return {}
    pairs = zip(target.elts, value.elts, strict=True)  # type: ignore[attr-defined]
    return {name.id: given for name, given in pairs if isinstance(name, ast.Name)}


def _facts(expert: ast.ClassDef, assigned: dict[str, ast.expr]) -> Iterator[Finding]:
    for name, hint in (("slug", '"my-breakout"'), ("name", '"My Breakout"'), ("version", '"1.0.0"')):
        node = assigned.get(name)
        if not (isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.strip()):
            yield error(
                node.lineno if node else expert.lineno,
                name,
                f"Say what it is as a plain text in the class: {name} = {hint}.",
            )
    for name, longest in (_LONGEST | _LONGEST_TEXT).items():
        node = assigned.get(name)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) > longest:
            yield error(node.lineno, name, f"{name} may have {longest} characters; it has {len(node.value)}.")
    yield from _form(assigned, "slug", _SLUG, "lower-case words and digits with - between, as my-breakout")
    yield from _form(assigned, "version", VERSION, "three numbers with dots between, as 1.2.0")
    for name in ("summary", "risk_note"):
        if name not in assigned:
            detail = f"{name} is missing: customers see it in the catalogue, and would see nothing."
            yield warning(expert.lineno, name, detail)


def _form(assigned: dict[str, ast.expr], name: str, form: re.Pattern[str], words: str) -> Iterator[Finding]:
    node = assigned.get(name)
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and not form.fullmatch(node.value):
        yield error(node.lineno, name, f"{name} must be {words}; found {node.value[:60]!r}.")


def _symbols(expert: ast.ClassDef, assigned: dict[str, ast.expr]) -> Iterator[Finding]:
    node, known = assigned.get("symbols"), ", ".join(SYMBOLS)
    if not isinstance(node, ast.Tuple) or not node.elts:
        line = node.lineno if node else expert.lineno
        yield error(
            line, "symbols", f'Name the symbols that it may trade, as symbols = ("EURUSD",): {known}.'
        )
        return
    for each in node.elts:
        if not (isinstance(each, ast.Constant) and each.value in SYMBOLS):
            yield error(each.lineno, "symbols", f"Name symbols of this market as texts: {known}.")


def _named(node: ast.expr | None) -> tuple[str, ...]:
    """The symbols of this market that are written out."""
    elements = node.elts if isinstance(node, ast.Tuple) else []
    return tuple(
        str(each.value) for each in elements if isinstance(each, ast.Constant) and each.value in SYMBOLS
    )


def _inputs(expert: ast.ClassDef) -> Iterator[Finding]:
    found = 0
    for node in expert.body:
        match node:
            case ast.Assign(value=ast.Call(func=ast.Name(id="Input"))):
                yield error(node.lineno, "input", "Say the input's type: period: int = Input(10).")
            case ast.AnnAssign(value=ast.Call(func=ast.Name(id="Input"))):
                found += 1
                if not (isinstance(node.annotation, ast.Name) and node.annotation.id in _INPUT_TYPES):
                    yield error(node.lineno, "input", f"An input is one of {', '.join(_INPUT_TYPES)}.")
    if found > MOST_INPUTS:
        yield error(expert.lineno, "input", f"An EA may have {MOST_INPUTS} inputs; it has {found}.")
