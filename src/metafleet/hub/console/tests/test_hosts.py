"""Which names the web answers to, and to whom the demo's sign-in is shown."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from metafleet.hub.console import demo

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("address", ["/", "/api/session", "/api/nothing"])
def test_a_name_that_is_not_ours_is_refused_on_every_address(address: str) -> None:
    answer = Client(headers={"host": "rebound.example"}).get(address)
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert answer.json()["instance"] == answer["X-Request-Id"]
    assert "METAFLEET_ALLOWED_HOSTS" in answer.json()["detail"]
    assert not answer.cookies


@pytest.mark.parametrize("address", ["/health", "/ready"])
def test_probes_come_by_any_name(address: str) -> None:
    assert Client(headers={"host": "10.0.0.7:8000"}).get(address).status_code == 200


@pytest.fixture
def demo_file(tmp_path: Path, settings: Any) -> Iterator[None]:
    settings.DATA_DIR = tmp_path
    settings.ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]", "metafleet.example"]
    demo.credentials_file().write_text(json.dumps({"email": demo.DEMO_EMAIL, "password": "demo-1"}))
    demo.credentials.cache_clear()
    yield
    demo.credentials.cache_clear()


@pytest.mark.parametrize(
    ("host", "shown"),
    [
        ("localhost:8000", "demo-1"),
        ("127.0.0.1", "demo-1"),
        ("[::1]:8000", "demo-1"),
        ("metafleet.example", None),
    ],
)
def test_the_demo_is_offered_on_this_machine_alone(demo_file: None, host: str, shown: str | None) -> None:
    answer = Client(headers={"host": host}).get("/api/session").json()
    assert answer["demoPassword"] == shown
    assert (answer["demoEmail"] is None) == (shown is None)
