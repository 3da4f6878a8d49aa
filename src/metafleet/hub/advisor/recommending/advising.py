"""Advise a tenant: what its plan may run, ranked, set against what it runs already; kept as it was said."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec

from metafleet.engine.market.symbols import SYMBOLS
from metafleet.hub.advisor.evidence.diversity import correlation
from metafleet.hub.advisor.models import AdviceStanding, Explanation, Recommendation
from metafleet.hub.advisor.recommending import running
from metafleet.hub.advisor.recommending.judged import Candidate, Judged
from metafleet.hub.advisor.recommending.prices import TIMEFRAME
from metafleet.hub.advisor.recommending.records import Alike, Shown, Unjudged
from metafleet.hub.advisor.recommending.running import Runs
from metafleet.hub.advisor.words import template
from metafleet.hub.billing import operations as billing
from metafleet.hub.billing.plans import PLANS, Plan, PlanCode
from metafleet.hub.catalogue.models import EATemplate, EAVersion
from metafleet.hub.fleet import offers
from metafleet.hub.kernel import live

EVERY: Final = timedelta(minutes=5)

_ORDER: Final = {"supported": 0, "thin": 1, "against": 2}


@dataclass(frozen=True, slots=True)
class Ranked:
    """A candidate as one tenant sees it. worth: 0 to 1. unlike: why likeness cannot be said, or ""."""

    candidate: Candidate
    version: EAVersion
    worth: float
    alike: Alike | None
    unlike: str


def advise(
    *,
    tenant_id: UUID,
    known: Judged,
    asks_outside: bool,
    now: datetime,
    gathered_at: datetime | None = None,
) -> AdviceStanding | None:
    """Write down what a tenant is advised now; None where it is not due. In the tenant's scope.

    known: what is thought of each pair. asks_outside: whether an author outside puts it in words.
    gathered_at: when there was new evidence; what was thought before that is due.
    """
    AdviceStanding.objects.bulk_create(
        [AdviceStanding(tenant_id=tenant_id, due_at=now)], ignore_conflicts=True
    )
    standing = AdviceStanding.objects.select_for_update().get(tenant_id=tenant_id)
    is_outdated = bool(gathered_at and standing.refreshed_at and standing.refreshed_at < gathered_at)
    if standing.due_at > now and not is_outdated:
        return None
    plan = billing.plan_of(tenant_id=tenant_id)
    ranked, unjudged = rank(tenant_id=tenant_id, plan=plan, known=known)
    shown = ranked[: plan.recommendations]
    rows = [_kept(tenant_id, one, asks_outside=asks_outside, now=now) for one in shown]
    standing.shown = msgspec.to_builtins([_shown(row, one) for row, one in zip(rows, shown, strict=True)])
    standing.unjudged = msgspec.to_builtins(unjudged)
    standing.beyond = len(ranked) - len(shown)
    standing.refreshed_at, standing.due_at = now, now + EVERY
    standing.save()
    if plan.recommendations:
        live.publish_on_commit(tenant_id, "recommendations", refreshedAt=now.isoformat())
    return standing


def rank(*, tenant_id: UUID, plan: Plan, known: Judged) -> tuple[list[Ranked], list[Unjudged]]:
    """Return what a tenant may run, the best first, and what could not be judged. In the tenant's scope."""
    offered = {template.slug: (template, version) for template, version in offers.all_offered()}
    runs = running.runs(tenant_id=tenant_id, known=known)
    symbols = running.symbols(tenant_id=tenant_id) or set(SYMBOLS)
    ranked, unjudged = [], []
    for candidate in known.candidates:
        if candidate.symbol not in symbols or candidate.slug not in offered:
            continue
        template, version = offered[candidate.slug]
        if not _may_run(plan, template):
            continue
        if version.content_hash != candidate.content_hash:
            why = "Another version than the one that ships is on offer; evidence is made of the latter."
            unjudged.append(
                Unjudged(slug=candidate.slug, name=template.name, symbol=candidate.symbol, why=why)
            )
            continue
        ranked.append(_ranked(candidate, version, runs))
    ranked.sort(
        key=lambda one: (
            _ORDER[one.candidate.judgement.verdict],
            -one.worth,
            -(one.candidate.judgement.net_per_trade or float("-inf")),
        )
    )
    told = [one for one in known.unjudged if one.slug in offered and _may_run(plan, offered[one.slug][0])]
    return ranked, [*told, *unjudged]


