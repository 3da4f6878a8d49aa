"""What replies tell browsers: kept nowhere, sniffed by nobody, shown on no other site."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.cast import Person

EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@pytest.mark.parametrize(
    "address", ["/", "/api/session", "/api/me", "/api/nowhere", "/assets/nowhere", "/health"]
)
def test_every_reply_says_how_it_may_be_used(alice: Person, address: str) -> None:
    for client in (alice.client, Client()):
        answer = client.get(address)
        assert {name: answer[name] for name in EVERYWHERE} == EVERYWHERE
        assert "object-src 'none'" in answer["Content-Security-Policy"]
        assert "camera=()" in answer["Permissions-Policy"]


@pytest.mark.parametrize("address", ["/api/session", "/api/me", "/api/accounts", "/api/nowhere"])
def test_nothing_of_the_api_is_kept_by_a_cache(alice: Person, address: str) -> None:
    assert alice.client.get(address)["Cache-Control"] == "no-store"
    assert Client().get(address)["Cache-Control"] == "no-store"


def test_the_page_is_asked_for_again_each_time(alice: Person) -> None:
    answer = alice.client.get("/fleet")
    assert answer["Cache-Control"] == "no-cache" or answer.status_code == 503


def test_no_other_site_may_read_a_reply(alice: Person) -> None:
    answer = alice.client.get("/api/me", headers={"Origin": "https://evil.example"})
    assert not any(name.lower().startswith("access-control-") for name in answer.headers)
    asked = alice.client.options("/api/me", headers={"Origin": "https://evil.example"})
    assert not any(name.lower().startswith("access-control-") for name in asked.headers)


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "MADE-UP"])
def test_methods_that_no_screen_uses_are_refused(alice: Person, method: str) -> None:
    for address in ("/", "/api/me"):
        answer = alice.client.generic(method, address)
        assert answer.status_code == 405, address
        assert b"sessionid" not in answer.content
