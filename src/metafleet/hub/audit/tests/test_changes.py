from __future__ import annotations

from decimal import Decimal

from metafleet.hub.audit import changes
from metafleet.hub.kernel.secrets import Secret


def test_only_what_differs_is_kept_before_and_after() -> None:
    before = {"label": "a", "leverage": 100, "plan": None}
    after = {"label": "b", "leverage": 100, "plan": "gold", "limit": Decimal("1.50")}
    assert changes.between(before, after) == {
        "label": ["a", "b"],
        "plan": [None, "gold"],
        "limit": [None, "1.50"],
    }


def test_secrets_are_dots_on_both_sides_however_deep() -> None:
    before = {"password": "old-one", "inputs": {"api_key": "k1", "lots": 1}, "seal": Secret("s1")}
    after = {"password": "new-one", "inputs": {"api_key": "k2", "lots": 2}, "seal": Secret("s2")}
    said = changes.between(before, after)
    assert said["password"] == ["••••••", "••••••"]
    assert said["inputs"] == [{"api_key": "••••••", "lots": 1}, {"api_key": "••••••", "lots": 2}]
    assert said["seal"] == ["••••••", "••••••"]


def test_a_long_text_is_cut() -> None:
    assert len(changes.between({}, {"note": "x" * 5_000})["note"][1]) == 2_000
