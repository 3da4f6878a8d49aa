"""Rules: list, add, change, switch, mute, remove; what there can be; what most desks want."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast
from uuid import UUID

from django.db.models import Count, Q
from django.http import HttpRequest
from ninja import Router, Status

from metafleet.hub.console.access import Actor, actor, needs
from metafleet.hub.console.schemas import rules as shown
from metafleet.hub.identity.rights import Right
from metafleet.hub.kernel import clock
from metafleet.hub.kernel.errors import Malformed
from metafleet.hub.kernel.tenancy import tenant_scope
from metafleet.hub.monitor import desk_rules, rule_words, scopes, suggested_rules
from metafleet.hub.monitor.models import Rule, RuleState
from metafleet.hub.monitor.rules import KINDS
from metafleet.hub.monitor.rules.contract import Kind, params_of

router = Router(by_alias=True)


@router.get("/alerts/rule-kinds", response=list[shown.RuleKind])
@needs(Right.READ)
def list_rule_kinds(request: HttpRequest) -> list[shown.RuleKind]:
    """What can be watched, and what each kind asks for."""
    return [_kind(kind) for kind in desk_rules.kinds(is_platform=_sees_platform(actor(request))).values()]


@router.get("/alerts/scopes", response=list[shown.ScopeChoice])
@needs(Right.READ, takes_limited_keys=False)
def list_scopes(request: HttpRequest) -> list[shown.ScopeChoice]:
    """Groups, accounts, EAs and machines, which rules and maintenance windows may be about."""
    who = actor(request)
    with tenant_scope(who.tenant_id):
        return [shown.ScopeChoice.model_validate(one) for one in scopes.choices(who.tenant_id)]


@router.get("/alerts/rules", response=list[shown.Rule])
@needs(Right.READ, takes_limited_keys=False)
def list_rules(request: HttpRequest) -> list[shown.Rule]:
    """All rules of the desk, and how each stands."""
    who = actor(request)
    with tenant_scope(who.tenant_id):
        return _rules(who.tenant_id, desk_rules.rules(tenant_id=who.tenant_id))


@router.post("/alerts/rules", response={201: shown.Rule})
@needs(Right.DEPLOY, takes_limited_keys=False)
def add_rule(request: HttpRequest, form: shown.NewWatchRuleForm) -> Status[shown.Rule]:
    """Add a rule, which is on. One that closes positions also needs the right to trade."""
    who = actor(request)
    with tenant_scope(who.tenant_id):
        row = desk_rules.add(
            tenant_id=who.tenant_id,
            kind=form.kind,
            wish=_wish(who, form),
            actor=who.name,
            now=clock.now(),
            is_platform=_sees_platform(who),
        )
        return Status(201, _rule(row))


@router.get("/alerts/rules/suggested", response=list[shown.SuggestedRule])
@needs(Right.READ, takes_limited_keys=False)
def list_suggested_rules(request: HttpRequest) -> list[shown.SuggestedRule]:
    """Rules that most desks want, of kinds that this desk has none of."""
    who = actor(request)
    with tenant_scope(who.tenant_id):
        found = suggested_rules.missing(tenant_id=who.tenant_id, is_platform=_sees_platform(who))
    return [
        shown.SuggestedRule(
            kind=one.kind,
            name=one.name,
            sentence=rule_words.sentence(one.read),
            actions=cast(Any, list(one.actions)),
            severity=cast(Any, one.severity.value),
        )
        for one in found
    ]


@router.post("/alerts/rules/suggested", response={201: list[shown.Rule]})
@needs(Right.DEPLOY, takes_limited_keys=False)
def add_suggested_rules(request: HttpRequest) -> Status[list[shown.Rule]]:
    """Add those that are suggested now; return them."""
    who = actor(request)
    with tenant_scope(who.tenant_id):
        made = suggested_rules.add(
            tenant_id=who.tenant_id, actor=who.name, now=clock.now(), is_platform=_sees_platform(who)
        )
        return Status(201, _rules(who.tenant_id, made))


@router.put("/alerts/rules/{uuid:rule_id}", response=shown.Rule)
@needs(Right.DEPLOY, takes_limited_keys=False)
def change_rule(request: HttpRequest, rule_id: UUID, form: shown.WatchRuleForm) -> shown.Rule:
    """Change a rule; its kind stays. What it no longer watches is no longer wrong by it."""
    who = actor(request)
    with tenant_scope(who.tenant_id):
        row = desk_rules.find(tenant_id=who.tenant_id, rule_id=rule_id)
        desk_rules.change(row=row, wish=_wish(who, form), actor=who.name, now=clock.now())
        return _rule(row)


@router.post("/alerts/rules/{uuid:rule_id}/switch", response=shown.Rule)
@needs(Right.DEPLOY, takes_limited_keys=False)
def switch_rule(request: HttpRequest, rule_id: UUID, form: shown.RuleSwitchForm) -> shown.Rule:
    """Switch a rule on or off. What it has open is over when it goes off."""
    who = actor(request)
    with tenant_scope(who.tenant_id):
        row = desk_rules.find(tenant_id=who.tenant_id, rule_id=rule_id)
        desk_rules.switch(row=row, is_enabled=form.is_enabled, actor=who.name, now=clock.now())
        return _rule(row)


@router.post("/alerts/rules/{uuid:rule_id}/mute", response=shown.Rule)
@needs(Right.DEPLOY, takes_limited_keys=False)
def mute_rule(request: HttpRequest, rule_id: UUID, form: shown.RuleMuteForm) -> shown.Rule:
    """Tell nobody of what a rule finds until then. It judges and acts all the same: muting is not pausing."""
    who = actor(request)
    with tenant_scope(who.tenant_id):
        row = desk_rules.find(tenant_id=who.tenant_id, rule_id=rule_id)
        desk_rules.mute(row=row, until=form.until, actor=who.name, now=clock.now())
        return _rule(row)


@router.delete("/alerts/rules/{uuid:rule_id}", response={204: None})
@needs(Right.DEPLOY, takes_limited_keys=False)
def remove_rule(request: HttpRequest, rule_id: UUID) -> Status[None]:
    """Remove a rule. What it has open is over; its incidents stay to be read."""
    who = actor(request)
    with tenant_scope(who.tenant_id):
        row = desk_rules.find(tenant_id=who.tenant_id, rule_id=rule_id)
        desk_rules.remove(row=row, actor=who.name, now=clock.now())
    return Status(204, None)


def _sees_platform(who: Actor) -> bool:
    return Right.AUDIT in who.rights


def _wish(who: Actor, form: shown.WatchRuleForm) -> desk_rules.Wish:
    if "flatten" in form.actions:
        who.must(Right.TRADE)
    return desk_rules.Wish(
        name=form.name,
        params=form.params,
        scope=form.scope,
        scope_id=form.scope_id,
        actions=form.actions,
        severity=form.severity,
    )


def _kind(kind: type[Kind]) -> shown.RuleKind:
    return shown.RuleKind(
        kind=kind.slug,
        title=kind.title,
        help=kind.help,
        severity=cast(Any, kind.severity.value),
        scopes=cast(Any, list(scopes.SCOPES_OF[kind.judges])),
        can_act=kind.judges in desk_rules.ACTING,
        has_stages=kind.has_stages,
        params=rule_words.schema(kind),
    )


def _rule(row: Rule) -> shown.Rule:
    return _rules(row.tenant_id, [row])[0]


def _rules(tenant_id: UUID, found: Iterable[Rule]) -> list[shown.Rule]:
    rows = list(found)
    desk, labels = scopes.desk(tenant_id), scopes.labels(tenant_id, [row.scope_id for row in rows])
    near = Q(is_firing=False) & (Q(stage__gt=0) | Q(since__isnull=False))
    states = RuleState.objects.filter(tenant_id=tenant_id).values_list("rule_id")
    standing = {
        rule_id: (firing, close)
        for rule_id, firing, close in states.annotate(
            firing=Count("subject_id", filter=Q(is_firing=True)), close=Count("subject_id", filter=near)
        ).order_by()
    }
    return [_told(row, desk, labels, standing.get(row.id, (0, 0))) for row in rows]


def _told(row: Rule, desk: scopes.Desk, labels: dict[UUID, str], standing: tuple[int, int]) -> shown.Rule:
    kind = KINDS.get(row.kind)
    said = {"kind_title", "sentence", "scope_label", "watches", "firing", "near"}
    facts: dict[str, Any] = {name: getattr(row, name) for name in shown.Rule.model_fields if name not in said}
    watches = len(desk.subjects(kind.judges, row.scope, row.scope_id)) if kind else 0
    return shown.Rule(
        **facts,
        kind_title=kind.title if kind else row.kind,
        sentence=_sentence(kind, row),
        scope_label=labels.get(row.scope_id, "") if row.scope_id else "",
        watches=watches,
        firing=standing[0],
        near=standing[1],
    )


def _sentence(kind: type[Kind] | None, row: Rule) -> str:
    """A rule that an older version wrote is still listed, so that somebody can mend or remove it."""
    try:
        return rule_words.sentence(params_of(kind, row.params)) if kind else "Nothing here knows this kind"
    except Malformed as refused:
        return f"It cannot be read, and judges nobody: {refused.detail}"
