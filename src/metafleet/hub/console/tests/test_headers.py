"""What replies tell browsers: kept nowhere, sniffed by nobody, shown on no other site."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.test import Client, override_settings

from tests.cast import Person

EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@pytest.mark.parametrize(
    "address", ["/", "/api/session", "/api/me", "/api/nowhere", "/assets/nowhere", "/health", "/ready"]
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


def test_the_session_is_out_of_reach_of_scripts_and_other_sites() -> None:
    assert settings.SESSION_COOKIE_HTTPONLY
    assert (settings.SESSION_COOKIE_SAMESITE, settings.CSRF_COOKIE_SAMESITE) == ("Lax", "Lax")
    assert (settings.SESSION_COOKIE_DOMAIN, settings.CSRF_COOKIE_DOMAIN) == (None, None)


def test_secure_cookies_are_this_hosts_alone() -> None:
    ask = (
        "from metafleet.hub.config import settings as s;"
        "print(s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME, s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE,"
        "s.SECURE_HSTS_SECONDS)"
    )
    environment = {**os.environ, "METAFLEET_SECURE_COOKIES": "true", "METAFLEET_SECRET_KEY": "k" * 40}
    answer = subprocess.run(  # noqa: S603
        [sys.executable, "-c", ask], env=environment, capture_output=True, text=True, check=True
    )
    assert answer.stdout.split() == [
        "__Host-sessionid",
        "__Host-csrftoken",
        "True",
        "True",
        "31536000",
    ]


@override_settings(SECURE_HSTS_SECONDS=31536000)
def test_browsers_are_told_to_come_by_https_only(alice: Person) -> None:
    for address in ("/", "/api/session", "/api/nowhere"):
        answer = Client().get(address, secure=True)
        assert answer["Strict-Transport-Security"].split(";")[0] == "max-age=31536000"


@override_settings(SECURE_HSTS_SECONDS=31536000)
@pytest.mark.parametrize(
    ("wanted", "said"), [(False, "max-age=31536000"), (True, "max-age=31536000; includeSubDomains")]
)
def test_names_below_this_one_are_meant_too_where_the_operator_says_so(
    alice: Person, wanted: bool, said: str
) -> None:
    with override_settings(SECURE_HSTS_INCLUDE_SUBDOMAINS=wanted):
        assert Client().get("/api/nowhere", secure=True)["Strict-Transport-Security"] == said
