"""Recommendations: today's with their evidence, those before, what became of them; and onto paper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from django.http import HttpRequest
from ninja import Router, Status

from metafleet.hub.advisor.evidence.judging import CONFIDENCE, MONTH_DAYS
from metafleet.hub.advisor.models import EvidenceStanding, Recommendation, RecommendationScore
from metafleet.hub.advisor.recommending import advising, operations, queries, scoring
from metafleet.hub.advisor.recommending.records import Evidence, Shown
from metafleet.hub.billing import operations as billing
from metafleet.hub.catalogue import queries as catalogue
from metafleet.hub.console.access import actor, needs
from metafleet.hub.console.schemas import recommendations as shown
from metafleet.hub.identity.rights import Right
from metafleet.hub.kernel import clock
from metafleet.hub.kernel.tenancy import tenant_scope

router = Router(by_alias=True)
_LISTED: Final = 200


@router.get("/recommendations", response=shown.Recommendations)
@needs(Right.READ, takes_limited_keys=False)
def list_recommendations(request: HttpRequest) -> shown.Recommendations:
    """Today's, the best first: as many as the plan shows."""
    who, now = actor(request), clock.now()
    with tenant_scope(who.tenant_id):
        plan = billing.plan_of(tenant_id=who.tenant_id)
        standing = queries.standing(tenant_id=who.tenant_id)
        places = list(advising.shown_of(standing))[: plan.recommendations] if standing else []
        rows = queries.several(tenant_id=who.tenant_id, ids=[UUID(one.id) for one in places])
        items = [_current(rows[UUID(one.id)], one, known) for one, known in _with(places, rows)]
        return shown.Recommendations(
            items=items,
            unjudged=[
                shown.UnjudgedEA(slug=one.slug, name=one.name, symbol=one.symbol, why=one.why)
                for one in (advising.unjudged_of(standing) if standing else [])
            ],
            limit=plan.recommendations,
            beyond=standing.beyond if standing else 0,
            plan_name=plan.name,
            refreshed_at=standing.refreshed_at if standing else None,
            gathering=_gathering(queries.evidence(), now),
        )


@router.get("/recommendations/track-record", response=shown.TrackRecordPage)
@needs(Right.READ, takes_limited_keys=False)
def recommendation_track_record(request: HttpRequest) -> shown.TrackRecordPage:
    """What became of all that was ever recommended, losses included; the newest are listed."""
    who = actor(request)
    with tenant_scope(who.tenant_id):
        rows = list(queries.recommendations(tenant_id=who.tenant_id)[:_LISTED])
        known = _known(rows)
        records = queries.track_record(tenant_id=who.tenant_id)
        given = queries.recommendations(tenant_id=who.tenant_id).count()
        return shown.TrackRecordPage(
            given=given,
            waiting=given - sum(one.scored for one in records if one.days == scoring.HORIZONS[0]),
            records=[
                shown.TrackRecord(
                    verdict=one.verdict,  # type: ignore[arg-type]
                    days=one.days,
                    scored=one.scored,
                    traded=one.traded,
                    won=one.won,
                    trades=one.trades,
                    net=one.net,
                    curve=[shown.EquityDay(day=_day(day), net=net) for day, net in one.curve],
                )
                for one in records
            ],
            rows=[shown.Recommendation.model_validate(_fields(row, known)) for row in rows],
        )


@router.get("/recommendations/{uuid:recommendation_id}", response=shown.Recommendation)
@needs(Right.READ, takes_limited_keys=False)
def get_recommendation(request: HttpRequest, recommendation_id: UUID) -> shown.Recommendation:
    """One that was given, as it was."""
    who = actor(request)
    with tenant_scope(who.tenant_id):
        row = queries.find(tenant_id=who.tenant_id, recommendation_id=recommendation_id)
        return shown.Recommendation.model_validate(_fields(row, _known([row])))


