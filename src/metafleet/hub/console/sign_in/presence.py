"""When a session was last seen, and from where, for the list that its person looks at."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from allauth.usersessions.models import UserSession
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse

_APART_S = 60
"""A screen asks many times a minute; one row a minute tells enough."""


def Presence(  # noqa: N802 - named in settings like a class
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    def handle(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if request.path.startswith("/api/") and request.user.is_authenticated:
            _see(request)
        return response

    return handle


def _see(request: HttpRequest) -> None:
    key = request.session.session_key
    if key and cache.add("seen:" + hashlib.sha256(key.encode()).hexdigest(), "", timeout=_APART_S):
        UserSession.objects.create_from_request(request)
