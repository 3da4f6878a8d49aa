"""The tenant's list of EA instances, by the window: what is in sight, of thousands. Nothing here writes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, Literal
from uuid import UUID

from django.db.models import Case, F, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce, Lower

from metafleet.hub.fleet.models import EAInstance, InstanceState

Order = Literal["name", "state", "account", "symbol", "equity", "heartbeat"]

_URGENCY: Final = (
    InstanceState.ERROR,
    InstanceState.DEPLOYING,
    InstanceState.STOPPING,
    InstanceState.RUNNING,
    InstanceState.PAUSED,
    InstanceState.STOPPED,
)
"""What needs a person comes first."""

_ORDERS: Final[dict[Order, Any]] = {
    "name": Lower("name"),
    "state": Case(*(When(state=state, then=Value(place)) for place, state in enumerate(_URGENCY))),
    "account": Lower("account__label"),
    "symbol": F("symbol"),
    "equity": Coalesce(F("account__state__equity"), Value(Decimal(0))),
    "heartbeat": F("terminal__heartbeat_at"),
}
_BY_NAME: Final = (Lower("name"), "id")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which instances. text: words that are all found in what names an EA, whichever names it."""

    state: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Name:
    """What an instance's trades are named by."""

    id: UUID
    account_id: UUID
    magic: int


def matching(found: QuerySet[EAInstance], wanted: Wanted) -> QuerySet[EAInstance]:
    """Return what is wanted of these instances."""
    if wanted.state:
        found = found.filter(state=wanted.state)
    for word in wanted.text.split():
        found = found.filter(
            Q(name__icontains=word)
            | Q(template__name__icontains=word)
            | Q(account__label__icontains=word)
            | Q(symbol__icontains=word)
        )
    return found


def in_order(found: QuerySet[EAInstance], order: Order, *, is_down: bool) -> QuerySet[EAInstance]:
    """Sort by what the instances say themselves, equals by their names; what was never heard is oldest."""
    key = _ORDERS[order]
    first = key.desc(nulls_last=True) if is_down else key.asc(nulls_first=True)
    return found.order_by(first, *_BY_NAME)


def names(found: QuerySet[EAInstance]) -> list[Name]:
    """Return all of them by their names, to be sorted by what others know of them."""
    return [Name(*row) for row in found.order_by(*_BY_NAME).values_list("id", "account_id", "magic")]


def of_ids(found: QuerySet[EAInstance], ids: Sequence[UUID]) -> list[EAInstance]:
    """Return those of these ids, in their order."""
    rows = found.order_by().in_bulk(list(ids))
    return [rows[id] for id in ids if id in rows]  # noqa: A001
