"""The fence alone: what a stranger sees when the application has forgotten to ask for the tenant.

Every condition on a tenant is taken out of Django's queries, as if nobody had written one. What is
left is the database's own fence.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.test import Client
from django.urls import get_resolver

from metafleet.hub.fleet.models import EAInstance, TradingAccount
from tests.cast import Person, connect, deploy
from tests.house.test_fence import (
    ID_PARAMETER,
    STRANGERS_FILTERS,
    every_pattern,
    journal_things,
    methods_of,
    terminal_things,
)

TENANT_NAMES = ("tenant", "tenant_id")


def is_of_tenant(name: str) -> bool:
    path = name.split("__")
    return any(part in TENANT_NAMES for part in path)


@pytest.fixture
def forgotten(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Take the conditions on a tenant out of all queries; return those that were taken out."""
    taken: list[str] = []
    inner: Callable[..., Any] = QuerySet._filter_or_exclude  # type: ignore[attr-defined]

    def without(self: Any, negate: bool, args: Any, conditions: dict[str, Any]) -> Any:
        taken.extend(name for name in conditions if is_of_tenant(name))
        kept = {name: value for name, value in conditions.items() if not is_of_tenant(name)}
        return inner(self, negate, args, kept)

    monkeypatch.setattr(QuerySet, "_filter_or_exclude", without)
    return taken


@pytest.fixture
def household(alice: Person, catalogue: None) -> dict[str, Any]:
    """Alice's things, and her ids by their names in addresses."""
    account = connect(alice, label="Alices own account")
    instance = deploy(alice, account)
    ids = {"account_id": account.id, "instance_id": instance.id, "tenant_id": alice.tenant_id}
    return ids | terminal_things(instance) | journal_things(alice, account)


def addresses() -> list[str]:
    """Every address of the API that is read."""
    found = [
        path for path, pattern in every_pattern(get_resolver())
        if path.startswith("api/") and hasattr(pattern.callback, "__name__") and is_read(pattern)
    ]  # fmt: skip
    return sorted(set(found))


def is_read(pattern: Any) -> bool:
    try:
        return "GET" in methods_of(pattern)
    except KeyError:  # not of the API's document
        return False


def test_a_stranger_reads_nothing_of_hers(
    household: dict[str, Any], charlie: Person, forgotten: list[str]
) -> None:
    marks = [str(value) for value in household.values()] + ["Alices own account", "alice@example.com"]
    walked = 0
    for path in addresses():
        if any(name not in household for _, name in ID_PARAMETER.findall(path)) or "operator" in path:
            continue
        content = read(
            charlie.client, "/" + ID_PARAMETER.sub(lambda found: str(household[found["name"]]), path)
        )
        assert [mark for mark in marks if mark in content and mark not in path] == [], path
        walked += 1
    for address in STRANGERS_FILTERS:
        content = read(charlie.client, address)
        assert [mark for mark in marks if mark in content] == [], address
    assert walked >= 50
    assert len(forgotten) >= 60, "no condition was taken out, so that nothing was shown"


def read(client: Client, address: str) -> str:
    answer: Any = client.get(address)
    content = b"".join(answer) if answer.streaming else answer.content
    # A refusal repeats the id that was asked for; what it says beside that is nothing of hers.
    return "" if answer.status_code == 404 else content.decode(errors="replace")


def test_without_the_fence_the_same_questions_would_tell(
    household: dict[str, Any], charlie: Person, forgotten: list[str]
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET ROLE NONE")
    try:
        rows = TradingAccount.objects.filter(tenant_id=charlie.tenant_id)
        assert [row.label for row in rows] == ["Alices own account"]
        assert EAInstance.objects.filter(tenant_id=charlie.tenant_id).count() == 1
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SET ROLE metafleet_app")
    assert forgotten
