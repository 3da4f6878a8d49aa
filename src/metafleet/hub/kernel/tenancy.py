"""The tenant fence, seen from Python.

The database refuses every private row whose tenant is not the transaction's
(row-level security, see `fence`). Here a transaction gets its tenant. A query
outside such a scope fails, loudly, in the database.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

PLATFORM: Final = UUID(int=0)
"""Whose what belongs to the platform itself is. No tenant has this id."""

SET_TENANT = "SELECT set_config('app.tenant_id', %s, true)"
SET_USER = "SELECT set_config('app.user_id', %s, true)"
SET_OPERATOR = "SELECT set_config('app.operator', 'on', true)"


@dataclass(frozen=True, slots=True)
class Limits:
    """What an API key is limited to within its tenant: accounts, and there perhaps EA instances only.

    `magics` are the numbers that mark those instances' deals; None with `instances` None.
    """

    accounts: frozenset[UUID]
    instances: frozenset[UUID] | None = None
    magics: frozenset[int] | None = None


_limits: ContextVar[Limits | None] = ContextVar("key limits", default=None)


@contextmanager
def limits_kept_apart() -> Iterator[None]:
    """Let no limit of one request reach the next; nor one from before into this."""
    token = _limits.set(None)
    try:
        yield
    finally:
        _limits.reset(token)


def is_limited() -> bool:
    """Whether this request is a limited key's."""
    return _limits.get() is not None


def limit_to(limits: Limits) -> None:
    """From here on in this request every tenant's scope has only what these limits leave."""
    _limits.set(limits)


@contextmanager
def tenant_scope(tenant_id: UUID) -> Iterator[None]:
    """Open a transaction in which only this tenant's rows exist; for a limited key, only its own.

    Inside another transaction it is a savepoint, and what was before comes back after it.
    """
    nested = connection.in_atomic_block
    limits = _limits.get()
    with transaction.atomic():
        with connection.cursor() as cursor:
            before, role = _before(cursor) if nested else ("", "none")
            cursor.execute(SET_TENANT, [str(tenant_id)])
            if limits:
                cursor.execute(_LIMIT, _values(limits))
        yield
        if nested:
            with connection.cursor() as cursor:
                cursor.execute(SET_TENANT, [before])
                if limits:
                    cursor.execute(_SET_ROLE, [role])


@contextmanager
def whole_tenant() -> Iterator[None]:
    """Inside a tenant's scope, count what a limited key does not see: the plan's places are everybody's."""
    if _limits.get() is None:
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute(_SET_ROLE, [_APPLICATION])
    yield
    with connection.cursor() as cursor:
        cursor.execute(_SET_ROLE, [_LIMITED])


_APPLICATION: Final = "metafleet_app"
_LIMITED: Final = "metafleet_limited"
_SET_ROLE: Final = "SELECT set_config('role', %s, true)"
_LIMIT: Final = (
    "SELECT set_config('app.key_accounts', %s, true), set_config('app.key_instances', %s, true), "
    f"set_config('app.key_magics', %s, true), set_config('role', '{_LIMITED}', true)"
)


def _values(limits: Limits) -> list[str]:
    return [
        "" if one is None else "{" + ",".join(str(value) for value in one) + "}"
        for one in (limits.accounts, limits.instances, limits.magics)
    ]


def _before(cursor: CursorWrapper) -> tuple[str, str]:
    cursor.execute("SELECT coalesce(current_setting('app.tenant_id', true), ''), current_setting('role')")
    row: tuple[str, str] = cursor.fetchone()
    return row


@contextmanager
def user_scope(user_id: UUID) -> Iterator[None]:
    """Open a transaction in which a person can see which tenants they belong to."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(SET_USER, [str(user_id)])
        yield


@contextmanager
def operator_scope() -> Iterator[None]:
    """Open a transaction that reads the fleet of all tenants, for an operator. It writes nobody's rows.

    Not inside another scope: whose rows are meant must never be a matter of nesting.
    """
    with transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            # What the fence guards beside the operator's look, and the platform's own, is not there.
            cursor.execute(SET_TENANT, [str(PLATFORM)])
            cursor.execute(SET_OPERATOR)
        yield
