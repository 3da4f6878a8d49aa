"""The board of accounts: list, file, what people say of them, and saved views."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from ninja import Query, Router, Status
from ninja.params.functions import Query as QueryParam
from pydantic import Field
from pydantic_core import to_json

from metafleet.hub.console import files
from metafleet.hub.console.access import Actor, actor, needs
from metafleet.hub.console.api.accounts import find_account
from metafleet.hub.console.api.exports import streamed
from metafleet.hub.console.schemas import Record, Text
from metafleet.hub.console.schemas import board as shown
from metafleet.hub.identity.rights import Right
from metafleet.hub.kernel import clock
from metafleet.hub.kernel.errors import Fault, Malformed
from metafleet.hub.kernel.tenancy import tenant_scope
from metafleet.hub.monitor import board, profiles, views
from metafleet.hub.monitor.models import AccountProfile
from metafleet.hub.monitor.parties import Party

router = Router(by_alias=True)
NEWEST_CHANGES: Final = 200
CSV_ANSWER = {"responses": {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}}
_COLUMNS: Final = (
    *("label", "login", "server", "platform", "host", "holder", "firm", "phase", "phase_since", "group"),
    *("programme", "currency", "balance", "equity", "day_profit", "total_profit"),
    *("open_positions", "days_traded"),
    *("limit", "limit_money", "limit_used", "limit_left", "limit_percent", "telemetry", "heartbeat_at"),
)


class Chosen(Record):
    """Which rows; "" is any, "-" those that have none.

    `q`: words that are all found in what names an account. `account`: ids."""

    phase: Text = ""
    programme: Text = ""
    group: Text = ""
    holder: Text = ""
    firm: Text = ""
    host: Text = ""
    q: Text = ""
    account: list[UUID] = Field(default_factory=list)

    def has(self, row: board.Row | Party, accounts: Collection[UUID]) -> bool:
        named = (row.label, str(row.login), row.server, row.holder, row.firm, row.group, row.host)
        text = "\n".join(named).casefold()
        return (
            all(getattr(self, field) in ("", getattr(row, field) or _NONE) for field in FACETS)
            and all(word in text for word in self.q.casefold().split())
            and (not accounts or row.id in accounts)
        )


_FIRST = QueryParam(None, ge=1, le=500)
_NONE: Final = "-"
_ALIASES: Final = {name: str(field.alias) for name, field in shown.BoardRow.model_fields.items()}
_LIMIT_ALIASES: Final = {name: str(field.alias) for name, field in shown.Drawdown.model_fields.items()}
FACETS: Final = ("phase", "programme", "group", "holder", "firm", "host")


@router.get("/board", response=shown.Board)
@needs(Right.READ, takes_limited_keys=False)
def list_board(request: HttpRequest, first: int | None = _FIRST) -> HttpResponse:
    """Every account of the desk, with what people say of it and how it stands.

    `first`: only so many, by their labels: what a screen shows while the rest is added up.
    """
    who = actor(request)
    # Thousands of rows: to check and copy each of them once more would be most of the work.
    rows = [_shown(row, _ALIASES) for row in _rows(who, first)]
    with tenant_scope(who.tenant_id):
        accounts = len(rows) if first is None else board.count(tenant_id=who.tenant_id)
    found = {"rows": rows, "accounts": accounts}
    return HttpResponse(to_json(found), content_type="application/json")


@router.get("/board/export.csv", openapi_extra=CSV_ANSWER)
@needs(Right.READ, takes_limited_keys=False)
def export_board(request: HttpRequest, chosen: Query[Chosen]) -> HttpResponseBase:
    """The chosen accounts as a file."""
    accounts = set(chosen.account)
    lines = [_line(row) for row in _rows(actor(request)) if chosen.has(row, accounts)]
    return streamed(
        request, files.csv_pages(_COLUMNS, [lines]), "text/csv; charset=utf-8", "metafleet-board.csv"
    )


@router.post("/board/bulk", response=shown.BulkDone)
@needs(Right.DEPLOY, takes_limited_keys=False)
def change_many(request: HttpRequest, form: shown.BulkProfileForm) -> shown.BulkDone:
    """Set what people say of many accounts: of all of them, or of none."""
    return shown.BulkDone(accounts=len(_changed(actor(request), form.account_ids, form)))


@router.patch("/accounts/{uuid:account_id}/profile", response=shown.Profile)
@needs(Right.DEPLOY, takes_limited_keys=False)
def change_profile(request: HttpRequest, account_id: UUID, form: shown.ProfileForm) -> shown.Profile:
    """Set what people say of an account."""
    return _profile(_changed(actor(request), [account_id], form)[account_id])


@router.get("/accounts/{uuid:account_id}/profile", response=shown.Profile)
@needs(Right.READ, takes_limited_keys=False)
def get_profile(request: HttpRequest, account_id: UUID) -> shown.Profile:
    who = actor(request)
    with tenant_scope(who.tenant_id):
        row = find_account(who, account_id)
        found = AccountProfile.objects.filter(account_id=row.id).select_related("group").first()
        return _profile(found or AccountProfile(account_id=row.id, tenant_id=who.tenant_id))


@router.get("/accounts/{uuid:account_id}/profile/history", response=list[shown.ProfileChange])
@needs(Right.READ, takes_limited_keys=False)
def profile_history(request: HttpRequest, account_id: UUID) -> list[shown.ProfileChange]:
    """The newest changes of phase, group and the rest, the newest first."""
    who = actor(request)
    with tenant_scope(who.tenant_id):
        found = profiles.history(account_id=find_account(who, account_id).id)[:NEWEST_CHANGES]
        return [shown.ProfileChange.model_validate(row) for row in found]


@router.get("/board/views", response=list[shown.BoardView])
@needs(Right.READ, takes_limited_keys=False)
def list_views(request: HttpRequest) -> list[shown.BoardView]:
    who = actor(request)
    with tenant_scope(who.tenant_id):
        return [shown.BoardView.model_validate(row) for row in views.saved(**_of(who))]


@router.post("/board/views", response={201: shown.BoardView})
@needs(Right.SELF)
def save_view(request: HttpRequest, form: shown.BoardViewForm) -> Status[shown.BoardView]:
    who = actor(request)
    with tenant_scope(who.tenant_id):
        row = views.save(**_of(who), name=form.name, query=form.query)
        return Status(201, shown.BoardView.model_validate(row))


@router.delete("/board/views/{uuid:view_id}", response={204: None})
@needs(Right.SELF)
def remove_view(request: HttpRequest, view_id: UUID) -> Status[None]:
    who = actor(request)
    with tenant_scope(who.tenant_id):
        views.remove(**_of(who), view_id=view_id)
    return Status(204, None)


def _of(who: Actor) -> dict[str, Any]:
    """Views are a person's own: a viewer may keep some too."""
    return {"tenant_id": who.tenant_id, "user": who.user}


