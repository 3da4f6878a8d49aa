"""allauth's API for browsers, each call of it one transaction, and the way back from the provider."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from functools import wraps

from allauth.headless.constants import Client
from allauth.headless.urls import build_urlpatterns
from django.core.exceptions import RequestDataTooBig
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, include, path

from metafleet.hub.console.bodies import JsonBodies
from metafleet.hub.console.problems import problem
from metafleet.hub.console.sign_in import oidc
from metafleet.hub.kernel.errors import Refused

_log = logging.getLogger(__name__)
View = Callable[..., HttpResponse]
_AT_ONCE = "Somebody did the same just now. Reload the page and try again."


def _guarded(view: View) -> View:
    """Refuse a body as the console API does, and keep a deed and its audit entry in one transaction.

    Of two sign-ups of one address at once the second is tried again, and finds it taken. What a
    browser never sends as a passkey, fido2 takes apart without looking first.
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if refusal := _refusal_of_body(request):
            return refusal
        for _ in range(2):
            try:
                with transaction.atomic():
                    return view(request, *args, **kwargs)
            except IntegrityError:
                continue
            except (KeyError, TypeError, ValueError):
                if "/webauthn" not in request.path or request.method == "GET":
                    raise
                _log.info("a passkey could not be read", exc_info=True)
                return problem(request, 400, "This is no passkey that can be read. Try again.")
        return problem(request, 409, _AT_ONCE)

    return guarded


def _refusal_of_body(request: HttpRequest) -> HttpResponse | None:
    try:
        if request.body:
            JsonBodies().parse_body(request)
    except RequestDataTooBig:
        return problem(request, 413, "A request may have at most 1 MiB.")
    except Refused as error:
        return problem(request, error.status, error.detail, error.faults)
    except (ValueError, RecursionError):
        return problem(request, 400, "The request is no JSON.")
    return None


def _guard(entries: Iterable[URLPattern | URLResolver]) -> None:
    for entry in entries:
        if isinstance(entry, URLPattern):
            entry.callback = _guarded(entry.callback)
        else:
            _guard(entry.url_patterns)


_browser = build_urlpatterns(Client.BROWSER)
_guard(_browser)

urlpatterns = [
    path("_allauth/browser/", include((_browser, "headless"), namespace="browser")),
    path("sign-in/oidc/callback", oidc.callback, name="oidc_callback"),
]
