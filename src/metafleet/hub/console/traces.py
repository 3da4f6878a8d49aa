"""A request's span. In the chain of middleware only where traces are on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from django.http import HttpRequest, HttpResponse

from metafleet.hub.kernel import origin, traced_sql, tracing

Handler = Callable[[HttpRequest], HttpResponse]

_NOT_TRACED: Final = ("/assets/", "/health", "/ready", "/api/spans")


def Traced(get_response: Handler) -> Handler:  # noqa: N802 - named in settings like a class
    """Go on with the caller's trace; say in `traceresponse` that it is kept, so that they tell their part."""

    def handle(request: HttpRequest) -> HttpResponse:
        if request.path.startswith(_NOT_TRACED):
            return get_response(request)
        parent = request.headers.get(tracing.TRACEPARENT, "")
        with traced_sql.work(str(request.method), "server", parent=parent) as span:
            response = get_response(request)
            if span.is_kept:
                _describe(span, request, response)
                response["traceresponse"] = tracing.current()
        return response

    return handle


def _describe(span: tracing.Span, request: HttpRequest, response: HttpResponse) -> None:
    route = request.resolver_match.route if request.resolver_match else ""
    whence = origin.current()
    span.name(f"{request.method} /{route}")
    span.note(
        {
            "http.route": f"/{route}",
            "http.response.status_code": response.status_code,
            "metafleet.request.id": whence.request_id,
            "metafleet.tenant.id": whence.tenant_id,
        }
    )
    if response.status_code >= 500:
        span.fail(f"answered {response.status_code}")
