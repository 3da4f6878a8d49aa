"""Whatever is sent, the API answers a problem document that says what to do, and nothing is done."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import DatabaseError
from django.test import Client

from metafleet.hub.console.tests.forms import Opened, facts, post, send
from metafleet.hub.fleet import paper
from metafleet.hub.identity.models import User
from metafleet.hub.journal import queries
from tests.cast import PASSWORD, Person, connect, deploy

pytestmark = pytest.mark.usefixtures("catalogue")
AUTH = "/_allauth/browser/v1/auth"
NUL = "a\x00b"


def assert_problem(answer: Any, status: int) -> dict[str, Any]:
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    document: dict[str, Any] = json.loads(answer.content)
    assert (document["status"], document["instance"]) == (status, answer["X-Request-Id"])
    return document


@pytest.mark.parametrize("text", [NUL, "two\nlines", "\x1b[31m", "bell\x07"])
def test_a_label_is_one_line_and_else_no_account_is_opened(alice: Person, opened: Opened, text: str) -> None:
    answer = post(alice.client, "/api/accounts/open", {"label": text, "deposit": 1000})
    assert assert_problem(answer, 400)["errors"][0]["pointer"] == "/label"
    account = connect(alice)
    assert_problem(send(alice.client, "PATCH", f"/api/accounts/{account.id}", {"label": text}), 400)
    assert opened == []
    assert [row["label"] for row in alice.client.get("/api/accounts").json()] == ["Demo"]


def test_names_are_kept_without_the_spaces_around_them(alice: Person, opened: Opened) -> None:
    answer = post(alice.client, "/api/accounts/open", {"label": "  My desk ", "deposit": 1000})
    assert (answer.status_code, answer.json()["label"]) == (201, "My desk")


def test_control_characters_are_refused_wherever_text_is_typed(alice: Person) -> None:
    account = connect(alice)
    template = alice.client.get("/api/templates/trend-following").json()
    order = {"templateId": template["id"], "accountId": str(account.id), "symbol": "EURUSD", "name": NUL}
    assert assert_problem(post(alice.client, "/api/instances", order), 400)["errors"][0]["pointer"] == "/name"
    form = {"email": "n@example.com", "password": PASSWORD, "tenant_name": NUL}
    assert post(Client(), f"{AUTH}/signup", form).status_code == 400
    assert post(Client(), f"{AUTH}/login", {"email": NUL, "password": "x"}).status_code == 400
    assert_problem(alice.client.get("/api/trades", {"symbol": NUL}), 400)
    assert not User.objects.filter(email="n@example.com").exists()


@pytest.mark.parametrize(
    "query",
    [{"from": "0001-01-01T00:00:00+23:59"}, {"to": "9999-12-31T23:59:59-23:59"}, {"to": "2200-01-01T00:00Z"}],
)
def test_an_instant_beyond_the_calendar_is_named(alice: Person, query: dict[str, str]) -> None:
    document = assert_problem(alice.client.get("/api/trades", query), 400)
    assert document["errors"][0]["pointer"] == "/" + next(iter(query))


def test_a_method_that_an_address_does_not_take_is_a_problem(alice: Person) -> None:
    answer = send(alice.client, "PUT", "/api/accounts/open", {})
    assert_problem(answer, 405)
    assert answer["Allow"] == "POST"


def test_a_body_beyond_the_limit_is_a_problem(alice: Person) -> None:
    body = b"x" * (1024 * 1024 + 1)
    answer = alice.client.generic("POST", "/api/accounts/open", body, content_type="application/json")
    assert_problem(answer, 413)


def test_what_nobody_expected_is_a_problem_and_is_logged(
    alice: Person, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(**_: Any) -> None:
        raise DatabaseError("the secret cause")

    monkeypatch.setattr(queries, "results", fail)
    answer = alice.client.get("/api/accounts")
    assert "secret" not in json.dumps(assert_problem(answer, 500))
    assert "the secret cause" in caplog.text
    assert answer["X-Request-Id"] in caplog.text


@pytest.mark.parametrize("literal", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_a_number_that_json_does_not_have_is_named(alice: Person, literal: str) -> None:
    instance = deploy(alice, connect(alice))
    body = f'{{"inputs": {{"fast_period": {literal}}}}}'
    address = f"/api/instances/{instance.id}"
    answer = alice.client.generic("PATCH", address, body, content_type="application/json")
    assert literal in assert_problem(answer, 400)["detail"]


@pytest.mark.parametrize("form", [{"email": "a@b.c", "password": "\ud800"}, {"inputs": {"\udc00": 1}}])
def test_half_a_character_is_refused_wherever_it_stands(form: dict[str, Any]) -> None:
    assert "half a character" in assert_problem(post(Client(), f"{AUTH}/login", form), 400)["detail"]


@pytest.mark.parametrize(
    "body",
    ['{"email": "\ud800", "password": "x"}'.encode("utf-8", "surrogatepass"), '{"a": 1}'.encode("utf-16")],
)
def test_a_body_that_is_no_utf8_is_refused(body: bytes) -> None:
    answer = Client().generic("POST", f"{AUTH}/login", body, content_type="application/json")
    assert "UTF-8" in assert_problem(answer, 400)["detail"]


@pytest.mark.parametrize("boundary", ["", "; boundary=", "; boundary=\x00", "; boundary=" + "x" * 300])
def test_a_form_that_cannot_be_taken_apart_is_a_problem(alice: Person, boundary: str) -> None:
    account = connect(alice)
    alice.client.get("/api/session")
    browser = Client(enforce_csrf_checks=True)
    browser.cookies = alice.client.cookies
    for address in ("/api/auth/sign-out", f"/api/accounts/{account.id}/imports"):
        answer = browser.generic("POST", address, b"--x", content_type="multipart/form-data" + boundary)
        assert_problem(answer, 400)


def test_a_query_of_a_thousand_parameters_is_a_problem(alice: Person) -> None:
    assert_problem(alice.client.get("/api/trades?" + "symbol=EURUSD&" * 1_001), 400)


def test_a_whole_character_by_its_two_halves_is_fine() -> None:
    form = {"email": "a@example.com", "password": "\U0001f600"}
    assert post(Client(), f"{AUTH}/login", form).json()["errors"][0]["code"] == "email_password_mismatch"


def test_a_broker_password_is_used_as_it_was_typed(alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    used = []

    def sign_in(**wishes: Any) -> Any:
        used.append(wishes["password"].reveal())
        return facts(login=wishes["login"])

    monkeypatch.setattr(paper, "sign_in", sign_in)
    form = {"label": " Mine ", "login": 7001, "password": "  pass word ", "server": " metafleet-Paper"}
    answer = post(alice.client, "/api/accounts/connect", form)
    assert (answer.status_code, answer.json()["label"]) == (201, "Mine")
    assert used == ["  pass word "]
