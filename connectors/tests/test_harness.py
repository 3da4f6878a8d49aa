"""The harness itself: what it refuses, what it makes of a program, and how it fails as a terminal does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.harness.compiler import NotCompiled, check, compile_program
from connectors.harness.machine import Machine
from connectors.harness.running import Criticised, Running

HEAD = """#property copyright "us"
#property version   "1.00"
#property description "a test"
#property strict
"""


class Nobody:
    """A terminal that knows nothing."""

    def answer(self, name: str, arguments: list[str]) -> list[object] | None:
        return None


def written(folder: Path, text: str, name: str = "Program.mq5") -> Path:
    path = folder / name
    path.write_text(HEAD + text)
    return path


def test_what_never_ends_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotCompiled, match=r"never closed|never ends"):
        check(written(tmp_path, "void OnTick() { "))


def run(compiled: Path, folder: Path, text: str, event: str = "init") -> Running:
    program = Running(compile_program(written(folder, text), compiled), Nobody(), Machine(folder))
    try:
        program.event(event)
    finally:
        program.close()
    return program


def test_functions_are_called_in_any_order_with_their_defaults(compiled: Path, tmp_path: Path) -> None:
    text = """
int OnInit() { Print(Sum(2), " ", Sum(2, 5)); return INIT_SUCCEEDED; }
int Sum(const int a, const int b = 3) { return a + b; }
"""
    assert run(compiled, tmp_path, text).log == ["EA 5 7"]


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("int a[3]; int i = 3; a[i] = 1;", "array out of range: 3 of 3"),
        ("int a[]; ArrayResize(a, 2); Print(a[-1 + 0 * ArraySize(a)]);", "array out of range: -1"),
        ('int zero = StringLen(""); Print(1 / zero);', "division by zero"),
    ],
)
def test_what_stops_an_ea_stops_it_here(compiled: Path, tmp_path: Path, statement: str, says: str) -> None:
    with pytest.raises(Criticised, match=says):
        run(compiled, tmp_path, f"int OnInit() {{ {statement} return 0; }}")


def test_what_a_terminal_lets_pass_is_held_against_it(compiled: Path, tmp_path: Path) -> None:
    text = 'int OnInit() { long t = 100000000001; Print(StringFormat("%d", t)); return 0; }'
    [fault] = run(compiled, tmp_path, text).faults
    assert "truncates a 64-bit value" in fault


def echoed(echo: Path, folder: Path, text: str) -> Any:
    """Return what the program read of the text and wrote again; None where it found no JSON."""
    (folder / "in.json").write_text(text, encoding="utf-8")
    with Running(echo, Nobody(), Machine(folder)) as program:
        is_read = program.init() == 0
        assert program.faults == []
    return json.loads((folder / "out.json").read_text(encoding="utf-8")) if is_read else None


NAMES = st.text("abcdefghijklmnopqrstuvwxyzABCXYZ", min_size=1, max_size=8)
NUMBERS = st.integers(-(2**62), 2**62) | st.floats(allow_nan=False, allow_infinity=False)
TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=30)
DOCUMENTS = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(NAMES, inner, max_size=5),
    max_leaves=25,
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(document=st.lists(DOCUMENTS, max_size=6), is_ascii=st.booleans())
def test_json_comes_back_as_it_was(echo: Path, tmp_path: Path, document: Any, is_ascii: bool) -> None:
    assert echoed(echo, tmp_path, json.dumps(document, ensure_ascii=is_ascii)) == document


@pytest.mark.parametrize(
    "text",
    [
        *("", "{", '{"a":', '{"a" 1}', "[1,]", "[1 2]", '"half', '"\\u12"', '"\\x"', "nul", "{]", "1 2"),
        *("<html></html>", "[" * 40 + "]" * 40, '{"a":1}garbage', "[1e]x"),
    ],
)
def test_what_is_no_json_is_said_to_be_none(echo: Path, tmp_path: Path, text: str) -> None:
    assert echoed(echo, tmp_path, text) is None
