"""Optimisations: ask, see how large it would be, watch, read, take along, cancel, delete."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Final
from uuid import UUID

import msgspec
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from ninja import Router, Status

from metafleet.engine.tester.optimising.criterion import Criterion
from metafleet.engine.tester.optimising.measuring import FIGURES
from metafleet.engine.tester.optimising.report.document import Document, as_page
from metafleet.engine.tester.optimising.searches import METHODS
from metafleet.hub.billing import operations as billing
from metafleet.hub.console import files
from metafleet.hub.console.access import Actor, actor, needs
from metafleet.hub.console.api import backtests
from metafleet.hub.console.schemas import optimisations as shown
from metafleet.hub.identity.rights import Right
from metafleet.hub.kernel import clock
from metafleet.hub.kernel.tenancy import tenant_scope
from metafleet.hub.tester.models import Optimisation
from metafleet.hub.tester.optimising import batches, operations, queries, searching, sizing
from metafleet.hub.tester.optimising.records import Range, Search

router = Router(by_alias=True)
_LISTED: Final = 500
_SHOWN: Final = 100
"""Of the tries while it goes on."""
_DOCUMENT: Final = {"responses": {200: {"content": {"application/json": {"schema": {"type": "object"}}}}}}
_CSV: Final = {"responses": {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}}
_PAGE: Final = {"responses": {200: {"content": {"text/html": {"schema": {"type": "string"}}}}}}


@router.get("/optimisations/options", response=shown.OptimisationOptions)
@needs(Right.READ, takes_limited_keys=False)
def optimisation_options(request: HttpRequest) -> shown.OptimisationOptions:
    """How it can be searched and by what, and what the plan allows."""
    who = actor(request)
    with tenant_scope(who.tenant_id):
        plan = billing.plan_of(tenant_id=who.tenant_id)
        return shown.OptimisationOptions(
            methods=[one for one in METHODS if one != "bayes" or find_spec("optuna") is not None],
            most_bayes=sizing.MOST_BAYES,
            criteria=[
                shown.CriterionChoice(name=name, title=one.title, is_less_better=one.better == "less")
                for name, one in FIGURES.items()
            ],
            limits=shown.OptimisationLimits(
                at_once=plan.optimisations.at_once,
                tries=plan.optimisations.tries,
                tries_kept=queries.tries_kept(tenant_id=who.tenant_id),
                kept=plan.backtests.kept,
                kept_now=queries.kept(tenant_id=who.tenant_id),
                under_way=queries.under_way(tenant_id=who.tenant_id),
            ),
        )


@router.post("/optimisations/size", response=shown.OptimisationSize)
@needs(Right.READ, takes_limited_keys=False)
def size_optimisation(request: HttpRequest, form: shown.OptimisationForm) -> shown.OptimisationSize:
    """How large it would be, and about how long it would take. Changes nothing."""
    who = actor(request)
    with tenant_scope(who.tenant_id):
        size = operations.measure(tenant_id=who.tenant_id, asked=_asked(who, form), now=clock.now())
    return shown.OptimisationSize(
        combinations=size.count.combinations,
        refused=size.count.refused,
        is_exact=size.count.is_exact,
        tries=size.tries,
        runs=size.runs,
        seconds=size.seconds,
    )


@router.get("/optimisations", response=list[shown.Optimisation])
@needs(Right.READ, takes_limited_keys=False)
def list_optimisations(
    request: HttpRequest, template: UUID | None = None, instance: UUID | None = None
) -> list[shown.Optimisation]:
    """The newest first."""
    who = actor(request)
    with tenant_scope(who.tenant_id):
        rows = queries.optimisations(tenant_id=who.tenant_id)
        if template is not None:
            rows = rows.filter(version__template_id=template)
        if instance is not None:
            rows = rows.filter(instance_id=instance)
        return [_shown(row) for row in rows[:_LISTED]]


@router.post("/optimisations", response={202: shown.Optimisation})
@needs(Right.DEPLOY, takes_limited_keys=False)
def ask_for_optimisation(request: HttpRequest, form: shown.OptimisationForm) -> Status[shown.Optimisation]:
    who = actor(request)
    with tenant_scope(who.tenant_id):
        asked = _asked(who, form)
        row = operations.ask(tenant_id=who.tenant_id, actor=who.name, asked=asked, now=clock.now())
        return Status(202, _shown(row))


@router.get("/optimisations/{uuid:optimisation_id}", response=shown.Optimisation)
@needs(Right.READ, takes_limited_keys=False)
def get_optimisation(request: HttpRequest, optimisation_id: UUID) -> shown.Optimisation:
    who = actor(request)
    with tenant_scope(who.tenant_id):
        return _shown(_find(who, optimisation_id))


@router.get("/optimisations/{uuid:optimisation_id}/tries", response=shown.TriesSoFar)
@needs(Right.READ, takes_limited_keys=False)
def get_tries_so_far(request: HttpRequest, optimisation_id: UUID) -> shown.TriesSoFar:
    """The best hundred of the tries that were made for it, while it goes on; the report has all."""
    who = actor(request)
    with tenant_scope(who.tenant_id):
        row = _find(who, optimisation_id)
        criterion = _criterion(searching.sought(row).search)
        best = queries.best_so_far(row, _SHOWN)
        luck = queries.luck_so_far(row, best[0] if best else None)
    return shown.TriesSoFar(
        rows=[
            shown.TryShown(inputs=one.inputs, value=criterion.of(one.figures).value, figures=one.figures)
            for one in best
        ],
        luck=shown.Luck.model_validate(luck),
    )


@router.get("/optimisations/{uuid:optimisation_id}/report", openapi_extra=_DOCUMENT)
@needs(Right.READ, takes_limited_keys=False)
def get_optimisation_report(request: HttpRequest, optimisation_id: UUID) -> HttpResponseBase:
    """The document with every try, as the command line writes it."""
    who = actor(request)
    with tenant_scope(who.tenant_id):
        document = operations.report_of(_find(who, optimisation_id))
    return HttpResponse(document, content_type="application/json")


@router.get("/optimisations/{uuid:optimisation_id}/report.html", openapi_extra=_PAGE)
@needs(Right.READ, takes_limited_keys=False)
def export_optimisation_page(request: HttpRequest, optimisation_id: UUID) -> HttpResponseBase:
    """The report as a page that needs nothing beside itself, to be kept or sent."""
    who = actor(request)
    with tenant_scope(who.tenant_id):
        row = _find(who, optimisation_id)
        page = as_page(_document(row))
    return _attached(page.encode(), "text/html; charset=utf-8", f"optimisation-{row.symbol}-{row.id}.html")


@router.get("/optimisations/{uuid:optimisation_id}/tries.csv", openapi_extra=_CSV)
@needs(Right.READ, takes_limited_keys=False)
def export_optimisation_tries(request: HttpRequest, optimisation_id: UUID) -> HttpResponseBase:
    """All tries, the best first: the inputs that were searched over, the criterion's value, the figures."""
    who = actor(request)
    with tenant_scope(who.tenant_id):
        row = _find(who, optimisation_id)
        document = _document(row)
    names = [one.name for one in document.dimensions]
    page = [
        {one.name: one.values[at] for one, at in zip(document.dimensions, line.at, strict=True)}
        | {"value": line.value, "error": line.error}
        | dict(zip(document.figures, line.figures, strict=False))
        for line in document.rows
    ]
    columns = (*names, "value", *document.figures, "error")
    body = b"".join(files.csv_pages(columns, [page]))
    return _attached(body, "text/csv; charset=utf-8", f"optimisation-{row.symbol}-{row.id}.csv")


