"""What is news of a subject, as the judge acts on it and incidents tell it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal
from uuid import UUID

from metafleet.hub.monitor.incidents import About, Happening
from metafleet.hub.monitor.judge.book import Rule
from metafleet.hub.monitor.judge.carrying import Carried
from metafleet.hub.monitor.judge.verdicts import WORDS, Piece
from metafleet.hub.monitor.models import Scope, Severity
from metafleet.hub.monitor.rules.contract import Reading
from metafleet.hub.monitor.rules.readings import money
from metafleet.hub.monitor.standing import WELL, Change, Standing

Deed = Literal["pause", "flatten"]
DEEDS: Final[tuple[Deed, ...]] = ("pause", "flatten")
_STAGE_SEVERITY: Final = {50: Severity.INFO, 75: Severity.WARNING, 90: Severity.WARNING}


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom a rule judges. within: the groups, machines and EA instances it belongs to."""

    tenant_id: UUID
    scope: Scope
    id: UUID
    label: str
    account_id: UUID | None = None
    within: frozenset[UUID] = frozenset()

    @property
    def about(self) -> About:
        return About(self.scope, self.id, self.label, self.account_id, self.within)


@dataclass(frozen=True, slots=True)
class News:
    """One thing to do and tell in one transaction.

    is_over: the incident of `happening.key` ends. deeds: what is done first. only_instance: they concern
    that EA alone. standing: how the rule stands from then on.
    """

    subject: Subject
    happening: Happening
    is_over: bool = False
    deeds: frozenset[Deed] = frozenset()
    only_instance: UUID | None = None
    rule_id: UUID | None = None
    standing: Standing | None = None
    value: float | None = None


def of_rule(rule: Rule, subject: Subject, reading: Reading, change: Change, standing: Standing) -> News:
    """Return what a rule's change of standing asks for."""
    is_fired = change == "fired"
    title = f"{rule.name}: {subject.label}"
    severity = rule.severity
    if change == "warned":
        title = f"{standing.stage} % of {rule.name}: {subject.label}"
        severity = _STAGE_SEVERITY.get(standing.stage, Severity.WARNING)
    happening = Happening(
        key=key_of_rule(rule.id, subject.id),
        kind=rule.kind.slug,
        title=title,
        text=reading.text,
        severity=severity,
        about=subject.about,
        rule_id=rule.id,
        detail={
            "value": round(reading.value, 4),
            "limit": reading.limit,
            "unit": reading.unit,
            "percent": round(reading.percent, 1),
            "stage": standing.stage,
        },
        muted_until=rule.muted_until,
    )
    deeds = frozenset(deed for deed in DEEDS if is_fired and deed in rule.actions)
    return News(
        subject,
        happening,
        is_over=change in {"cleared", "none"},
        deeds=deeds,
        only_instance=_only_instance(rule, subject),
        rule_id=rule.id,
        standing=standing,
        value=reading.value,
    )


def of_one_who_left(rule: Rule, subject: Subject) -> News:
    """Return that what a rule found of a subject is over, because it judges it no more."""
    happening = Happening(
        key=key_of_rule(rule.id, subject.id),
        kind=rule.kind.slug,
        title=rule.name,
        text="The rule no longer watches this.",
        severity=rule.severity,
        about=subject.about,
        rule_id=rule.id,
    )
    return News(subject, happening, is_over=True, rule_id=rule.id, standing=WELL)


def _only_instance(rule: Rule, subject: Subject) -> UUID | None:
    if subject.scope == Scope.INSTANCE:
        return subject.id
    return rule.scope_id if rule.scope == Scope.INSTANCE else None


def key_of_rule(rule_id: UUID, subject_id: UUID) -> str:
    """Return the key of the incident that a rule opens for a subject."""
    return f"rule:{rule_id}:{subject_id}"


def of_programme(
    piece: Piece, subject: Subject, carried: Carried, verdict: Mapping[str, Any], on_breach: str
) -> News:
    """Return what a programme's news of an account asks for."""
    currency = carried.sighting.currency
    name, phase = verdict["programme"], verdict["phase"]
    deeds: frozenset[Deed] = frozenset()
    if piece.limit is None:
        text = f"Every goal of {phase} is met, and no limit was broken."
        title, severity, detail = f"{phase} passed: {subject.label}", Severity.INFO, {}
        kind = "programme_passed"
    else:
        limit = piece.limit
        word = WORDS[limit.kind]
        kind = f"programme_{limit.kind}"
        text = (
            f"{word} {money(float(limit.used), currency)} of {money(float(limit.allowed), currency)} "
            f"({limit.percent:.0f} %): equity {money(float(carried.marks.last.equity), currency)}, "
            f"broken at {money(float(limit.floor), currency)}. {name}, {phase}."
        )
        title, severity = f"{piece.stage} % of the {word.lower()} limit: {subject.label}", _severity(piece)
        if piece.event == "broken":
            title = f"{word} limit broken: {subject.label}"
            deeds = frozenset(deed for deed in DEEDS if deed == on_breach)
        detail = {
            "value": float(limit.used),
            "limit": float(limit.allowed),
            "unit": "money",
            "percent": round(float(limit.percent), 1),
            "stage": piece.stage,
            "floor": float(limit.floor),
            "firedBy": "server",
        }
    happening = Happening(
        key=f"{kind}:{subject.id}:{verdict['since']}",
        kind=kind,
        title=title,
        text=text,
        severity=severity,
        about=subject.about,
        detail={**detail, "programme": name, "phase": phase},
    )
    return News(subject, happening, is_over=piece.event == "calmed", deeds=deeds)


def of_phase_left(kind: str, before: Mapping[str, Any], subject: Subject) -> News:
    """Return that what an earlier phase warned of is over: other limits count from now on."""
    happening = Happening(
        key=f"programme_{kind}:{subject.id}:{before['since']}",
        kind=f"programme_{kind}",
        title=WORDS[kind],
        text="The account has begun a phase anew: other limits count.",
        severity=Severity.INFO,
        about=subject.about,
    )
    return News(subject, happening, is_over=True)


def _severity(piece: Piece) -> Severity:
    if piece.event == "broken":
        return Severity.CRITICAL
    return _STAGE_SEVERITY.get(piece.stage, Severity.WARNING)
