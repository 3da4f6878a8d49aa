"""A desk's rules: made, changed, switched, muted, removed. Verbs; the judge holds subjects against them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec
from django.db.models import QuerySet

from metafleet.hub.audit import changes
from metafleet.hub.audit import operations as audit
from metafleet.hub.kernel import live
from metafleet.hub.kernel.errors import Fault, Malformed, NotFound, Refused
from metafleet.hub.monitor import incidents, scopes
from metafleet.hub.monitor.models import Incident, Rule, RuleState, Severity
from metafleet.hub.monitor.rules import KINDS
from metafleet.hub.monitor.rules.contract import OF_OPERATORS, Kind, params_of

MOST: Final = 200
LONGEST_MUTE: Final = timedelta(days=30)
ACTIONS: Final = ("notify", "pause", "flatten")
ACTING: Final = frozenset({"account", "silence", "spread", "results"})
"""What kinds look at that know an account to act on."""
_FIELDS: Final = ("name", "params", "scope", "scope_id", "actions", "severity")


class TooManyRules(Refused):
    def __init__(self) -> None:
        super().__init__(f"This desk has {MOST} rules, which is the most. Remove one first.")


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody says of a rule. scope_id: None with the scope of the whole tenant."""

    name: str
    params: Mapping[str, Any]
    scope: str = "tenant"
    scope_id: UUID | None = None
    actions: Collection[str] = ("notify",)
    severity: str = Severity.WARNING


def rules(*, tenant_id: UUID) -> QuerySet[Rule]:
    return Rule.objects.filter(tenant_id=tenant_id).order_by("created_at", "id")


def find(*, tenant_id: UUID, rule_id: UUID) -> Rule:
    """Return it, held until commit. Raises NotFound, also for another tenant's."""
    row = rules(tenant_id=tenant_id).filter(id=rule_id).select_for_update().first()
    if row is None:
        raise NotFound("rule")
    return row


def kinds(*, is_platform: bool = False) -> dict[str, type[Kind]]:
    """Return what kinds there are. is_platform: those too that watch the platform itself."""
    return {slug: kind for slug, kind in KINDS.items() if is_platform or kind.judges not in OF_OPERATORS}


def kind_of(slug: str, *, is_platform: bool = False) -> type[Kind]:
    """Raises Malformed for a kind that there is not."""
    known = kinds(is_platform=is_platform)
    if slug not in known:
        raise Malformed(Fault("/kind", f"There is no kind {slug}. Choose one of {', '.join(known)}."))
    return known[slug]


def add(
    *, tenant_id: UUID, kind: str, wish: Wish, actor: str, now: datetime, is_platform: bool = False
) -> Rule:
    """Make a rule, which is on. Raises Malformed, NotFound for a subject of others, TooManyRules."""
    found = kind_of(kind, is_platform=is_platform)
    if rules(tenant_id=tenant_id).count() >= MOST:
        raise TooManyRules
    row = Rule(tenant_id=tenant_id, kind=kind, created_by=actor)
    _write(row, found, wish)
    row.save(force_insert=True)
    _record(row, actor, "rule.added", now)
    return row


def change(*, row: Rule, wish: Wish, actor: str, now: datetime) -> None:
    """Change it; its kind stays. What it no longer watches is no longer wrong by it.

    Raises Malformed, NotFound for a subject of others.
    """
    kind = kind_of(row.kind, is_platform=True)
    before = _facts(row)
    _write(row, kind, wish)
    row.save()
    still = scopes.desk(row.tenant_id).subjects(kind.judges, row.scope, row.scope_id)
    _let_go(row, "The rule no longer watches it.", now, but=still)
    _record(row, actor, "rule.changed", now, changed=changes.between(before, _facts(row)))


def switch(*, row: Rule, is_enabled: bool, actor: str, now: datetime) -> None:
    """Switch it on or off. What it has open is over when it goes off. Twice is once."""
    if row.is_enabled == is_enabled:
        return
    row.is_enabled = is_enabled
    row.save(update_fields=("is_enabled", "updated_at"))
    if not is_enabled:
        _let_go(row, "The rule was switched off.", now)
    _record(row, actor, "rule.enabled" if is_enabled else "rule.disabled", now)


def mute(*, row: Rule, until: datetime | None, actor: str, now: datetime) -> None:
    """Tell nobody of what it finds until then; it judges and acts all the same. None: tell again.

    Raises Malformed for a time that has passed or is more than 30 days away.
    """
    if until is not None and not now < until <= now + LONGEST_MUTE:
        raise Malformed(Fault("/until", "Choose a time within the next 30 days."))
    row.muted_until = until
    row.save(update_fields=("muted_until", "updated_at"))
    detail: dict[str, Any] = {"until": until.isoformat()} if until else {}
    _record(row, actor, "rule.muted" if until else "rule.unmuted", now, **detail)


def remove(*, row: Rule, actor: str, now: datetime) -> None:
    """Remove it with how it stood. What it has open is over; its incidents stay to be read."""
    _let_go(row, "The rule was removed.", now)
    _record(row, actor, "rule.removed", now)
    row.delete()


def _write(row: Rule, kind: type[Kind], wish: Wish) -> None:
    if not wish.name:
        raise Malformed(Fault("/name", "Give the rule a name; it stands in every message."))
    if wish.scope not in scopes.SCOPES_OF[kind.judges]:
        allowed = ", ".join(scopes.SCOPES_OF[kind.judges])
        raise Malformed(Fault("/scope", f"{kind.title} is about one of: {allowed}."))
    scopes.check(row.tenant_id, wish.scope, wish.scope_id)
    row.name, row.severity = wish.name, wish.severity
    row.scope, row.scope_id = wish.scope, wish.scope_id
    row.params = msgspec.to_builtins(params_of(kind, dict(wish.params)))
    row.actions = _actions(kind, wish.actions)


def _actions(kind: type[Kind], wanted: Collection[str]) -> list[str]:
    """People are told always: that is what muting is for."""
    if unknown := set(wanted) - set(ACTIONS):
        raise Malformed(Fault("/actions", f"There is no action {min(unknown)}: {', '.join(ACTIONS)}."))
    if kind.judges not in ACTING and set(wanted) - {"notify"}:
        raise Malformed(
            Fault("/actions", f"{kind.title} is not about accounts: it can tell people, and nothing else.")
        )
    return [action for action in ACTIONS if action == "notify" or action in wanted]


def _let_go(row: Rule, text: str, now: datetime, *, but: Collection[UUID] = ()) -> None:
    """End what the rule has open, and forget how it stood, for all subjects but these."""
    lasting = Incident.objects.filter(tenant_id=row.tenant_id, rule_id=row.id, resolved_at=None)
    for key in list(lasting.exclude(subject_id__in=but).order_by("id").values_list("key", flat=True)):
        incidents.settle(tenant_id=row.tenant_id, key=key, text=text, now=now)
    RuleState.objects.filter(rule_id=row.id).exclude(subject_id__in=but).delete()


def _facts(row: Rule) -> dict[str, Any]:
    return {name: getattr(row, name) for name in _FIELDS}


def _record(
    row: Rule,
    actor: str,
    action: str,
    now: datetime,
    changed: audit.Changes | None = None,
    **detail: Any,
) -> None:
    audit.record(
        tenant_id=row.tenant_id,
        actor=actor,
        action=action,
        subject=row.name,
        subject_id=row.id,
        now=now,
        detail={"kind": row.kind, **detail},
        changes=changed,
    )
    live.publish_on_commit(row.tenant_id, "rule", id=str(row.id))
