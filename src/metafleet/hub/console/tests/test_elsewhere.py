"""What is no screen and no API: terminals that were given the wrong address, downloads that are not there."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client


@pytest.mark.parametrize("path", ["/webhook/terminal/heartbeat", "/api/v1/webhook/terminal/trades"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_terminal_at_the_screens_is_told_where_the_gateway_is(
    settings: Any, db: None, path: str, method: str
) -> None:
    settings.GATEWAY_URL = "https://gateway.example.com"
    answer = getattr(Client(enforce_csrf_checks=True), method)(path)
    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"
    assert "https://gateway.example.com" in answer.json()["detail"]


def test_a_download_that_is_not_there_is_no_screen(db: None) -> None:
    answer = Client().get("/downloads/nothing.zip")
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")
