"""The security pages say what is so: each requirement once, and no test that does not exist."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = ROOT / "docs/security"
PLACES = (ROOT / "src/metafleet/hub", ROOT / "src/metafleet", ROOT)
ROW = re.compile(
    r"^\| (V\d+\.\d+\.\d+) \| (.+?) \| (met|does not apply|open) \| (.*?) \| (.*?) ?\|$", re.MULTILINE
)
SHOWN = re.compile(r"`([\w./-]+/[\w.-]+|[\w-]+\.(?:md|toml|lock))(?:::(\w+))?`")


def rows() -> list[tuple[str, ...]]:
    return ROW.findall((PAGES / "asvs.md").read_text())


def test_every_requirement_of_levels_1_and_2_stands_there_once() -> None:
    wanted = [line.split()[0] for line in (PAGES / "asvs-numbers.txt").read_text().splitlines()]
    assert [row[0] for row in rows()] == wanted


def test_what_is_met_is_shown_by_something_and_what_is_not_says_why() -> None:
    for number, _, state, how, shown in rows():
        assert how, number
        assert SHOWN.search(shown) or state != "met", number


def test_the_count_in_the_pages_head_is_right() -> None:
    count = Counter(row[2] for row in rows())
    said = f"{count['met']} met, {count['does not apply']} do not apply, {count['open']} open."
    assert f"Of {count.total()}: {said}" in (PAGES / "asvs.md").read_text()


@pytest.mark.parametrize("page", ["asvs.md", "threat-model.md"])
def test_every_file_and_test_that_is_named_exists(page: str) -> None:
    text = (PAGES / page).read_text()
    cells = "\n".join(line.rsplit("|", 2)[1] for line in text.splitlines() if line.startswith("| "))
    for path, name in SHOWN.findall(cells):
        file = next((place / path for place in PLACES if (place / path).exists()), None)
        assert file is not None, path
        assert not name or name in _tests_of(file), f"{path}::{name}"


@pytest.mark.parametrize("page", sorted(PAGES.glob("*.md")), ids=lambda page: page.name)
def test_every_link_of_the_pages_leads_somewhere(page: Path) -> None:
    for address, _, anchor in re.findall(r"\]\(((?!https?:)[^)#]*)(#([\w-]+))?\)", page.read_text()):
        target = (page.parent / address).resolve() if address else page
        assert target.exists(), address
        assert not anchor or anchor in _anchors_of(target), f"{address}#{anchor}"


@cache
def _tests_of(file: Path) -> set[str]:
    return set(re.findall(r"def (test_\w+)\(", file.read_text()))


@cache
def _anchors_of(page: Path) -> set[str]:
    """Return the names of its headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
