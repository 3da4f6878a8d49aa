"""Errors as RFC 9457 problem details: a sentence for people, pointers for forms."""

from __future__ import annotations

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse

from metafleet.hub.console.schemas import Problem, ProblemItem
from metafleet.hub.kernel.errors import Fault


def problem(request: HttpRequest, status: int, detail: str, faults: tuple[Fault, ...] = ()) -> HttpResponse:
    """Return the problem document for this request."""
    document = Problem(
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        instance=getattr(request, "request_id", ""),
        errors=[ProblemItem(pointer=fault.pointer, detail=fault.detail) for fault in faults],
    )
    return HttpResponse(
        document.model_dump_json(by_alias=True), status=status, content_type="application/problem+json"
    )


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django's signature
    return problem(request, 400, "The request is malformed.")


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django's signature
    return problem(request, 403, "This is not allowed.")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django's signature
    return problem(request, 404, "There is nothing at this address.")


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer what nobody expected; whoever runs the platform finds its cause by the id in the log."""
    return problem(request, 500, "Something went wrong on our side. Try again in a moment.")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 - Django's signature
    return problem(request, 403, "This page is out of date. Reload it and try again.")
