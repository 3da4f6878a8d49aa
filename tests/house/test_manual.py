"""The user's manual names what the screens show, and the pictures of the documentation stay few and small."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = sorted((DOCS / "manual/user").glob("*.md"))
BOLD = re.compile(r"\*\*(.+?)\*\*", re.DOTALL)
SCREENS = ("*.tsx", "*.ts")
OF_METATRADER = {"Tools", "Options", "Expert Advisors"}
WORDS = {"EA", "terminal", "account", "instance", "desk", "pairing code", "recovery codes"}
"""Printed bold because they are explained there."""
MOST_BYTES, MOST_TOGETHER = 150_000, 5_000_000


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_what_the_manual_prints_bold_is_on_a_screen(page: Path) -> None:
    named = {part.strip(" ,") for found in BOLD.findall(page.read_text()) for part in found.split("→")}
    named = {re.sub(r"\s+", " ", name) for name in named} - OF_METATRADER - WORDS
    assert sorted(name for name in named if name not in screens()) == []


def test_a_label_that_no_screen_has_is_seen() -> None:
    assert "Deploy another" in screens()
    assert "Deploy it twice" not in screens()


def test_pictures_are_small_and_each_is_shown() -> None:
    pictures = sorted((DOCS / "images").iterdir())
    assert {picture.suffix for picture in pictures} == {".webp"}
    sizes = {picture.name: picture.stat().st_size for picture in pictures}
    assert {name: size for name, size in sizes.items() if size > MOST_BYTES} == {}
    assert sum(sizes.values()) < MOST_TOGETHER
    text = "\n".join(page.read_text() for page in [*DOCS.rglob("*.md"), *ROOT.glob("*.md")])
    assert [name for name in sizes if name not in text] == []


@cache
def screens() -> str:
    """Return the front end's words, its line ends as spaces, so that a label over two lines is found."""
    source = ROOT / "frontend/src"
    files = sorted(file for kind in SCREENS for file in source.rglob(kind) if ".test." not in file.name)
    return re.sub(r"\s+", " ", "\n".join(file.read_text() for file in files))
