from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests

from metafleet.hub.vault.tests.amazon import running_amazon


@pytest.fixture
def amazon(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Amazon, over HTTP against moto's server; empty; its address."""
    with running_amazon(monkeypatch) as url:
        requests.post(f"{url}/moto-api/reset", timeout=10)
        yield url
