"""The React app."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from metafleet.hub.console.policy import POLICY, policy
from metafleet.hub.console.problems import problem

NONCE_PLACE: Final = "style-nonce"
"""Where the page's first script finds the nonce, in frontend/index.html."""


def app(request: HttpRequest, **_: str) -> HttpResponse:
    """Serve the app's one page for every address that is a screen."""
    index = Path(settings.APP_DIR) / "index.html"
    if request.method not in {"GET", "HEAD"}:
        return problem(request, 405, "Only the API takes this kind of request.")
    if not index.is_file():
        return HttpResponse(
            "The screens are not built. Run `make run`, or `npm ci && npm run build` in frontend/.",
            status=503,
            content_type="text/plain",
        )
    nonce = secrets.token_urlsafe(16)
    page = index.read_text(encoding="utf-8").replace(NONCE_PLACE, nonce)
    response = HttpResponse(page, content_type="text/html; charset=utf-8")
    response["Cache-Control"] = "no-cache"
    response[POLICY] = policy(nonce)
    return response


@csrf_exempt
def elsewhere(request: HttpRequest, **_: str) -> HttpResponse:
    """Tell a terminal that was given the screens' address. Where a proxy serves both, none comes here."""
    return problem(
        request, 404, f"Terminals speak to the gateway, not to the screens: {settings.GATEWAY_URL}"
    )


def missing(request: HttpRequest, **_: str) -> HttpResponse:
    return problem(request, 404, "There is nothing at this address of the API.")
