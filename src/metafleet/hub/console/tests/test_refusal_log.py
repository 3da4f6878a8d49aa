"""Who tries doors is seen in the log, and nothing that they said."""

from __future__ import annotations

import logging
import secrets
from uuid import uuid4

import pytest
from django.test import Client

from metafleet.hub.console.tests.forms import post
from tests.cast import Person


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO, "metafleet.console")
    return caplog


def test_a_refused_request_is_a_line_with_who_what_and_from_where(
    charlie: Person, told: pytest.LogCaptureFixture
) -> None:
    somebody_elses = f"/api/accounts/{uuid4()}"
    answer = charlie.client.get(somebody_elses, {"token": "in-the-query"})
    line = told.messages[-1]
    assert f"GET {somebody_elses} {answer.status_code} user=" in line
    assert line.endswith("address=127.0.0.1")
    assert f"id={answer['X-Request-Id']}" in line
    assert f"user={charlie.client.session['_auth_user_id']}" in line
    assert "in-the-query" not in line


@pytest.mark.parametrize("address", ["/api/shares/{key}", "/api/{key}/x", "/share/{key}/{key}"])
def test_the_key_of_a_page_is_not_told(db: None, told: pytest.LogCaptureFixture, address: str) -> None:
    key = secrets.token_urlsafe(24)
    Client().post(address.format(key=key))
    assert key not in told.text
    assert address.format(key="…") in told.messages[-1]


def test_who_is_not_signed_in_is_nobody(db: None, told: pytest.LogCaptureFixture) -> None:
    assert Client().get("/api/me").status_code == 401
    assert "GET /api/me 401 user=- " in told.messages[-1]


def test_a_role_that_may_not_is_told(bob: Person, told: pytest.LogCaptureFixture) -> None:
    answer = post(bob.client, "/api/kill-switch", {"reason": "because"})
    assert answer.status_code in {400, 403}
    assert f"POST /api/kill-switch {answer.status_code} user=" in told.messages[-1]
    assert "because" not in told.text


def test_what_was_answered_is_no_line(alice: Person, told: pytest.LogCaptureFixture) -> None:
    assert alice.client.get("/api/me").status_code == 200
    assert not [line for line in told.messages if "/api/me" in line]
