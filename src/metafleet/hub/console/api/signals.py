"""Signals that were served to the desk: what was said, what became of it, what it was worth."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

import numpy as np
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from ninja import Query, Router
from pydantic import Field

from metafleet.hub.console import files
from metafleet.hub.console.access import Actor, actor, needs
from metafleet.hub.console.api.exports import streamed
from metafleet.hub.console.api.history import Page
from metafleet.hub.console.files import Row
from metafleet.hub.console.schemas import signals as shown
from metafleet.hub.console.schemas.base import Instant, Text
from metafleet.hub.identity.rights import Right
from metafleet.hub.kernel.tenancy import tenant_scope
from metafleet.hub.signals import queries, scores
from metafleet.hub.signals.models import Signal, SignalOutcome

router = Router(by_alias=True)
_CSV = {"responses": {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}}
_BPS: Final = 10_000
_OF_A_FILE: Final = 100_000
_OF_A_PAGE: Final = 1_000
_COLUMNS: Final = (
    *("id", "issued_at", "bar_time", "valid_until", "server", "symbol", "timeframe", "side", "probability"),
    *("size", "model", "model_version", "inputs_hash", "is_shadow", "account_id", "terminal_id", "state"),
    *("result", "is_hit", "entry", "exit", "return_bps", "ended_at", "reason"),
)


class ChosenSignals(Page):
    """Which signals. `outcome`: hit and miss are of those whose outcome is known. `since`, `until`: of when
    they were issued. `shadow`: those of challengers, which nobody was handed, instead."""

    account: UUID | None = None
    model: Text | None = Field(None, max_length=60)
    version: UUID | None = None
    symbol: Text | None = Field(None, max_length=32)
    timeframe: Text | None = Field(None, max_length=4)
    side: shown.Side | None = None
    outcome: Literal["waiting", "unknown", "hit", "miss"] | None = None
    since: Instant | None = None
    until: Instant | None = None
    shadow: bool = False


@router.get("/signals", response=shown.SignalPage)
@needs(Right.READ, takes_limited_keys=False)
def list_signals(request: HttpRequest, chosen: Query[ChosenSignals]) -> shown.SignalPage:
    """The newest first."""
    who = actor(request)
    with tenant_scope(who.tenant_id):
        found = _found(who, chosen)
        return shown.SignalPage(
            items=[shown.Signal(**_fields(row)) for row in chosen.of(found)],
            total=found.count(),
            page=chosen.page,
            page_size=chosen.page_size,
        )


@router.get("/signals/scores", response=list[shown.SignalScore])
@needs(Right.READ, takes_limited_keys=False)
def score_signals(request: HttpRequest, chosen: Query[ChosenSignals]) -> list[shown.SignalScore]:
    """What the chosen signals were worth, by model, symbol and timeframe; the page counts for nothing."""
    who = actor(request)
    with tenant_scope(who.tenant_id):
        return [shown.SignalScore.model_validate(one) for one in scores.scores(_found(who, chosen))]


@router.get("/signals/export.csv", openapi_extra=_CSV)
@needs(Right.READ, takes_limited_keys=False)
def export_signals(request: HttpRequest, chosen: Query[ChosenSignals]) -> HttpResponseBase:
    """The chosen signals, the newest first, 100,000 at most; the page counts for nothing."""
    who = actor(request)
    pages = files.csv_pages(_COLUMNS, _pages(who, chosen))
    return streamed(request, pages, "text/csv; charset=utf-8", "metafleet-signals.csv")


@router.get("/signals/{uuid:signal_id}", response=shown.SignalDetail)
@needs(Right.READ, takes_limited_keys=False)
def get_signal(request: HttpRequest, signal_id: UUID) -> shown.SignalDetail:
    """A signal with the features that it saw."""
    who = actor(request)
    with tenant_scope(who.tenant_id):
        row = queries.find_signal(tenant_id=who.tenant_id, signal_id=signal_id)
        values = np.frombuffer(bytes(row.features), "<f4").astype(float).tolist()
        named = zip(row.version.spec["features"], values, strict=False)
        return shown.SignalDetail(
            **_fields(row), features=[shown.SignalFeature(name=name, value=value) for name, value in named]
        )


def _found(who: Actor, chosen: ChosenSignals) -> QuerySet[Signal]:
    wanted = queries.SignalFilter(
        account_id=chosen.account,
        model=chosen.model,
        version_id=chosen.version,
        symbol=chosen.symbol,
        timeframe=chosen.timeframe,
        side=chosen.side,
        outcome=chosen.outcome,
        since=chosen.since,
        until=chosen.until,
        shadow=chosen.shadow,
    )
    return queries.signals(tenant_id=who.tenant_id, wanted=wanted)


def _pages(who: Actor, chosen: ChosenSignals) -> Iterator[list[Row]]:
    """Yield page after page, each in a transaction of its own, on from the last of the one before."""
    given, before = 0, None
    while given < _OF_A_FILE:
        with tenant_scope(who.tenant_id):
            rows = list(scores.before(_found(who, chosen), before)[:_OF_A_PAGE])
        if not rows:
            return
        yield [_row(row) for row in rows]
        given, before = given + len(rows), (rows[-1].issued_at, rows[-1].id)


def _row(row: Signal) -> Row:
    fields = _fields(row)
    outcome: shown.SignalOutcome = fields.pop("outcome")
    return fields | outcome.model_dump()


def _fields(row: Signal) -> dict[str, Any]:
    names = (
        *("id", "version_id", "account_id", "terminal_id", "server", "symbol", "timeframe", "side"),
        *("probability", "size", "is_shadow", "valid_until", "issued_at"),
    )
    return {name: getattr(row, name) for name in names} | {
        "model_id": row.version.model_id,
        "model": row.version.model.name,
        "model_version": row.version.number,
        "bar_time": row.bar_at,
        "inputs_hash": bytes(row.inputs_hash).hex(),
        "outcome": _outcome(row.outcome),
    }


def _outcome(row: SignalOutcome) -> shown.SignalOutcome:
    ended: datetime | None = row.ended_at
    return shown.SignalOutcome(
        state=row.state,  # type: ignore[arg-type]
        result=row.result,  # type: ignore[arg-type]
        is_hit=row.is_hit,
        entry=row.entry,
        exit=row.exit,
        return_bps=None if row.return_ratio is None else row.return_ratio * _BPS,
        ended_at=ended,
        reason=row.reason,
        due_at=row.due_at,
    )
