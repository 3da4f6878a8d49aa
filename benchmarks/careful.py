"""A careful Django view of a heartbeat: no middleware, a pooled connection, one statement, one commit each.

What `benchmarks/gateway.py` compares with: `uvicorn benchmarks.careful:app`.
"""

from __future__ import annotations

import json

import django
from django.conf import settings

django.setup()
settings.MIDDLEWARE = []
settings.ROOT_URLCONF = "benchmarks.careful"

from django.core.asgi import get_asgi_application  # noqa: E402
from django.db import connection  # noqa: E402
from django.http import HttpRequest, JsonResponse  # noqa: E402
from django.urls import path  # noqa: E402

from metafleet.hub.fleet import tokens  # noqa: E402
from metafleet.hub.kernel import clock  # noqa: E402

_STATEMENT = "SELECT known FROM gateway_beats(%s::jsonb, NULL, %s)"


def heartbeat(request: HttpRequest) -> JsonResponse:
    """Check the token, write the heartbeat, answer after the commit."""
    now = clock.now()
    token = tokens.read(request.headers["Authorization"].removeprefix("Bearer "), now=now)
    said = json.loads(request.body)
    account = said["accountInfo"]
    row = {
        "i": 0,
        "t": str(token.terminal_id),
        "v": token.version,
        "p": said["protocol"],
        "balance": account["balance"],
        "equity": account["equity"],
        "margin": account["margin"],
        "free": account["freeMargin"],
        "positions": said["openPositions"],
    }
    with connection.cursor() as cursor:
        cursor.execute(_STATEMENT, [json.dumps([row]), now])
        found = cursor.fetchone()
    if found is None:
        return JsonResponse({"success": False}, status=401)
    return JsonResponse({"success": True, "serverTime": now.isoformat(), "knownDealTicket": found[0]})


urlpatterns = [path("webhook/terminal/heartbeat", heartbeat), path("ready", lambda _: JsonResponse({}))]
app = get_asgi_application()
