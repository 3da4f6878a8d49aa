"""Views of the journal that somebody keeps under a name. They are their person's alone."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from metafleet.hub.identity.models import User
from metafleet.hub.journal.models import SavedFilter
from metafleet.hub.kernel.errors import Fault, NotFound, Refused

MOST: Final = 100


class NameTaken(Refused):
    """Two views of one person need two names."""

    def __init__(self, name: str) -> None:
        detail = f"You have a filter named {name} already. Choose another name, or change that one."
        super().__init__(detail, faults=(Fault("/name", detail),))


class TooManyFilters(Refused):
    def __init__(self) -> None:
        super().__init__(f"You keep {MOST} filters, which is the most. Remove one first.")


def saved(*, tenant_id: UUID, user: User) -> QuerySet[SavedFilter]:
    return SavedFilter.objects.filter(tenant_id=tenant_id, user=user).order_by("name", "id")


def find(*, tenant_id: UUID, user: User, filter_id: UUID) -> SavedFilter:
    """Raises NotFound, also for somebody else's."""
    row = saved(tenant_id=tenant_id, user=user).filter(id=filter_id).first()
    if row is None:
        raise NotFound("filter")
    return row


def save(*, tenant_id: UUID, user: User, name: str, query: dict[str, Any]) -> SavedFilter:
    """Keep a view. Raises NameTaken, TooManyFilters."""
    if saved(tenant_id=tenant_id, user=user).count() >= MOST:
        raise TooManyFilters
    try:
        with transaction.atomic():
            return SavedFilter.objects.create(tenant_id=tenant_id, user=user, name=name, query=query)
    except IntegrityError as error:
        raise NameTaken(name) from error


def change(*, row: SavedFilter, name: str, query: dict[str, Any]) -> None:
    """Raises NameTaken."""
    row.name, row.query = name, query
    try:
        with transaction.atomic():
            row.save(update_fields=("name", "query", "updated_at"))
    except IntegrityError as error:
        raise NameTaken(name) from error
