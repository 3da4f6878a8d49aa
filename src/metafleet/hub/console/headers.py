"""What every reply tells the browser about itself, beside the Content-Security-Policy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from django.http import HttpRequest, HttpResponse

Handler = Callable[[HttpRequest], HttpResponse]

_NEEDS_NOTHING: Final = ", ".join(
    f"{device}=()"
    for device in ("camera", "display-capture", "geolocation", "microphone", "payment", "serial", "usb")
)
"""Passkeys (publickey-credentials-*) and the clipboard stay as browsers have them."""


def ReplyHeaders(get_response: Handler) -> Handler:  # noqa: N802 - named in settings like a class
    """Keep replies out of caches and other sites' pages, and devices out of ours.

    What says itself how long it is kept is left alone.
    """

    def handle(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response["Permissions-Policy"] = _NEEDS_NOTHING
        response["Cross-Origin-Resource-Policy"] = "same-origin"
        response.setdefault("Cache-Control", "no-store")
        return response

    return handle
