"""The API object: routers, and how errors become problem documents."""

from __future__ import annotations

import logging
from typing import Any

from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.db import ProgrammingError
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.openapi.docs import DocsBase
from ninja.openapi.schema import OpenAPISchema
from psycopg.errors import InsufficientPrivilege

from metafleet.hub.console.access import NOT_LIMITED, nobody
from metafleet.hub.console.api import (
    accounts,
    audit,
    auth,
    backtests,
    billing,
    board,
    board_acts,
    catalogue,
    channels,
    commands,
    costs,
    exports,
    exposure,
    failed,
    fleet,
    history,
    imports,
    incidents,
    instances,
    journal,
    keys,
    kill_switch,
    limits,
    machines,
    maintenance,
    markets,
    models,
    objectives,
    operator,
    optimisations,
    people,
    programmes,
    receipts,
    recommendations,
    releases,
    reviews,
    rollouts,
    roster,
    rules,
    shares,
    signals,
    spans,
    statistics,
    status_pages,
    support,
    terminals,
    trades,
    weekly_reports,
)
from metafleet.hub.console.bodies import JsonBodies
from metafleet.hub.console.problems import problem, server_error
from metafleet.hub.console.schemas import Problem
from metafleet.hub.kernel.errors import Fault, Refused, Throttled
from metafleet.hub.kernel.tenancy import is_limited

_log = logging.getLogger(__name__)
_COMPONENT = "#/components/schemas/{model}"
_REFUSED = {"$ref": "#/components/responses/Problem"}


class _NoDocs(DocsBase):
    """The reference is in docs/; the pages that ninja ships load scripts from elsewhere."""

    def render_page(self, request: HttpRequest, api: NinjaAPI, **kwargs: Any) -> HttpResponse:  # noqa: ARG002
        return problem(request, 404, "The API's reference is in the documentation.")


class _ConsoleApi(NinjaAPI):
    """Every address may answer a problem instead; ninja describes only what a view returns."""

    def get_openapi_schema(self, **options: Any) -> OpenAPISchema:
        document = super().get_openapi_schema(**options)
        shape = Problem.model_json_schema(ref_template=_COMPONENT, mode="serialization")
        document["components"]["schemas"] |= {**shape.pop("$defs"), "Problem": shape}
        answer = {"schema": {"$ref": _COMPONENT.format(model="Problem")}}
        refused = {"description": "A problem document", "content": {"application/problem+json": answer}}
        document["components"]["responses"] = {"Problem": refused}
        for operations in document["paths"].values():
            for operation in operations.values():
                operation["responses"] |= dict.fromkeys(("4XX", "5XX"), _REFUSED)
        return document


