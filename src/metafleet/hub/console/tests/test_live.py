"""Whose screen a live stream is: by its cookies, after the database was away too."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from allauth.usersessions.models import UserSession
from django.db import OperationalError, connection, connections

from metafleet.hub.console import live
from tests.cast import Person, sign_up


def screen(cookie: str) -> Any:
    return SimpleNamespace(headers={"cookie": cookie})


def session_of(person: Person) -> str:
    return f"sessionid={person.client.cookies['sessionid'].value}"


@pytest.mark.parametrize("others", ['prefs={"a": 1}', "user@app=1", "=; ;;", "naïve=ü", 'open="x'])
def test_cookies_of_other_apps_on_this_host_do_no_harm(alice: Person, others: str) -> None:
    assert live._signed_in(screen(f"{others}; {session_of(alice)}")) == alice.tenant_id


def test_a_screen_without_a_session_is_nobodys(alice: Person) -> None:
    assert live._signed_in(screen("")) is None
    assert live._signed_in(screen("sessionid=made-up")) is None


def test_an_ended_session_is_nobodys_at_the_next_look(alice: Person) -> None:
    alice.client.get("/api/me")
    session = UserSession.objects.get()
    assert live._signed_in(screen(session_of(alice))) == alice.tenant_id
    session.end()
    assert live._signed_in(screen(session_of(alice))) is None


@pytest.mark.django_db(transaction=True)
def test_screens_are_known_again_after_the_database_dropped_the_connection() -> None:
    person = sign_up("alice@example.com")
    asked: list[UUID | None] = []

    def lose_the_connection() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET ROLE NONE")
            with pytest.raises(OperationalError):
                cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    def ask() -> None:
        asked.append(live._tenant_of(screen(session_of(person))))

    # One thread does all that is asked outside of requests, as asgiref has it.
    with ThreadPoolExecutor(1) as thread:
        for deed in (ask, lose_the_connection, ask, ask, connections.close_all):
            thread.submit(deed).result(timeout=10)
    assert asked == [person.tenant_id] * 3
