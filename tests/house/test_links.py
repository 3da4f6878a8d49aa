"""A link in the documentation leads to a file, and to a heading of it; every page is on the site."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)
OUTSIDE = ("https://", "http://", "mailto:")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    assert dead_links(page) == []


def test_a_link_that_leads_nowhere_is_seen(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "# Two words\n[a](no.md) [b](#three) [c](page.md#two-words-1) [d](#two-words) `[e](no)`\n"
    )
    assert dead_links(page) == ["no.md", "#three", "page.md#two-words-1"]


def test_no_page_has_the_marks_that_a_merge_leaves() -> None:
    marks = re.compile(r"^(<{7}|>{7}) ", re.MULTILINE)
    assert [str(page.relative_to(ROOT)) for page in PAGES if marks.search(page.read_text())] == []
    assert marks.search("a\n" + "<" * 7 + " HEAD\n")


def test_every_page_is_in_the_sites_navigation_once() -> None:
    listed = re.findall(r"([\w/.-]+\.md)$", (ROOT / "mkdocs.yml").read_text(), re.MULTILINE)
    of_docs = {str(page.relative_to(DOCS)) for page in DOCS.rglob("*.md")}
    of_the_root = {name for name in listed if name not in of_docs}
    assert sorted(listed) == sorted(of_docs | of_the_root)
    assert all((ROOT / name).is_file() for name in of_the_root)


def test_every_decision_is_in_their_list() -> None:
    listed = (DOCS / "decisions/README.md").read_text()
    for page in (DOCS / "decisions").glob("[0-9]*.md"):
        assert f"({page.name})" in listed


def dead_links(page: Path) -> list[str]:
    return [link for link in LINK.findall(CODE.sub("", page.read_text())) if not _leads_somewhere(page, link)]


def _leads_somewhere(page: Path, link: str) -> bool:
    if link.startswith(OUTSIDE):
        return True
    name, _, anchor = link.partition("#")
    target = (page.parent / name).resolve() if name else page
    if not target.exists():
        return False
    return not anchor or anchor in _anchors(target)


@cache
def _anchors(page: Path) -> frozenset[str]:
    """Return what GitHub and the site name the page's headings; a repeated one has its number behind it."""
    seen: dict[str, int] = {}
    anchors = set()
    for heading in HEADING.findall(re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)):
        words = re.sub(r"[^\w\- ]", "", LINK.sub("]", heading).strip().lower()).replace(" ", "-")
        count = seen.get(words, 0)
        seen[words] = count + 1
        anchors.add(f"{words}-{count}" if count else words)
    return frozenset(anchors)
