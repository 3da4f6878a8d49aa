"""A test's report as a page that needs nothing beside itself, and as JSON."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec

from metafleet.engine.statements.pages import fill_page
from metafleet.engine.tester.report import TestReport

_PAGE: Final = Path(__file__).with_name("page.html")


def as_page(report: TestReport) -> str:
    """Return the report as an HTML page: it asks nothing of any server, and may be kept or sent."""
    return fill_page(_PAGE, msgspec.json.encode(report))


def as_json(report: TestReport) -> bytes:
    """Return the report as JSON for other programs."""
    return msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n"
