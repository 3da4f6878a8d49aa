"""The matrix: every operation of the API's document, asked by everybody, answers as the table says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import pytest
from django.test import Client

from metafleet.hub.console.openapi import document
from metafleet.hub.identity.models import Role
from metafleet.hub.identity.rights import OF_PLATFORM, OF_PLATFORM_ROLE, OF_ROLE, PlatformRole, Right
from tests.cast import Person

NO_ID: Final = str(UUID(int=7))
"""Nobody's: who may ask for it hears that there is none."""
HIDDEN: Final = "There is no such page here."
OWN: Final = OF_ROLE[Role.OWNER]
"""Everybody owns the tenant that they signed up with."""


@dataclass(frozen=True, slots=True)
class Operation:
    method: str
    path: str
    right: Right

    @property
    def address(self) -> str:
        return re.sub(r"{\w+}", NO_ID, self.path)


def operations() -> Iterator[Operation]:
    for path, methods in json.loads(document())["paths"].items():
        for method, operation in methods.items():
            yield Operation(method.upper(), path, Right(operation["x-right"]))


OPERATIONS: Final = tuple(sorted(operations(), key=lambda one: one.path.endswith("/people/leave")))
"""Who has left the desk asks nothing more of it."""


def asked(client: Client, operation: Operation) -> tuple[int, str]:
    """Return the status, and what a problem says."""
    answer: Any = client.generic(operation.method, operation.address, "{}", content_type="application/json")
    if answer.status_code < 400:
        return answer.status_code, ""
    return answer.status_code, answer.json()["detail"]


def expected(rights: frozenset[Right] | None, right: Right) -> str:
    """What the table says; rights: None for who is not signed in."""
    if right is Right.OPEN or (rights is not None and right in rights):
        return "let through"
    if rights is None:
        return "401"
    return "hidden" if right in OF_PLATFORM else "403"


def found(client: Client, operation: Operation) -> str:
    status, detail = asked(client, operation)
    if status == 404 and detail == HIDDEN and operation.right is not Right.OPEN:
        return "hidden"
    if status in (401, 403):
        return str(status)
    assert status < 500, f"{operation} answered {status}"
    return "let through"


@pytest.mark.parametrize(
    ("who", "rights"),
    [
        ("bob", OF_ROLE[Role.VIEWER]),
        ("tess", OF_ROLE[Role.TRADER]),
        ("alice", OWN),
        ("charlie", OWN),
        ("oscar", OWN | OF_PLATFORM_ROLE[PlatformRole.OPERATOR]),
        ("ada", OWN | OF_PLATFORM_ROLE[PlatformRole.AUDITOR]),
        ("nobody", None),
    ],
)
@pytest.mark.django_db(transaction=True)
def test_no_role_exceeds_its_rights(
    who: str, rights: frozenset[Right] | None, request: pytest.FixtureRequest
) -> None:
    person: Person | None = None if rights is None else request.getfixturevalue(who)
    wrong, client = [], Client()
    for operation in OPERATIONS:
        client.cookies.clear()
        if person is not None:  # anew each time: one of the operations signs out
            client.cookies.update(person.client.cookies)
        wanted, got = expected(rights, operation.right), found(client, operation)
        if wanted != got:
            wrong.append(f"{operation.method} {operation.path} ({operation.right}): {wanted}, and was {got}")
        if operation.path.endswith("/sign-out") and person is not None:
            _sign_in_again(person)
    assert not wrong, "\n".join(wrong)


def _sign_in_again(person: Person) -> None:
    from metafleet.hub.identity.models import User

    person.client.force_login(User.objects.get(email=person.email))
    session = person.client.session
    session["tenant_id"] = str(person.tenant_id)
    session.save()


def test_the_roles_stand_on_each_other() -> None:
    assert OF_ROLE[Role.VIEWER] < OF_ROLE[Role.TRADER] < OF_ROLE[Role.OWNER]
    assert OF_PLATFORM_ROLE[PlatformRole.AUDITOR] < OF_PLATFORM_ROLE[PlatformRole.OPERATOR]
    assert {right for role in OF_ROLE.values() for right in role}.isdisjoint(OF_PLATFORM)


def test_a_viewer_only_asks_questions() -> None:
    """Nothing that a viewer is let through to changes the tenant's things."""
    changing = {f"{one.method} {one.path}" for one in OPERATIONS if one.method != "GET"}
    let = {f"{one.method} {one.path}" for one in OPERATIONS if one.right in (Right.READ, Right.AUDIT)}
    assert let & changing == {
        "POST /api/instances/review",
        "POST /api/optimisations/size",
        "POST /api/receipts/verify",
        "POST /api/operator/rollouts/preview",
        "POST /api/spans",
        "POST /api/support/leave",
    }
