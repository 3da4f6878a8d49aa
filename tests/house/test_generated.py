"""Generated files are what their source would generate now."""

from __future__ import annotations

import re
from pathlib import Path

from metafleet.brain.features import page as features_page
from metafleet.engine.experts import indicators, indicators_page
from metafleet.engine.experts.indicators import Indicator
from metafleet.hub.console.openapi import document
from metafleet.hub.console.rights_page import page

ROOT = Path(__file__).resolve().parents[2]


def test_the_api_document_is_up_to_date() -> None:
    """`make generate` writes it."""
    assert (ROOT / "docs/reference/openapi.json").read_text() == document()


def test_the_page_of_rights_is_up_to_date() -> None:
    """`make generate` writes it."""
    assert (ROOT / "docs/reference/rights.md").read_text(encoding="utf-8") == page()


def test_the_page_of_indicators_is_up_to_date() -> None:
    """`make generate` writes it."""
    written = (ROOT / "docs/reference/indicators.md").read_text(encoding="utf-8")
    assert written == indicators_page.page()


def test_the_page_of_features_is_up_to_date() -> None:
    """`make generate` writes it."""
    written = (ROOT / "docs/reference/features.md").read_text(encoding="utf-8")
    assert written == features_page.page()


def test_every_indicator_is_on_the_page() -> None:
    kinds = {kind for kind in vars(indicators).values() if isinstance(kind, type)}
    declared = {kind.__name__ for kind in kinds if issubclass(kind, Indicator) and kind is not Indicator}
    shown = set(re.findall(r"^### (\w+)$", indicators_page.page(), re.MULTILINE))
    assert shown == declared
