"""The tenant fence, seen from Python.

The database refuses every private row whose tenant is not the transaction's
(row-level security, see `fence`). Here a transaction gets its tenant. A query
outside such a scope fails, loudly, in the database.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from uuid import UUID

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

PLATFORM: Final = UUID(int=0)
"""Whose what belongs to the platform itself is. No tenant has this id."""

SET_TENANT = "SELECT set_config('app.tenant_id', %s, true)"
SET_USER = "SELECT set_config('app.user_id', %s, true)"
SET_OPERATOR = "SELECT set_config('app.operator', 'on', true)"


@contextmanager
def tenant_scope(tenant_id: UUID) -> Iterator[None]:
    """Open a transaction in which only this tenant's rows exist.

    Inside another transaction it is a savepoint, and what was before comes back after it.
    """
    nested = connection.in_atomic_block
    with transaction.atomic():
        with connection.cursor() as cursor:
            before = _tenant_before(cursor) if nested else ""
            cursor.execute(SET_TENANT, [str(tenant_id)])
        yield
        if nested:
            with connection.cursor() as cursor:
                cursor.execute(SET_TENANT, [before])


def _tenant_before(cursor: CursorWrapper) -> str:
    cursor.execute("SELECT coalesce(current_setting('app.tenant_id', true), '')")
    row: tuple[str] = cursor.fetchone()
    return row[0]


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
