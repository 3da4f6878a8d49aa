"""What the record of deeds calls by a name, the screens say in words."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HUB = ROOT / "src/metafleet/hub"
WORDS = ROOT / "frontend/src/components/audit-words.ts"
ACTION = re.compile(r"[a-z_]+\.[a-z_]+")


def test_every_action_that_is_recorded_has_words() -> None:
    worded = set(re.findall(r"^  '([a-z_]+\.[a-z_]+)':", WORDS.read_text(), re.MULTILINE))
    recorded = {action for file in HUB.rglob("*.py") if "tests" not in file.parts for action in actions(file)}
    assert len(recorded) > 50
    assert sorted(recorded - worded) == []


def test_an_action_is_found_by_its_name_or_its_place(tmp_path: Path) -> None:
    file = tmp_path / "verbs.py"
    file.write_text(
        'audit.record(who, "a.made", row)\naudit.record(actor="x", action="a.ended")\nask("b.c")\n'
    )
    assert set(actions(file)) == {"a.made", "a.ended"}


def actions(file: Path) -> Iterator[str]:
    """Yield the actions that calls name: by `action=`, or in calls of what is called record."""
    for node in ast.walk(ast.parse(file.read_text())):
        if not isinstance(node, ast.Call):
            continue
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        places = node.args if called.strip("_") == "record" else []
        named = [keyword.value for keyword in node.keywords if keyword.arg == "action"]
        for value in [*places, *named]:
            if isinstance(value, ast.Constant) and ACTION.fullmatch(str(value.value)):
                yield str(value.value)
