"""What every reply carries."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed

from metafleet.hub.console.key_quota import Quota
from metafleet.hub.console.policy import POLICY, policy
from metafleet.hub.console.problems import problem
from metafleet.hub.kernel import origin
from metafleet.hub.kernel.tenancy import limits_kept_apart

Handler = Callable[[HttpRequest], HttpResponse]

_PROBES = frozenset({"/health", "/ready"})
"""Probes come by any name or number, and learn nothing."""
_STRANGE_HOST = (
    "This server does not answer to that host name. "
    "Whoever runs it can add the name to METAFLEET_ALLOWED_HOSTS."
)


def RequestId(get_response: Handler) -> Handler:  # noqa: N802 - named in settings like a class
    """Give each request an id that the reply, its problem document, the log and the record share.

    Also refuse a host name that is not ours: Django looks at it only where somebody asks for it.
    """

    def handle(request: HttpRequest) -> HttpResponse:
        request.request_id = secrets.token_hex(8)  # type: ignore[attr-defined]
        is_served = request.path in _PROBES or _is_ours(request)
        with origin.coming_from(_origin(request)):
            response = get_response(request) if is_served else problem(request, 400, _STRANGE_HOST)
        response["X-Request-Id"] = request.request_id  # type: ignore[attr-defined]
        return response

    return handle


def _origin(request: HttpRequest) -> origin.Origin:
    return origin.Origin(
        via="web",
        address=str(request.META.get("REMOTE_ADDR", "")),
        user_agent=_printable(request.headers.get("User-Agent", "")),
        request_id=request.request_id,  # type: ignore[attr-defined]
    )


def _printable(text: str) -> str:
    return "".join(mark for mark in text if mark.isprintable())[: origin.MOST_OF_AGENT]


def _is_ours(request: HttpRequest) -> bool:
    try:
        request.get_host()
    except DisallowedHost:
        return False
    return True


def MethodNotAllowed(get_response: Handler) -> Handler:  # noqa: N802 - named in settings like a class
    """Make a problem of the bare 405 that ninja answers without asking its exception handlers."""

    def handle(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if not isinstance(response, HttpResponseNotAllowed):
            return response
        allowed = response["Allow"]
        response = problem(request, 405, f"This address takes {allowed}, and not {request.method}.")
        response["Allow"] = allowed
        return response

    return handle


def ApiKeys(get_response: Handler) -> Handler:  # noqa: N802 - named in settings like a class
    """Say what is left of a key's requests, and keep its limits from whatever is asked next."""

    def handle(request: HttpRequest) -> HttpResponse:
        with limits_kept_apart():
            response = get_response(request)
        quota: Quota | None = getattr(request, "quota", None)
        for name, value in quota.headers().items() if quota else ():
            response[name] = value
        return response

    return handle


def ContentSecurityPolicy(get_response: Handler) -> Handler:  # noqa: N802 - named in settings like a class
    """Give every reply the policy; the app's page has one of its own."""

    def handle(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.setdefault(POLICY, policy())
        return response

    return handle
