"""The API object: routers, and how errors become problem documents."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.openapi.docs import DocsBase

from metafleet.hub.console.access import SessionActor
from metafleet.hub.console.api import accounts, auth, catalogue, instances, journal
from metafleet.hub.console.problems import problem
from metafleet.hub.kernel.errors import Fault, Refused, Throttled


class _NoDocs(DocsBase):
    """The reference is in docs/; the pages that ninja ships load scripts from elsewhere."""

    def render_page(self, request: HttpRequest, api: NinjaAPI, **kwargs: Any) -> HttpResponse:  # noqa: ARG002
        return problem(request, 404, "The API's reference is in the documentation.")


api = NinjaAPI(
    title="metafleet console API",
    version="1",
    auth=SessionActor(),
    docs=_NoDocs(),
    docs_url=None,
)
api.add_router("", auth.router, tags=["people"])
api.add_router("", accounts.router, tags=["accounts"])
api.add_router("", catalogue.router, tags=["catalogue"])
api.add_router("", instances.router, tags=["instances"])
api.add_router("", journal.router, tags=["journal"])


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
def _signed_out(request: HttpRequest, error: AuthenticationError) -> HttpResponse:  # noqa: ARG001
    return problem(request, 401, "You are signed out. Sign in and try again.")


@api.exception_handler(HttpError)
def _other(request: HttpRequest, error: HttpError) -> HttpResponse:
    detail = (
        "This page is out of date. Reload it and try again." if error.status_code == 403 else error.message
    )
    return problem(request, error.status_code, detail)


def _pointer(location: tuple[Any, ...]) -> str:
    """Drop ninja's ("body", parameter name): what is left is the path into the body."""
    path = location[2:] if location and location[0] == "body" else location[1:]
    return "/" + "/".join(str(part) for part in path)
