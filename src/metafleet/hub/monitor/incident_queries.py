"""Read incidents, the newest first: some of them, all by the page, one with what was told of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery

from metafleet.hub.kernel.errors import NotFound
from metafleet.hub.kernel.tenancy import tenant_scope
from metafleet.hub.monitor.judge import lease
from metafleet.hub.monitor.models import (
    Delivery,
    EventKind,
    Incident,
    IncidentEvent,
    IncidentState,
    Severity,
)

Asked = Literal["", "current", "open", "acknowledged", "resolved"]
"""Which states; "current" is all but what is resolved."""
PAGE: Final = 1_000
OF_ACCOUNT: Final = 100
"""Incidents of an account whose lines are shown together."""
_NEWEST: Final = ("-opened_at", "-id")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which incidents. `text`: words that are all found in title, subject or kind, whatever their case."""

    state: Asked = ""
    severity: str = ""
    kind: str = ""
    account_id: UUID | None = None
    rule_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None
    text: str = ""


EVERYTHING: Final = Wanted()


@dataclass(frozen=True, slots=True)
class Counts:
    """How many last. `critical`: of those that are open. `kinds`: of all there ever were.

    `is_judged`: the judge is at work; while it is not, nothing new opens and no rule acts.
    """

    open: int
    acknowledged: int
    critical: int
    kinds: Sequence[str]
    is_judged: bool


def newest(
    *, tenant_id: UUID, limit: int, wanted: Wanted = EVERYTHING, after: UUID | None = None
) -> list[Incident]:
    """Return up to `limit`, those opened before the incident `after`. Raises NotFound where it is none.

    Each has `said`, its newest line, and `done`, the newest that says what the system did, or None.
    """
    return list(_newest(tenant_id, wanted, after)[:limit])


def pages(*, tenant_id: UUID, wanted: Wanted) -> Iterator[Sequence[Incident]]:
    """Yield all by the page, each page in a transaction of its own."""
    after: UUID | None = None
    while True:
        with tenant_scope(tenant_id):
            page = list(_newest(tenant_id, wanted, after)[:PAGE])
        if not page:
            return
        yield page
        after = page[-1].id


def find(*, tenant_id: UUID, incident_id: UUID) -> Incident:
    """Return it as `newest` does. Raises NotFound, also for another tenant's."""
    row = _told(tenant_id).filter(id=incident_id).first()
    if row is None:
        raise NotFound("incident")
    return row


def timeline(*, incident: Incident) -> QuerySet[IncidentEvent]:
    """Return its lines, the oldest first."""
    return IncidentEvent.objects.filter(incident=incident).order_by("at", "created_at")


def lines_of_account(*, tenant_id: UUID, account_id: UUID) -> QuerySet[IncidentEvent]:
    """Return the timelines of an account's newest incidents as one, the newest line first."""
    of_account = Incident.objects.filter(tenant_id=tenant_id, account_id=account_id).order_by(*_NEWEST)
    newest_ids = list(of_account.values_list("id", flat=True)[:OF_ACCOUNT])
    found = IncidentEvent.objects.filter(incident_id__in=newest_ids).select_related("incident")
    return found.order_by("-at", "-created_at")


def deliveries(*, incident: Incident) -> QuerySet[Delivery]:
    """Return what was told of it and through which channels, the oldest first."""
    found = Delivery.objects.filter(tenant_id=incident.tenant_id, event__incident=incident)
    return found.select_related("channel", "event").order_by("created_at")


def counts(*, tenant_id: UUID) -> Counts:
    rows = Incident.objects.filter(tenant_id=tenant_id)
    is_open = Q(state=IncidentState.OPEN)
    lasting = rows.filter(resolved_at=None).aggregate(
        open=Count("id", filter=is_open),
        acknowledged=Count("id", filter=Q(state=IncidentState.ACKNOWLEDGED)),
        critical=Count("id", filter=is_open & Q(severity=Severity.CRITICAL)),
    )
    kinds = rows.order_by("kind").values_list("kind", flat=True).distinct()
    return Counts(**lasting, kinds=list(kinds), is_judged=lease.is_held())


def _newest(tenant_id: UUID, wanted: Wanted, after: UUID | None) -> QuerySet[Incident]:
    found = _matching(tenant_id, wanted).order_by(*_NEWEST)
    if after is None:
        return found
    last = Incident.objects.filter(tenant_id=tenant_id, id=after).first()
    if last is None:
        raise NotFound("incident")
    older = Q(opened_at__lt=last.opened_at) | Q(id__lt=last.id)
    # The first condition is for the index.
    return found.filter(Q(opened_at__lte=last.opened_at) & older)


def _matching(tenant_id: UUID, wanted: Wanted) -> QuerySet[Incident]:
    exact = {
        "severity": wanted.severity,
        "kind": wanted.kind,
        "account_id": wanted.account_id,
        "rule_id": wanted.rule_id,
        "opened_at__gte": wanted.since,
        "opened_at__lt": wanted.until,
    }
    found = _told(tenant_id).filter(**{name: value for name, value in exact.items() if value})
    if wanted.state == "current":
        found = found.filter(resolved_at=None)
    elif wanted.state:
        found = found.filter(state=wanted.state)
    for word in wanted.text.split():
        found = found.filter(
            Q(title__icontains=word) | Q(subject_label__icontains=word) | Q(kind__icontains=word)
        )
    return found


def _told(tenant_id: UUID) -> QuerySet[Incident]:
    lines = (
        IncidentEvent.objects.filter(incident=OuterRef("id")).order_by("-at", "-created_at").values("text")
    )
    return Incident.objects.filter(tenant_id=tenant_id).annotate(
        said=Subquery(lines[:1]), done=Subquery(lines.filter(kind=EventKind.ACTED)[:1])
    )
