"""The rules that are on, and the programmes, of all tenants; read again when they have changed."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Max

from metafleet.engine.programmes import terms
from metafleet.hub.kernel.errors import Malformed
from metafleet.hub.monitor import models
from metafleet.hub.monitor.models import Scope, Severity
from metafleet.hub.monitor.rules import KINDS
from metafleet.hub.monitor.rules.contract import Judges, Kind, params_of

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that is on. muted_until: nobody is told before it."""

    id: UUID
    tenant_id: UUID
    name: str
    kind: Kind
    scope: Scope
    scope_id: UUID | None
    actions: frozenset[str]
    severity: Severity
    muted_until: datetime | None

    def is_about(self, subject_id: UUID, within: Iterable[UUID]) -> bool:
        """Whether it judges this subject. within: the groups, machines and EA instances it belongs to."""
        return self.scope_id is None or self.scope_id == subject_id or self.scope_id in within


@dataclass(slots=True)
class Book:
    """What is to be judged by. `refresh` is called in an operator's scope."""

    rules: Mapping[tuple[UUID, Judges], list[Rule]] = field(default_factory=dict)
    programmes: Mapping[UUID, terms.Programme] = field(default_factory=dict)
    _seen: Any = None

    def refresh(self) -> bool:
        """Read the rules and programmes again, if they have changed; return whether they have."""
        seen = [
            tuple(model.objects.aggregate(n=Count("*"), at=Max("updated_at")).values())
            for model in (models.Rule, models.Programme)
        ]
        if seen == self._seen:
            return False
        self.rules = _rules()
        self.programmes = dict(_programmes())
        self._seen = seen
        return True

    def of(self, tenant_id: UUID, judges: Judges) -> list[Rule]:
        """Return the tenant's rules over accounts, machines or whatever."""
        return self.rules.get((tenant_id, judges), [])

    def tenants_of(self, judges: Judges) -> list[UUID]:
        """Return the tenants that have rules which judge such a thing."""
        return [tenant_id for (tenant_id, what) in self.rules if what == judges]

    def all_of(self, kind: type[Kind]) -> Iterator[Rule]:
        """Yield every tenant's rules of a kind."""
        return (rule for rules in self.rules.values() for rule in rules if isinstance(rule.kind, kind))


def _rules() -> dict[tuple[UUID, Judges], list[Rule]]:
    found: dict[tuple[UUID, Judges], list[Rule]] = defaultdict(list)
    for row in models.Rule.objects.filter(is_enabled=True):
        kind = KINDS.get(row.kind)
        try:
            params = params_of(kind, row.params) if kind else None
        except Malformed:
            params = None
        if params is None:
            _log.error(
                "rule %s of tenant %s is of no kind that is known here: left alone", row.id, row.tenant_id
            )
            continue
        rule = Rule(
            row.id,
            row.tenant_id,
            row.name,
            params,
            Scope(row.scope),
            row.scope_id,
            frozenset(row.actions),
            Severity(row.severity),
            row.muted_until,
        )
        found[row.tenant_id, params.judges].append(rule)
    return found


def _programmes() -> Iterator[tuple[UUID, terms.Programme]]:
    for id_, document in models.Programme.objects.values_list("id", "document"):
        try:
            yield id_, terms.read(document)
        except terms.TermsRefused as refused:
            _log.error("programme %s does not read, and judges nobody: %s", id_, refused)
