"""Exposure of open positions, accounts that trade the same, and both as files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import Annotated, Any, Final
from uuid import UUID

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from ninja import Query, Router
from pydantic import Field

from metafleet.hub.console import files
from metafleet.hub.console.access import Actor, actor, needs
from metafleet.hub.console.api.board import CSV_ANSWER, FACETS, Chosen
from metafleet.hub.console.api.exports import streamed
from metafleet.hub.console.schemas import exposure as shown
from metafleet.hub.identity.rights import Right
from metafleet.hub.journal import entries
from metafleet.hub.journal.entries import Entry
from metafleet.hub.kernel import clock
from metafleet.hub.kernel.tenancy import tenant_scope
from metafleet.hub.monitor import exposure, parties, same_trades
from metafleet.hub.monitor.exposure import Facet
from metafleet.hub.monitor.parties import Party
from metafleet.hub.monitor.same_trades import Cluster, Company

router = Router(by_alias=True)
MOST_ENTRIES: Final = 20_000
MOST_CLUSTERS: Final = 200
MOST_SHOWN: Final = 60
"""Entries of one cluster on a screen; its file has them all."""
MOST_COMPANIES: Final = 20
_CURRENCIES: Final = {"AUD", "CAD", "CHF", "EUR", "GBP", "JPY", "NZD", "USD"}
_EXPOSURE_COLUMNS: Final = (
    *("symbol", "is_known", "positions", "long_accounts", "short_accounts"),
    *("long_lots", "short_lots", "net_lots", "price", "price_at", "value", "money"),
)
_SAME_COLUMNS: Final = (
    *("cluster", "symbol", "is_opposite", "at", "account", "login", "holder", "firm", "group"),
    *("position_id", "side", "volume", "price", "exited_at", "net_profit", "currency"),
)


class OfExposure(Chosen):
    """`money`: the currency that all is valued in; "" for that of most accounts. `by`: what parts are."""

    money: Annotated[str, Field(pattern="^([A-Z]{3,4})?$")] = ""
    by: Facet = "group"


class OfSame(Chosen):
    """`days`: how far back trades are looked at. `window_s`: seconds that a cluster spans at most.
    `ratio`: how many times the smallest volume of a cluster the largest may be; 0 for any."""

    days: int = Field(7, ge=1, le=90)
    window_s: int = Field(60, ge=1, le=3600)
    ratio: Annotated[float, Field(ge=0, le=1000, allow_inf_nan=False)] = 0
    opposite: bool = False


@router.get("/exposure", response=shown.Exposure)
@needs(Right.READ, takes_limited_keys=False)
def get_exposure(request: HttpRequest, chosen: Query[OfExposure]) -> shown.Exposure:
    """What is open now: by symbol, by currency, and by who has it."""
    everybody, found = _exposure(actor(request), chosen)
    return shown.Exposure(
        moneys=sorted({party.currency for party in everybody} | _CURRENCIES | {found.money}),
        words=shown.Words(**{name: _words(everybody, name) for name in FACETS}),
        accounts=len(_chosen(everybody, chosen)),
        positions=sum(row.positions for row in found.symbols),
        symbols=[shown.SymbolExposure.model_validate(_symbol(row)) for row in found.symbols],
        currencies=[shown.CurrencyExposure.model_validate(row) for row in found.currencies],
        parts=[shown.PartExposure.model_validate(row) for row in found.parts],
        money=found.money,
        unknown=list(found.unknown),
        unrated=list(found.unrated),
    )


@router.get("/exposure/export.csv", openapi_extra=CSV_ANSWER)
@needs(Right.READ, takes_limited_keys=False)
def export_exposure(request: HttpRequest, chosen: Query[OfExposure]) -> HttpResponseBase:
    """What is open by symbol, as a file."""
    _, found = _exposure(actor(request), chosen)
    lines = [_symbol(row) | {"money": found.money} for row in found.symbols]
    pages = files.csv_pages(_EXPOSURE_COLUMNS, [lines])
    return streamed(request, pages, "text/csv; charset=utf-8", "metafleet-exposure.csv")


@router.get("/exposure/same-trades", response=shown.SameTrades)
@needs(Right.READ, takes_limited_keys=False)
def list_same_trades(request: HttpRequest, chosen: Query[OfSame]) -> shown.SameTrades:
    """Entries of several accounts into one symbol at about the same time."""
    by_id, found, is_cut = _same(actor(request), chosen)
    wanted = [one for one in found if one.is_opposite or not chosen.opposite]
    return shown.SameTrades(
        clusters=[_cluster(one, by_id) for one in wanted[:MOST_CLUSTERS]],
        companies=[_company(one, by_id) for one in same_trades.companies(wanted)[:MOST_COMPANIES]],
        count=len(wanted),
        opposite_count=sum(one.is_opposite for one in found),
        is_cut=is_cut,
    )


@router.get("/exposure/same-trades.csv", openapi_extra=CSV_ANSWER)
@needs(Right.READ, takes_limited_keys=False)
def export_same_trades(request: HttpRequest, chosen: Query[OfSame]) -> HttpResponseBase:
    """Each entry of each cluster, as a file; `cluster` numbers them from the newest."""
    by_id, found, _ = _same(actor(request), chosen)
    lines = [
        _line(number, one, entry, by_id[entry.account_id])
        for number, one in enumerate(found, start=1)
        if one.is_opposite or not chosen.opposite
        for entry in one.entries
    ]
    pages = files.csv_pages(_SAME_COLUMNS, [lines])
    return streamed(request, pages, "text/csv; charset=utf-8", "metafleet-same-trades.csv")


def _exposure(who: Actor, chosen: OfExposure) -> tuple[list[Party], exposure.Exposure]:
    with tenant_scope(who.tenant_id):
        owner = who.tenant_id
        everybody = parties.parties(tenant_id=owner)
        among = _chosen(everybody, chosen)
        return everybody, exposure.exposure(tenant_id=owner, parties=among, money=chosen.money, by=chosen.by)


def _same(who: Actor, chosen: OfSame) -> tuple[dict[UUID, Party], list[Cluster], bool]:
    with tenant_scope(who.tenant_id):
        among = _chosen(parties.parties(tenant_id=who.tenant_id), chosen)
        by_id = {party.id: party for party in among}
        entered, is_cut = entries.entries(
            tenant_id=who.tenant_id,
            account_ids=by_id.keys(),
            since=clock.now() - timedelta(days=chosen.days),
            limit=MOST_ENTRIES,
        )
    ratio = max(chosen.ratio, 1.0) if chosen.ratio else None
    found = same_trades.clusters(entered, window_s=chosen.window_s, volume_ratio=ratio)
    return by_id, found, is_cut


def _chosen(everybody: Sequence[Party], chosen: Chosen) -> list[Party]:
    wanted = set(chosen.account)
    return [party for party in everybody if chosen.has(party, wanted)]


def _words(everybody: Sequence[Party], facet: str) -> list[str]:
    return sorted({getattr(party, facet) for party in everybody})


def _symbol(row: exposure.OfSymbol) -> dict[str, Any]:
    price = row.price
    return asdict(row) | {
        "long_lots": float(row.long_lots),
        "short_lots": float(row.short_lots),
        "net_lots": float(row.long_lots - row.short_lots),
        "price": float(price.value) if price else None,
        "price_at": price.at if price else None,
        "value": None if row.value is None else round(float(row.value), 2),
    }


def _cluster(one: Cluster, by_id: Mapping[UUID, Party]) -> shown.SameTrade:
    first: Sequence[Entry] = one.entries[:MOST_SHOWN]
    return shown.SameTrade(
        symbol=one.symbol,
        at=one.entries[0].at,
        span_s=one.span_s,
        accounts=len(one.accounts),
        is_opposite=one.is_opposite,
        is_open=one.is_open,
        entry_count=len(one.entries),
        entries=[
            shown.SameEntry.model_validate(_named(by_id[entry.account_id]) | asdict(entry)) for entry in first
        ],
    )


def _named(party: Party) -> dict[str, Any]:
    said = ("label", "login", "holder", "firm", "group", "currency")
    return {name: getattr(party, name) for name in said}


def _company(found: Company, by_id: Mapping[UUID, Party]) -> shown.Company:
    one, other = found.accounts
    return shown.Company(
        one_id=one,
        one=by_id[one].label,
        other_id=other,
        other=by_id[other].label,
        together=found.together,
        opposite=found.opposite,
    )


def _line(number: int, cluster: Cluster, entry: Entry, party: Party) -> files.Row:
    money = {
        name: None if (value := getattr(entry, name)) is None else float(value)
        for name in ("volume", "price", "net_profit")
    }
    return {
        **_named(party),
        **{name: getattr(entry, name) for name in ("symbol", "at", "position_id", "side", "exited_at")},
        **money,
        "cluster": number,
        "account": party.label,
        "is_opposite": cluster.is_opposite,
    }
