"""Opening and connecting accounts: how many, and one for a double click."""

from __future__ import annotations

from typing import Any

import pytest

from metafleet.hub.console import opening
from metafleet.hub.console.tests.forms import Opened, post
from metafleet.hub.fleet import paper
from tests.cast import Person, connect

FORM = {"label": "Desk", "deposit": 1000}


def test_a_double_click_opens_one_account(alice: Person, opened: Opened) -> None:
    first, second = (post(alice.client, "/api/accounts/open", FORM) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["id"] == second.json()["id"]
    assert len(opened) == 1
    assert post(alice.client, "/api/accounts/open", FORM | {"label": "Other"}).status_code == 201
    assert len(alice.client.get("/api/accounts").json()) == 2


def test_a_stranger_with_the_same_label_gets_an_account_of_their_own(
    alice: Person, charlie: Person, opened: Opened
) -> None:
    made = [post(person.client, "/api/accounts/open", FORM).json()["id"] for person in (alice, charlie)]
    assert len({*made}) == len(opened) == 2


def test_a_second_request_while_the_broker_is_asked_is_refused(
    alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opening.one_at_a_time(alice.tenant_id), monkeypatch.context() as patch:
        patch.setattr(opening, "connection", another := _Elsewhere())
        answer = post(alice.client, "/api/accounts/open", FORM)
    assert (answer.status_code, "being opened" in answer.json()["detail"]) == (409, True)
    assert another.asked == 1
    assert alice.client.get("/api/accounts").json() == []


def test_accounts_are_bounded_and_those_removed_today_count(
    alice: Person, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "MOST_ACCOUNTS", 2)
    monkeypatch.setattr(paper, "sign_in", lambda **_: pytest.fail("the broker was asked"))
    removed = connect(alice, login=1)
    connect(alice, login=2)
    assert alice.client.delete(f"/api/accounts/{removed.id}").status_code == 204
    form = {"label": "x", "login": 7, "password": "x", "server": "metafleet-Paper"}
    for address, wish in (("open", FORM), ("connect", form)):
        answer = post(alice.client, f"/api/accounts/{address}", wish)
        assert (answer.status_code, "room for" in answer.json()["detail"]) == (409, True)
    assert opened == []


class _Elsewhere:
    """A connection other than the one that has the lock."""

    def __init__(self) -> None:
        self.asked = 0

    def cursor(self) -> Any:
        return self

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def execute(self, *_: object) -> None:
        self.asked += 1

    def fetchone(self) -> tuple[bool]:
        return (False,)
