"""Generated files are what their source would generate now."""

from __future__ import annotations

from pathlib import Path

from metafleet.hub.console.openapi import document
from metafleet.hub.console.rights_page import page

ROOT = Path(__file__).resolve().parents[2]


def test_the_api_document_is_up_to_date() -> None:
    """`make generate` writes it."""
    assert (ROOT / "docs/reference/openapi.json").read_text() == document()


def test_the_page_of_rights_is_up_to_date() -> None:
    """`make generate` writes it."""
    assert (ROOT / "docs/reference/rights.md").read_text(encoding="utf-8") == page()