def _rows(who: Actor, first: int | None = None) -> list[board.Row]:
    with tenant_scope(who.tenant_id):
        return board.rows(tenant_id=who.tenant_id, midnight=clock.midnight(), now=clock.now(), first=first)


def _shown(row: Any, aliases: Mapping[str, str]) -> dict[str, Any]:
    """Return what the schema with these aliases would."""
    said = {alias: getattr(row, name) for name, alias in aliases.items()}
    return {alias: float(value) if isinstance(value, Decimal) else value for alias, value in said.items()} | (
        {"drawdown": _shown(row.drawdown, _LIMIT_ALIASES)} if aliases is _ALIASES and row.drawdown else {}
    )


def _changed(who: Actor, ids: Collection[UUID], form: shown.ProfileForm) -> dict[UUID, AccountProfile]:
    with tenant_scope(who.tenant_id):
        return profiles.change(
            tenant_id=who.tenant_id, actor=who.name, account_ids=ids, wish=_wish(form), now=clock.now()
        )


def _wish(form: shown.ProfileForm) -> profiles.Wish:
    said = form.model_dump(exclude_unset=True, exclude={"account_ids"})
    for field, value in said.items():
        if value is None and field != "initial_balance":
            raise Malformed(Fault(f"/{field}", 'Write a text, or leave the field out. "" is none.'))
    if (balance := said.get("initial_balance")) is not None:
        said["initial_balance"] = Decimal(str(balance)).quantize(Decimal("0.01"))
    return said  # type: ignore[return-value]


def _profile(row: AccountProfile) -> shown.Profile:
    return shown.Profile(
        account_id=row.account_id,
        holder=row.holder,
        firm=row.firm,
        phase=row.phase,
        phase_since=row.phase_since,
        group=row.group.name if row.group else "",
        initial_balance=None if row.initial_balance is None else float(row.initial_balance),
    )


def _line(row: board.Row) -> files.Row:
    near = row.drawdown
    money = ("balance", "equity", "day_profit", "total_profit")
    return {
        **{name: value for name, value in asdict(row).items() if name in _COLUMNS},
        **{name: None if (value := getattr(row, name)) is None else float(value) for name in money},
        "limit": near.kind if near else "",
        "limit_money": near.limit if near else None,
        "limit_used": near.used if near else None,
        "limit_left": near.left if near else None,
        "limit_percent": near.percent if near else None,
    }
