"""Looking a password up in a sorted file."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from metafleet.hub.identity import breached


def line(password: str, count: str = ":17") -> str:
    return hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper() + count


def written(path: Path, passwords: list[str], count: str = ":17", end: str = "\n") -> Path:
    breached._open.cache_clear()
    path.write_text(end.join(sorted(line(password, count) for password in passwords)) + end, newline="")
    return path


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("count", ["", ":1", ":24230577"])
@pytest.mark.parametrize("size", [1, 2, 3, 100, 1000])
def test_whatever_is_in_the_file_is_found_and_nothing_else(
    tmp_path: Path, size: int, count: str, end: str
) -> None:
    known = [f"known {number}" for number in range(size)]
    file = written(tmp_path / "list", known, count, end)
    assert all(breached.is_breached(password, file) for password in known)
    assert not any(breached.is_breached(f"unknown {number}", file) for number in range(200))


@given(known=st.sets(st.text(max_size=4), max_size=40), asked=st.text(max_size=4))
def test_the_search_agrees_with_looking_at_each_line(
    tmp_path_factory: pytest.TempPathFactory, known: set[str], asked: str
) -> None:
    file = written(tmp_path_factory.mktemp("x") / "list", sorted(known)) if known else None
    if file:
        assert breached.is_breached(asked, file) == (asked in known)


def test_an_empty_file_knows_nothing(tmp_path: Path) -> None:
    file = tmp_path / "list"
    file.touch()
    assert not breached.is_breached("x", file)


def test_a_breached_password_is_refused_with_its_reason(settings: LazySettings, tmp_path: Path) -> None:
    validate_password("a long but breached one")
    settings.BREACHED_PASSWORDS_FILE = str(written(tmp_path / "list", ["a long but breached one"]))
    with pytest.raises(ValidationError, match="known from a breach"):
        validate_password("a long but breached one")
    validate_password("a long one of my own")


def test_without_its_file_no_password_is_chosen(settings: LazySettings, tmp_path: Path) -> None:
    settings.BREACHED_PASSWORDS_FILE = str(tmp_path / "gone")
    with pytest.raises(FileNotFoundError):
        validate_password("a long one of my own")