api = _ConsoleApi(
    title="metafleet console API",
    version="1",
    auth=nobody,
    parser=JsonBodies(),
    docs=_NoDocs(),
    docs_url=None,
)
api.add_router("", auth.router, tags=["people"])
api.add_router("", accounts.router, tags=["accounts"])
api.add_router("", board.router, tags=["board"])
api.add_router("", limits.router, tags=["board"])
api.add_router("", board_acts.router, tags=["board"])
api.add_router("", exposure.router, tags=["board"])
api.add_router("", markets.router, tags=["markets"])
api.add_router("", catalogue.router, tags=["catalogue"])
api.add_router("", backtests.router, tags=["backtests"])
api.add_router("", recommendations.router, tags=["recommendations"])
api.add_router("", optimisations.router, tags=["backtests"])
api.add_router("", billing.router, tags=["billing"])
api.add_router("", fleet.router, tags=["instances"])
api.add_router("", instances.router, tags=["instances"])
api.add_router("", receipts.router, tags=["instances"])
api.add_router("", history.router, tags=["records"])
api.add_router("", journal.router, tags=["journal"])
api.add_router("", audit.router, tags=["audit"])
api.add_router("", kill_switch.router, tags=["kill switch"])
api.add_router("", terminals.router, tags=["terminals"])
api.add_router("", machines.router, tags=["machines"])
api.add_router("", commands.router, tags=["commands"])
api.add_router("", spans.router, tags=["traces"])
api.add_router("", failed.router, tags=["failed items"])
api.add_router("", imports.router, tags=["imports"])
# The export's address is a word where a trade's has its id: it is looked at first.
api.add_router("", exports.router, tags=["journal"])
api.add_router("", trades.router, tags=["journal"])
api.add_router("", reviews.router, tags=["journal"])
api.add_router("", statistics.router, tags=["journal"])
api.add_router("", shares.router, tags=["shares"])
api.add_router("", keys.router, tags=["API keys"])
api.add_router("", incidents.router, tags=["Alerts"])
api.add_router("", rules.router, tags=["Alerts"])
api.add_router("", maintenance.router, tags=["Alerts"])
api.add_router("", channels.router, tags=["Alerts"])
api.add_router("", programmes.router, tags=["Alerts"])
api.add_router("", status_pages.router, tags=["Alerts"])
api.add_router("", weekly_reports.router, tags=["Alerts"])
api.add_router("", people.router, tags=["people"])
api.add_router("", support.router, tags=["support"])
api.add_router("", operator.router, tags=["operator"])
api.add_router("", objectives.router, tags=["operator"])
api.add_router("", roster.router, tags=["operator"])
api.add_router("", releases.router, tags=["EA releases"])
api.add_router("", rollouts.router, tags=["operator"])
api.add_router("", costs.router, tags=["people"])
api.add_router("", models.router, tags=["models"])
api.add_router("", signals.router, tags=["signals"])


@api.exception_handler(Refused)
def _refused(request: HttpRequest, error: Refused) -> HttpResponse:
    response = problem(request, error.status, error.detail, error.faults)
    if isinstance(error, Throttled):
        response["Retry-After"] = str(error.retry_after_s)
    return response


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    faults = tuple(Fault(_pointer(item["loc"]), str(item["msg"])) for item in error.errors)
    detail = "; ".join(f"{fault.pointer}: {fault.detail}" for fault in faults) or "The request is malformed."
    return problem(request, 400, detail, faults)


@api.exception_handler(AuthenticationError)
def _signed_out(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    return problem(request, 401, "You are signed out. Sign in and try again.")


@api.exception_handler(HttpError)
def _other(request: HttpRequest, error: HttpError) -> HttpResponse:
    if isinstance(error.__cause__, Refused):  # ninja wraps what its parser raises
        return _refused(request, error.__cause__)
    detail = (
        "This page is out of date. Reload it and try again." if error.status_code == 403 else error.message
    )
    return problem(request, error.status_code, detail)


@api.exception_handler(RequestDataTooBig)
def _too_big(request: HttpRequest, error: RequestDataTooBig) -> HttpResponse:
    return problem(request, 413, "A request may have at most 1 MiB.")


@api.exception_handler(MultiPartParserError)
@api.exception_handler(SuspiciousOperation)
@api.exception_handler(BadRequest)
def _malformed(request: HttpRequest, error: Exception) -> HttpResponse:
    """A form that cannot be taken apart, or has more fields or files than anybody would fill in."""
    detail = "The request cannot be taken apart. Send at most 1,000 fields, and a file as a multipart form."
    return problem(request, 400, detail)


@api.exception_handler(ProgrammingError)
def _beyond_limits(request: HttpRequest, error: ProgrammingError) -> HttpResponse:
    """What a limited key may not touch, the database has refused."""
    if is_limited() and isinstance(error.__cause__, InsufficientPrivilege):
        return problem(request, 403, NOT_LIMITED)
    return _unexpected(request, error)


@api.exception_handler(Exception)
def _unexpected(request: HttpRequest, error: Exception) -> HttpResponse:
    request_id = getattr(request, "request_id", "")
    _log.error("%s %s failed, request %s", request.method, request.path, request_id, exc_info=error)
    return server_error(request)


def _pointer(location: tuple[Any, ...]) -> str:
    """Drop ninja's ("body", parameter name): what is left is the path into the body."""
    path = location[2:] if location and location[0] == "body" else location[1:]
    return "/" + "/".join(str(part) for part in path)
