"""The fleet's list as a screen shows it: a window of the rows, filtered and sorted here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, get_args

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router
from pydantic import Field

from metafleet.hub.console import present, schemas
from metafleet.hub.console.access import Actor, actor, needs
from metafleet.hub.fleet import listing
from metafleet.hub.fleet import queries as fleets
from metafleet.hub.fleet.models import EAInstance
from metafleet.hub.identity.rights import Right
from metafleet.hub.journal import queries as journal
from metafleet.hub.journal.queries import Result
from metafleet.hub.kernel import clock
from metafleet.hub.kernel.tenancy import tenant_scope

router = Router(by_alias=True)

MOST_ROWS: Final = 200
_MADE: Final[dict[str, Callable[[Result], float]]] = {
    "floating": lambda made: float(made.floating),
    "day": lambda made: float(made.today + made.floating),
    "trades": lambda made: made.trades,
}
"""Orders by what the journal knows; the others are the database's."""


class Chosen(schemas.Record):
    """Which rows. `sort`: name, state, account, symbol, equity, floating, day, trades or heartbeat, with
    `-` before it the other way; anything else is state. `q`: words that are all found in what names an EA."""

    state: schemas.InstanceState | None = None
    q: schemas.Text = Field("", max_length=80)
    sort: schemas.Text = Field("state", max_length=20)
    offset: int = Field(0, ge=0, le=1_000_000)
    limit: int = Field(100, ge=1, le=MOST_ROWS)

    @property
    def key(self) -> str:
        key = self.sort.removeprefix("-")
        return key if key in _MADE or key in get_args(listing.Order) else "state"

    @property
    def is_down(self) -> bool:
        return self.sort.startswith("-")


@router.get("/fleet", response=schemas.FleetWindow)
@needs(Right.READ)
def list_window(request: HttpRequest, chosen: Query[Chosen]) -> HttpResponse:
    """Return a window of the instances, and how many there are: with the filter, and in all."""
    who, now = actor(request), clock.now()
    with tenant_scope(who.tenant_id):
        everything = fleets.listed_instances(tenant_id=who.tenant_id)
        wanted = listing.Wanted(state=chosen.state or "", text=chosen.q)
        found = listing.matching(everything, wanted)
        rows = _rows(who, found, chosen)
        made = _results(who, rows)
        total = found.count()
        window = schemas.FleetWindow(
            items=[
                present.instance(row, made.get((row.account_id, row.magic), Result()), now) for row in rows
            ],
            offset=chosen.offset,
            total=total,
            existing=everything.count() if chosen.state or chosen.q else total,
        )
    # As of the whole list: to check and copy each row once more would be most of the work.
    return HttpResponse(window.model_dump_json(by_alias=True), content_type="application/json")


def _rows(who: Actor, found: QuerySet[EAInstance], chosen: Chosen) -> list[EAInstance]:
    window = slice(chosen.offset, chosen.offset + chosen.limit)
    value = _MADE.get(chosen.key)
    if value is None:
        return list(listing.in_order(found, chosen.key, is_down=chosen.is_down)[window])  # type: ignore[arg-type]
    made = journal.results(tenant_id=who.tenant_id, midnight=clock.midnight(), totals=chosen.key == "trades")
    # Stable, so that equals stay in the order of their names, whichever way this one goes.
    sign = -1 if chosen.is_down else 1
    names = sorted(
        listing.names(found),
        key=lambda name: sign * value(made.get((name.account_id, name.magic), Result())),
    )
    return listing.of_ids(found, [name.id for name in names[window]])


def _results(who: Actor, rows: list[EAInstance]) -> dict[journal.Key, Result]:
    accounts = {row.account_id for row in rows}
    return journal.results(tenant_id=who.tenant_id, midnight=clock.midnight(), accounts=accounts)
