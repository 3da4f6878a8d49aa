"""Which addresses take a large file: everywhere else a request has at most 1 MiB."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from django.http import HttpRequest, HttpResponse

from metafleet.hub.console.problems import problem

Handler = Callable[[HttpRequest], HttpResponse]

_MIB: Final = 1024 * 1024
_AROUND: Final = 64 * 1024
"""Bytes that a form has around its file."""
_TAKES: Final = (
    (re.compile(r"/api/accounts/[0-9a-f-]{36}/imports"), 10),
    (re.compile(r"/api/trades/[0-9a-f-]{36}/screenshots"), 3),
)
"""Addresses, and the most MiB of the file that each takes."""


def Uploads(get_response: Handler) -> Handler:  # noqa: N802 - named in settings like a class
    """Refuse a file that is too large for its address before it is taken apart.

    Django's own limit is for the fields of a form and not for its files.
    """

    def handle(request: HttpRequest) -> HttpResponse:
        if request.content_type == "multipart/form-data" and (refused := _refused(request)) is not None:
            return refused
        return get_response(request)

    return handle


def _refused(request: HttpRequest) -> HttpResponse | None:
    most = next((size for address, size in _TAKES if address.fullmatch(request.path)), None)
    length = request.headers.get("Content-Length") or "0"
    size = int(length) if length.isdecimal() and len(length) < 20 else 2**63
    if most is None:
        return problem(request, 413, "A request may have at most 1 MiB.") if size > _MIB else None
    if size > most * _MIB + _AROUND:
        return problem(request, 413, f"The file may have at most {most} MiB.")
    return None
