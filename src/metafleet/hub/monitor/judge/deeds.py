"""What is done about news: EAs paused, positions closed, the incident told; all of one thing at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from django.db import connection

from metafleet.hub.fleet import commands, operations, pauses
from metafleet.hub.fleet.errors import NoTerminal
from metafleet.hub.fleet.models import DesiredState, EAInstance, PauseMode
from metafleet.hub.kernel import safejson
from metafleet.hub.kernel.errors import Refused
from metafleet.hub.kernel.tenancy import tenant_scope
from metafleet.hub.monitor import guarding, incidents
from metafleet.hub.monitor.judge.news import News
from metafleet.hub.monitor.models import EventKind, Rule, RuleState
from metafleet.hub.monitor.standing import Standing

_CLOSES = UUID("5b1f8a0e-6a53-4f5c-9a35-3b8a7c2f9d11")
"""The namespace of the commands that close: one for each incident."""


def settle(tenant_id: UUID, found: Sequence[News], mark: Mapping[str, Any] | None, now: datetime) -> None:
    """Do and tell it, and keep how things stand from then on. mark: the account's row, written with it."""
    with tenant_scope(tenant_id):
        found = _still_wanted(found)
        for news in found:
            if news.is_over:
                _end(news, now)
            else:
                tell(news, now)
        kept = [
            (news.rule_id, news.subject.id, news.standing, news.value)
            for news in found
            if news.rule_id is not None and news.standing is not None
        ]
        if kept:
            keep(tenant_id, kept)
        if mark is not None:
            write_marks([mark], now)
            if mark["verdict"].get("breach"):
                guarding.tell([mark["account"]], actor=incidents.SYSTEM, now=now)


def _still_wanted(found: Sequence[News]) -> Sequence[News]:
    """Leave out what rules found that were switched off or removed since they were read. The rest cannot be,
    until this is written."""
    wanted = {news.rule_id for news in found if news.rule_id is not None}
    if not wanted:
        return found
    rules = Rule.objects.filter(id__in=wanted, is_enabled=True).select_for_update(no_key=True)
    on = set(rules.order_by("id").values_list("id", flat=True))
    return [news for news in found if news.rule_id is None or news.rule_id in on]


def guard(tenant_id: UUID, marks: Sequence[Mapping[str, Any]], now: datetime) -> None:
    """Write the marks of a tenant's accounts, and tell their runners what to enforce from now on."""
    with tenant_scope(tenant_id):
        write_marks(marks, now)
        guarding.tell([mark["account"] for mark in marks], actor=incidents.SYSTEM, now=now)


def keep(tenant_id: UUID, standings: Iterable[tuple[UUID, UUID, Standing, float | None]]) -> None:
    """Write how rules stand, in the tenant's scope."""
    rows = [
        RuleState(
            tenant_id=tenant_id,
            rule_id=rule_id,
            subject_id=subject_id,
            is_firing=standing.is_firing,
            since=standing.since,
            stage=standing.stage,
            value=value,
        )
        for rule_id, subject_id, standing, value in standings
    ]
    RuleState.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["rule_id", "subject_id"],
        update_fields=["is_firing", "since", "stage", "value", "updated_at"],
    )


def write_marks(rows: Iterable[Mapping[str, Any]], now: datetime) -> None:
    """Write marks, of whatever tenants."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT marked FROM monitor_mark(%s::jsonb, %s)", [safejson.encode(list(rows)), now])


def _end(news: News, now: datetime) -> None:
    happening = news.happening
    incidents.settle(
        tenant_id=news.subject.tenant_id, key=happening.key, text=happening.text, now=now, **happening.detail
    )


def tell(news: News, now: datetime) -> None:
    """Do what it asks for, and open or go on with its incident, in the tenant's scope."""
    tenant_id, happening = news.subject.tenant_id, news.happening
    done = _act(news, now)
    if done:
        happening = replace(happening, text=" ".join([happening.text, *done]))
    row, sight = incidents.report(tenant_id=tenant_id, happening=happening, now=now)
    if sight == "again":
        incidents.note(
            incident=row, kind=EventKind.WORSE, text=happening.text, actor=incidents.SYSTEM, now=now
        )
    for text in done:
        incidents.note(
            incident=row, kind=EventKind.ACTED, text=text, actor=incidents.SYSTEM, now=now, is_told=False
        )


def _act(news: News, now: datetime) -> list[str]:
    """Return what was done, a sentence each."""
    account_id = news.subject.account_id
    if account_id is None or not news.deeds:
        return []
    flattens = "flatten" in news.deeds
    said = [_pause(news, account_id, flattens, now)]
    if flattens and news.only_instance is None:
        said.append(_close_all(news, account_id, now))
    return said


def _pause(news: News, account_id: UUID, flattens: bool, now: datetime) -> str:
    mode = PauseMode.FLATTEN if flattens else PauseMode.HOLD
    wish = pauses.Wish(mode=mode, reason=news.happening.title[:200], is_person=False)
    rows = EAInstance.objects.filter(
        tenant_id=news.subject.tenant_id, account_id=account_id, deleted_at=None
    ).exclude(desired_state=DesiredState.STOPPED)
    if news.only_instance is not None:
        rows = rows.filter(id=news.only_instance)
    names = []
    for instance_id in rows.order_by("id").values_list("id", flat=True):
        instance = operations.pause(
            instance_id=instance_id,
            tenant_id=news.subject.tenant_id,
            actor=incidents.SYSTEM,
            now=now,
            wish=wish,
        )
        names.append(instance.name)
    if not names:
        return "No EA of this account runs here, so none was paused."
    word = "Paused, and told to close what is open" if flattens else "Paused"
    return f"{word}: {', '.join(names)}."


def _close_all(news: News, account_id: UUID, now: datetime) -> str:
    """What the EAs here do not own is closed by whichever terminal takes orders."""
    order = commands.Wish("CLOSE_ALL", {}, id=uuid5(_CLOSES, f"{news.happening.key}:{now.isoformat()}"))
    try:
        commands.request(
            tenant_id=news.subject.tenant_id,
            account_id=account_id,
            actor=incidents.SYSTEM,
            wish=order,
            now=now,
        )
    except NoTerminal:
        return "No terminal of the account takes orders now, so what other programs hold stays open."
    except Refused as refusal:
        return f"Closing what else is open was refused: {refusal.detail}"
    return "All positions of the account are being closed."