@router.post("/recommendations/{uuid:recommendation_id}/deploy", response={202: shown.PaperDeployed})
@needs(Right.DEPLOY, takes_limited_keys=False)
def deploy_recommendation(
    request: HttpRequest, recommendation_id: UUID, form: shown.PaperDeployForm
) -> Status[shown.PaperDeployed]:
    """Deploy it with its inputs on a paper account; an account with real money is refused."""
    who = actor(request)
    with tenant_scope(who.tenant_id):
        instance = operations.deploy_to_paper(
            tenant_id=who.tenant_id,
            actor=who.name,
            recommendation_id=recommendation_id,
            account_id=form.account_id,
            name=form.name,
            now=clock.now(),
        )
        return Status(202, shown.PaperDeployed(instance_id=instance.id))


class _Known(msgspec.Struct, frozen=True):
    """What belongs to some rows: the inputs' schemas by version, the scores by row."""

    schemas: Mapping[UUID, Mapping[str, Any]]
    scores: Mapping[UUID, Mapping[int, RecommendationScore]]


def _known(rows: Sequence[Recommendation]) -> _Known:
    return _Known(catalogue.input_schemas({row.version_id for row in rows}), queries.scores_of(rows))


def _with(places: Sequence[Shown], rows: Mapping[UUID, Recommendation]) -> list[tuple[Shown, _Known]]:
    known = _known(list(rows.values()))
    return [(one, known) for one in places if UUID(one.id) in rows]


def _current(row: Recommendation, place: Shown, known: _Known) -> shown.CurrentRecommendation:
    alike = place.alike
    likeness = None if alike is None else msgspec.structs.asdict(alike)
    return shown.CurrentRecommendation.model_validate(
        _fields(row, known) | {"worth": place.worth, "likeness": likeness, "unlike": place.unlike}
    )


def _fields(row: Recommendation, known: _Known) -> dict[str, Any]:
    template, evidence = row.version.template, msgspec.convert(row.evidence, Evidence)
    schema = known.schemas.get(row.version_id, {}).get("properties", {})
    return {
        "id": row.id,
        "template_id": template.id,
        "template_slug": template.slug,
        "template_name": template.name,
        "version": row.version.version,
        "symbol": row.symbol,
        "timeframe": row.timeframe,
        "verdict": row.verdict,
        "regime": row.regime,
        "inputs": row.inputs,
        "shown_inputs": [
            {
                "name": name,
                "title": schema.get(name, {}).get("title", name),
                "unit": schema.get(name, {}).get("x-unit", ""),
                "value": value,
                "is_changed": name in evidence.changed,
            }
            for name, value in row.inputs.items()
        ],
        "evidence": _evidence(evidence),
        "explanation": row.explanation.text,
        "explanation_author": row.explanation.author,
        "explanation_note": row.explanation.note,
        "given_at": row.given_at,
        "scores": [
            {name: getattr(score, name) for name in shown.RecommendationScore.model_fields}
            for _, score in sorted(known.scores.get(row.id, {}).items())
        ],
    }


def _evidence(evidence: Evidence) -> dict[str, Any]:
    told, origin = evidence.judgement, evidence.origin
    names = (
        *("missing", "trades", "similar", "days", "net", "net_per_trade"),
        *("low", "high", "win_rate", "sharpe"),
    )
    return {name: getattr(told, name) for name in names} | {
        "confidence": CONFIDENCE,
        "trades_a_month": told.per_month,
        "fall_usual": told.fall.usual if told.fall else None,
        "fall_bad": told.fall.bad if told.fall else None,
        "fall_days": MONTH_DAYS,
        "tried": evidence.tried,
        "compared": evidence.compared,
        "beyond_luck": told.luck.dsr,
        "luck": told.luck.verdict,
        "deposit": evidence.deposit,
        "equity": [{"day": _day(day), "net": net} for day, net in told.equity],
        "source": origin.source,
        "source_name": origin.name,
        "from_day": _day(origin.from_s // 86_400),
        "to_day": _day(origin.to_s // 86_400),
        "regime_source": evidence.regime_source,
    }


def _day(number: int) -> date:
    return datetime.fromtimestamp(number * 86_400, UTC).date()


def _gathering(row: EvidenceStanding | None, now: datetime) -> shown.EvidenceGathering | None:
    if row is None:
        return None
    return shown.EvidenceGathering(
        is_running=row.lease_until is not None and row.lease_until > now,
        done=row.done,
        total=row.total,
        ran=row.ran,
        elapsed_s=row.elapsed_s,
        finished_at=row.finished_at,
        error=row.error,
    )
