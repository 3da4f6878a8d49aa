"""The web process: Django over HTTP, the live stream over WebSocket."""

from __future__ import annotations

import os
from typing import cast

from django.core.asgi import get_asgi_application
from starlette.applications import Starlette
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.types import ASGIApp

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "metafleet.hub.config.settings")
_django = cast(ASGIApp, get_asgi_application())

from metafleet.hub.config import celery  # noqa: E402 - models can be loaded from here on
from metafleet.hub.console.live import stream  # noqa: E402
from metafleet.hub.console.metrics import Counted, get_metrics  # noqa: E402
from metafleet.hub.console.objectives import counting  # noqa: E402
from metafleet.hub.console.uploads import Uploads  # noqa: E402
from metafleet.hub.kernel import tracing  # noqa: E402

celery.app.set_default()  # what nudges are sent by
tracing.start("metafleet-web")

app = Starlette(
    routes=[
        WebSocketRoute("/live", stream),
        Route("/metrics", get_metrics),
        Mount("/", app=Counted(Uploads(_django))),
    ],
    lifespan=counting,
)
