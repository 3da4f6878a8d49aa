"""Pages that need nothing beside themselves: a template, what all of them share, and the data."""

from __future__ import annotations

from pathlib import Path
from typing import Final

_SHARED: Final = Path(__file__).with_name("page")


def fill_page(template: Path, data: bytes) -> str:
    """Return the page of a template with its data, which is JSON.

    The template has `__STYLE__`, `__CHARTS__` and `__DATA__` where these belong.
    """
    # Nothing in a comment or a title may end the element that the data stands in.
    said = data.decode().replace("<", "\\u003c")
    style, charts = (
        _SHARED.joinpath(name).read_text(encoding="utf-8") for name in ("style.css", "charts.js")
    )
    page = template.read_text(encoding="utf-8")
    return page.replace("__STYLE__", style).replace("__CHARTS__", charts).replace("__DATA__", said)
