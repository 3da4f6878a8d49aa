"""A line of the log for every request that was refused, so that who tries doors is seen."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from typing import Any, Final, cast

from django.http import HttpRequest, HttpResponse

Handler = Callable[[HttpRequest], HttpResponse]

_TOLD: Final = frozenset({400, 401, 403, 404, 405, 413, 429})
_KEY: Final = re.compile(r"(?<=/)(?![0-9a-f-]{36}(?:/|$))[^/]{20,}")
"""What may be a page's key or an invitation's token: as long as one, and no id."""
_log = logging.getLogger("metafleet.console")


def RefusalLog(get_response: Handler) -> Handler:  # noqa: N802 - named in settings like a class
    """Log what was asked, by whom and from where: never a body, a query, a cookie or a page's key."""

    def handle(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if response.status_code in _TOLD and _log.isEnabledFor(logging.INFO):
            _log.info(
                "id=%s %s %s %d user=%s address=%s",
                *(cast(Any, request).request_id, request.method, _KEY.sub("…", request.path)[:200]),
                *(response.status_code, _who(request), request.META.get("REMOTE_ADDR", "-")),
            )
        return response

    return handle


def _who(request: HttpRequest) -> str:
    """Return the person's id where somebody has asked for it: nobody is looked up for the log's sake."""
    user = getattr(request, "_cached_user", None)
    return str(user.pk) if user is not None and user.pk else "-"