def _may_run(plan: Plan, template: EATemplate) -> bool:
    return plan.rank >= PLANS[PlanCode(template.required_plan)].rank


def _ranked(candidate: Candidate, version: EAVersion, runs: Sequence[Runs]) -> Ranked:
    """Worth: how likely there is more behind it than luck, less what the tenant has of it already."""
    alike, unlike = _alike(candidate, runs)
    likely = candidate.judgement.luck.dsr or 0.0
    worth = likely * (1 - max(0.0, alike.correlation if alike else 0.0))
    return Ranked(candidate, version, round(worth, 4), alike, unlike)


def _alike(candidate: Candidate, runs: Sequence[Runs]) -> tuple[Alike | None, str]:
    if not runs:
        return None, "You run no EA yet."
    found = []
    for one in runs:
        for basis, days in (("live", one.live), ("tested", one.tested)):
            said = correlation(candidate.days, days)
            if said is not None:
                found.append(
                    msgspec.convert(
                        {
                            "instanceId": str(one.instance_id),
                            "name": one.name,
                            "correlation": round(said[0], 2),
                            "days": said[1],
                            "basis": basis,
                        },
                        Alike,
                    )
                )
                break
    if not found:
        return None, "Too few days in common with what you run."
    return max(found, key=lambda one: one.correlation), ""


def fingerprint(candidate: Candidate, version: EAVersion) -> str:
    """Return what makes advice another one: the same, looked at again five minutes later, is the same."""
    origin = candidate.evidence.origin
    parts: list[Any] = [
        *(str(version.id), candidate.symbol, TIMEFRAME, dict(candidate.inputs)),
        *(candidate.judgement.regime, candidate.judgement.verdict),
        *(origin.source, origin.name, origin.from_s, origin.to_s),
    ]
    return hashlib.sha256(msgspec.json.encode(parts, order="deterministic")).hexdigest()


def _kept(tenant_id: UUID, one: Ranked, *, asks_outside: bool, now: datetime) -> Recommendation:
    """Return the row of this advice, written now if it is new."""
    candidate, name = one.candidate, fingerprint(one.candidate, one.version)
    found = Recommendation.objects.filter(tenant_id=tenant_id, fingerprint=name).first()
    if found is not None:
        return found
    row = Recommendation(
        tenant_id=tenant_id,
        version=one.version,
        symbol=candidate.symbol,
        timeframe=TIMEFRAME,
        inputs=dict(candidate.inputs),
        regime=candidate.judgement.regime,
        verdict=candidate.judgement.verdict,
        evidence=msgspec.to_builtins(candidate.evidence),
        fingerprint=name,
        given_at=now,
    )
    row.save(force_insert=True)
    Explanation.objects.create(
        tenant_id=tenant_id,
        recommendation=row,
        text=template.explain(template.facts_of(one.version.template.name, row.symbol, candidate.evidence)),
        due_at=now if asks_outside else None,
    )
    return row


def _shown(row: Recommendation, one: Ranked) -> Shown:
    return Shown(id=str(row.id), worth=one.worth, alike=one.alike, unlike=one.unlike)


def shown_of(standing: AdviceStanding) -> Sequence[Shown]:
    return msgspec.convert(standing.shown, list[Shown])


def unjudged_of(standing: AdviceStanding) -> Sequence[Unjudged]:
    return msgspec.convert(standing.unjudged, list[Unjudged])
