"""Signing up, in and out over the API."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from metafleet.hub.identity.models import User
from tests.cast import PASSWORD, Person

pytestmark = pytest.mark.django_db
FORM = {"email": "Dana@Example.com", "password": PASSWORD, "tenantName": "Dana's desk"}


@pytest.fixture
def client(redis_url: str) -> Client:
    import redis

    redis.Redis.from_url(redis_url).flushall()
    return Client()


def post(client: Client, address: str, form: dict[str, Any]) -> Any:
    return client.post(address, json.dumps(form), content_type="application/json")


def test_sign_up_makes_an_owner_on_bronze_who_is_signed_in(client: Client) -> None:
    answer = post(client, "/api/auth/sign-up", FORM)
    assert answer.status_code == 201
    me = client.get("/api/me").json()
    assert (me["email"], me["role"], me["tenantName"]) == ("dana@example.com", "owner", "Dana's desk")
    assert me["plan"]["code"] == "bronze"
    assert me["active"] == {"limit": 1, "used": 0}


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"email": "nobody"}, "/email"),
        ({"password": "short"}, "/password"),
        ({"password": "12345678901"}, "/password"),
        ({"tenantName": " "}, "/tenantName"),
        ({"role": "owner"}, "/role"),
    ],
)
def test_a_faulty_form_is_refused_by_field(client: Client, change: dict[str, str], pointer: str) -> None:
    answer = post(client, "/api/auth/sign-up", FORM | change)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert PASSWORD not in answer.content.decode()
    assert User.objects.count() == 0


def test_an_address_signs_up_once_whatever_its_case(client: Client) -> None:
    post(client, "/api/auth/sign-up", FORM)
    answer = post(Client(), "/api/auth/sign-up", FORM | {"email": "dana@example.COM"})
    assert answer.status_code == 400
    assert "Sign in instead" in answer.json()["detail"]
    assert User.objects.count() == 1


def test_which_of_address_and_password_is_wrong_is_not_said(client: Client, alice: Person) -> None:
    wrong = post(client, "/api/auth/sign-in", {"email": alice.email, "password": "wrong password"})
    unknown = post(client, "/api/auth/sign-in", {"email": "x@example.com", "password": "wrong password"})
    assert (wrong.status_code, unknown.status_code) == (401, 401)
    assert wrong.json()["detail"] == unknown.json()["detail"]


def test_sign_in_and_out(client: Client, alice: Person) -> None:
    assert post(client, "/api/auth/sign-in", {"email": alice.email, "password": PASSWORD}).status_code == 200
    assert client.get("/api/me").json()["email"] == alice.email
    assert client.post("/api/auth/sign-out").status_code == 204
    assert client.get("/api/me").status_code == 401


def test_guessing_is_slowed_down(client: Client, alice: Person) -> None:
    form = {"email": alice.email, "password": "guess"}
    statuses = [post(client, "/api/auth/sign-in", form).status_code for _ in range(22)]
    assert statuses[:20] == [401] * 20
    assert statuses[20:] == [429] * 2
    # The owner, who comes from elsewhere, is not locked out by it.
    right = json.dumps({"email": alice.email, "password": PASSWORD})
    address = "/api/auth/sign-in"
    elsewhere = client.post(address, right, content_type="application/json", REMOTE_ADDR="192.0.2.7")
    assert elsewhere.status_code == 200


def test_the_wait_is_counted_from_the_first_failure(client: Client, alice: Person, redis_url: str) -> None:
    import redis

    counts = redis.Redis.from_url(redis_url)
    form = {"email": alice.email, "password": "guess"}
    post(client, "/api/auth/sign-in", form)
    for key in counts.keys("sign-in:*"):
        counts.expire(key, 100)
    for _ in range(20):
        answer = post(client, "/api/auth/sign-in", form)
    assert answer.status_code == 429
    assert 95 <= int(answer["Retry-After"]) <= 100


def test_signing_in_rightly_is_never_too_often(client: Client, alice: Person, redis_url: str) -> None:
    import redis

    form = {"email": alice.email, "password": PASSWORD}
    assert {post(client, "/api/auth/sign-in", form).status_code for _ in range(25)} == {200}
    counts = redis.Redis.from_url(redis_url)
    assert {counts.get(key) for key in counts.keys("sign-in:*")} == {b"0"}


def test_guessing_at_many_people_from_one_address_is_slowed_down(client: Client, redis_url: str) -> None:
    import redis

    post(client, "/api/auth/sign-in", {"email": "first@example.com", "password": "guess"})
    redis.Redis.from_url(redis_url).set("sign-in:from:127.0.0.1", 100, keepttl=True)
    form = {"email": "next@example.com", "password": "guess"}
    assert post(client, "/api/auth/sign-in", form).status_code == 429


def test_signing_up_by_the_dozen_is_slowed_down(client: Client, redis_url: str) -> None:
    import redis

    faulty = FORM | {"email": "nobody"}
    assert post(client, "/api/auth/sign-up", faulty).status_code == 400
    redis.Redis.from_url(redis_url).set("sign-up:from:127.0.0.1", 20, keepttl=True)
    assert post(client, "/api/auth/sign-up", FORM).status_code == 429
    assert User.objects.count() == 0


def test_other_sites_cannot_sign_a_visitor_in(alice: Person) -> None:
    strict = Client(enforce_csrf_checks=True)
    answer = post(strict, "/api/auth/sign-in", {"email": alice.email, "password": PASSWORD})
    assert answer.status_code == 403


def test_other_sites_cannot_act_for_somebody_signed_in(alice: Person) -> None:
    alice.client.handler.enforce_csrf_checks = True
    form = {"label": "x", "deposit": 1000}
    assert post(alice.client, "/api/accounts/open", form).status_code == 403
