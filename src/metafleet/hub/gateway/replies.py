"""What every reply looks like: JSON, a request id, and problem details for a refusal."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Final

import msgspec

from metafleet.hub.gateway.errors import Unavailable
from metafleet.hub.gateway.http import PROBLEM, Response
from metafleet.hub.kernel.errors import Refused, Throttled
from metafleet.wire import messages

_ENCODER: Final = msgspec.json.Encoder()
_SUCCESS: Final = re.compile("success", re.IGNORECASE)


def reply(message: messages.Message) -> Response:
    """Return 200 with the message."""
    return Response(_ENCODER.encode(message))


def refusal(refused: Refused, request_id: str) -> Response:
    """Return the refusal's problem document, with the headers that its status wants."""
    faults = [messages.ProblemItem(pointer=calm(f.pointer), detail=calm(f.detail)) for f in refused.faults]
    response = problem(refused.status, refused.detail, request_id, faults)
    if isinstance(refused, Throttled | Unavailable):
        response.headers.append((b"retry-after", b"%d" % refused.retry_after_s))
    if refused.status == HTTPStatus.UNAUTHORIZED:
        response.headers.append((b"www-authenticate", b"Bearer"))
    return response


def problem(
    status: int, detail: str, request_id: str, faults: list[messages.ProblemItem] | None = None
) -> Response:
    document = messages.Problem(
        title=HTTPStatus(status).phrase,
        status=status,
        detail=calm(detail),
        instance=request_id,
        errors=faults or [],
    )
    return Response(_ENCODER.encode(document), status=status, content_type=PROBLEM)


def calm(text: str) -> str:
    """Version-1 clients look for one word anywhere in a reply: a refusal must not bring it, even quoted."""
    return _SUCCESS.sub("s…", text)
