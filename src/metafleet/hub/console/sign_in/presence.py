"""When a session was last seen, and from where, for the list that its person looks at; and its end unseen."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Final

from allauth.usersessions.models import UserSession
from django.contrib.auth import logout
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse

from metafleet.hub.kernel import clock

IDLE: Final = timedelta(days=4)
"""Longer than a weekend, when markets are closed and nobody looks."""
_APART_S = 60
"""A screen asks many times a minute; one row a minute tells enough."""
_OURS = ("/api/", "/_allauth/")


def Presence(  # noqa: N802 - named in settings like a class
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    def handle(request: HttpRequest) -> HttpResponse:
        if request.path.startswith(_OURS) and request.user.is_authenticated:
            _see(request)
        return get_response(request)

    return handle


def _see(request: HttpRequest) -> None:
    key = request.session.session_key
    if not key or not cache.add("seen:" + hashlib.sha256(key.encode()).hexdigest(), "", timeout=_APART_S):
        return
    if UserSession.objects.filter(session_key=key, last_seen_at__lt=clock.now() - IDLE).exists():
        logout(request)
    else:
        UserSession.objects.create_from_request(request)
