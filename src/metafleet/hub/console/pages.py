"""The React app, and whether this process serves."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse

from metafleet.hub.console.problems import problem


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
    response = HttpResponse(index.read_bytes(), content_type="text/html; charset=utf-8")
    response["Cache-Control"] = "no-cache"
    return response


def missing(request: HttpRequest, **_: str) -> HttpResponse:
    return problem(request, 404, "There is nothing at this address of the API.")


def health(request: HttpRequest) -> HttpResponse:
    """200 while this process and its database answer."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return problem(request, 503, "The database does not answer.")
    return JsonResponse({"status": "ok"})
