"""Group masks. Every line is exact."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metafleet.engine.mt5.masks import mask

NAMES = ("EURUSD", "EURJPY", "GBPUSD", "USDJPY", "XAUUSD", "eurusd", "EUR")
PATTERNS = st.text("EURUSDJPYX*!, ", max_size=24)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("*", NAMES),
        ("EURUSD", ("EURUSD",)),
        ("*USD*", ("EURUSD", "GBPUSD", "USDJPY", "XAUUSD")),
        ("*USD", ("EURUSD", "GBPUSD", "XAUUSD")),
        ("EUR*", ("EURUSD", "EURJPY", "EUR")),
        ("E*R*", ("EURUSD", "EURJPY", "EUR")),
        ("EUR*, !*JPY", ("EURUSD", "EUR")),
        ("!*JPY , EUR*", ("EURUSD", "EUR")),
        ("*, !EUR", tuple(name for name in NAMES if name != "EUR")),
        ("!*JPY", ()),
        ("", ()),
        ("EURUS?", ()),
        ("[E]URUSD", ()),
        ("  EURUSD  ,GBPUSD", ("EURUSD", "GBPUSD")),
        ("EUR*R", ()),
    ],
)
def test_mask_keeps(text: str, kept: tuple[str, ...]) -> None:
    assert tuple(filter(mask(text), NAMES)) == kept


@given(PATTERNS, st.text("EURUSDJPYX", max_size=10))
def test_mask_agrees_with_the_rule(text: str, name: str) -> None:
    conditions = [one.strip() for one in text.split(",")]

    def fits(condition: str) -> bool:
        return re.fullmatch(".*".join(map(re.escape, condition.split("*"))), name) is not None

    plain = any(fits(one) for one in conditions if one and not one.startswith("!"))
    assert mask(text)(name) == (plain and not any(fits(one[1:]) for one in conditions if one[:1] == "!"))


def test_long_mask_takes_no_longer() -> None:
    # What tries all ways to cut the name would not come back.
    assert not mask("*" + "A*" * 900 + "B")("A" * 29)
