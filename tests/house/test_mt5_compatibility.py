"""Every function of the MetaTrader5 package stands in the compatibility table, once."""

from __future__ import annotations

import re
from pathlib import Path

from metafleet.engine import mt5

PAGE = Path(__file__).resolve().parents[2] / "docs/reference/mt5-compatibility.md"
HELPERS = {"Buy", "Sell", "Close", "_RawOrder"}


def test_every_function_has_a_row() -> None:
    functions = {name for name, value in vars(mt5).items() if getattr(value, "__self__", None) is mt5.DEFAULT}
    rows = re.findall(r"^\| `(\w+)` \|", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert len(functions - HELPERS) == 32
    assert sorted(rows) == sorted(functions | HELPERS)
