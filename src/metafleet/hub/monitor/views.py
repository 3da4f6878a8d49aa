"""The views of the board that somebody keeps under a name."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from metafleet.hub.identity.models import User
from metafleet.hub.kernel.errors import Fault, NotFound, Refused
from metafleet.hub.monitor.models import BoardView

MOST: Final = 100


class ViewNameTaken(Refused):
    """Two views of one person need two names."""

    def __init__(self, name: str) -> None:
        detail = f"You have a view named {name} already. Choose another name, or remove that one."
        super().__init__(detail, faults=(Fault("/name", detail),))


class TooManyViews(Refused):
    def __init__(self) -> None:
        super().__init__(f"You keep {MOST} views, which is the most. Remove one first.")


def saved(*, tenant_id: UUID, user: User) -> QuerySet[BoardView]:
    return BoardView.objects.filter(tenant_id=tenant_id, user=user).order_by("name", "id")


def save(*, tenant_id: UUID, user: User, name: str, query: dict[str, Any]) -> BoardView:
    """Keep a view. Raises ViewNameTaken, TooManyViews."""
    if saved(tenant_id=tenant_id, user=user).count() >= MOST:
        raise TooManyViews
    try:
        with transaction.atomic():
            return BoardView.objects.create(tenant_id=tenant_id, user=user, name=name, query=query)
    except IntegrityError as error:
        raise ViewNameTaken(name) from error


def remove(*, tenant_id: UUID, user: User, view_id: UUID) -> None:
    """Raises NotFound, also for somebody else's."""
    if not saved(tenant_id=tenant_id, user=user).filter(id=view_id).delete()[0]:
        raise NotFound("view")
