"""What a page may load."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client


@pytest.fixture
def page(tmp_path: Path, settings: Any) -> None:
    (tmp_path / "index.html").write_text('<script src="/theme.js" nonce="style-nonce"></script>')
    settings.APP_DIR = tmp_path


def test_a_page_may_load_only_its_own_and_style_elements_of_this_load(page: None) -> None:
    first, second = Client().get("/"), Client().get("/accounts")
    [nonce] = re.findall(r'nonce="(.+?)"', first.content.decode())
    assert len(nonce) >= 22
    assert f"style-src 'self' 'nonce-{nonce}';" in first["Content-Security-Policy"]
    assert nonce not in second.content.decode()
    for answer in (first, second):
        assert "unsafe" not in answer["Content-Security-Policy"]
        assert "script-src" not in answer["Content-Security-Policy"], "default-src says it"


def test_what_is_no_page_gets_no_nonce(db: None) -> None:
    for address in ("/api/session", "/api/nothing", "/health"):
        assert "style-src 'self';" in Client().get(address)["Content-Security-Policy"]