@router.post("/optimisations/{uuid:optimisation_id}/cancel", response=shown.Optimisation)
@needs(Right.DEPLOY, takes_limited_keys=False)
def cancel_optimisation(request: HttpRequest, optimisation_id: UUID) -> shown.Optimisation:
    who, now = actor(request), clock.now()
    with tenant_scope(who.tenant_id):
        operations.cancel(tenant_id=who.tenant_id, optimisation_id=optimisation_id, actor=who.name, now=now)
        return _shown(_find(who, optimisation_id))


@router.delete("/optimisations/{uuid:optimisation_id}", response={204: None})
@needs(Right.DEPLOY, takes_limited_keys=False)
def delete_optimisation(request: HttpRequest, optimisation_id: UUID) -> Status[None]:
    who, now = actor(request), clock.now()
    with tenant_scope(who.tenant_id):
        operations.remove(tenant_id=who.tenant_id, optimisation_id=optimisation_id, actor=who.name, now=now)
    return Status(204, None)


def _find(who: Actor, optimisation_id: UUID) -> Optimisation:
    return queries.find(tenant_id=who.tenant_id, optimisation_id=optimisation_id)


def _document(row: Optimisation) -> Document:
    return msgspec.json.decode(operations.report_of(row), type=Document)


def _attached(body: bytes, kind: str, name: str) -> HttpResponse:
    response = HttpResponse(body, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _asked(who: Actor, form: shown.OptimisationForm) -> operations.Asked:
    ranges = [
        Range(name=one.name, begin=one.begin, end=one.end, step=one.step, values=one.values)
        for one in form.ranges
    ]
    search = Search(
        ranges=ranges,
        method=form.method,
        tries=form.tries,
        seed=form.seed,
        criterion=form.criterion,
        fewest_trades=form.fewest_trades,
        windows=form.windows,
        manner=form.manner,
        ratio=form.ratio,
    )
    return operations.Asked(backtests.wish_of(who, form), search)


def _criterion(search: Search) -> Criterion:
    return Criterion(search.criterion, fewest_trades=search.fewest_trades)


def _shown(row: Optimisation) -> shown.Optimisation:
    template, asked = row.version.template, searching.sought(row)
    plan = billing.plan_of(tenant_id=row.tenant_id)
    open_batches = queries.open_batches(row) if row.state == "running" else 0
    return shown.Optimisation(
        id=row.id,
        template_id=template.id,
        template_slug=template.slug,
        template_name=template.name,
        version=row.version.version,
        content_hash=row.content_hash,
        is_uploaded=bool(row.version.uploaded_by),
        instance_id=row.instance_id,
        instance_name=row.instance.name if row.instance else None,
        symbol=row.symbol,
        timeframe=row.timeframe,
        data=backtests.data_shown(asked.data),
        setup=backtests.setup_shown(asked.test),
        inputs=row.inputs,
        search=_search(asked.search),
        state=row.state,  # type: ignore[arg-type]
        done=row.done,
        total=row.total,
        made=row.made,
        seconds_left=batches.seconds_left(row, plan, open_batches),
        message=row.message,
        best=None if row.best is None else shown.TryShown.model_validate(row.best),
        luck=None if row.luck is None else shown.Luck.model_validate(row.luck),
        plateau=None if row.plateau is None else shown.Plateau.model_validate(row.plateau),
        asked_by=row.asked_by,
        created_at=row.created_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
    )


def _search(search: Search) -> shown.OptimisationSearch:
    criterion = _criterion(search)
    return shown.OptimisationSearch(
        ranges=[
            shown.InputRange.model_validate(
                {"name": one.name, "from": one.begin, "to": one.end, "step": one.step, "values": one.values}
            )
            for one in search.ranges
        ],
        method=search.method,
        tries=search.tries,
        seed=search.seed,
        criterion=search.criterion,
        criterion_title=criterion.title,
        is_less_better=criterion.is_less_better,
        fewest_trades=search.fewest_trades,
        windows=search.windows,
        manner=search.manner,
        ratio=search.ratio,
    )
