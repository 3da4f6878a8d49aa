"""The web process: Django over HTTP, the live stream over WebSocket."""

from __future__ import annotations

import os
from typing import cast

from django.core.asgi import get_asgi_application
from starlette.applications import Starlette
from starlette.routing import Mount, WebSocketRoute
from starlette.types import ASGIApp

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "metafleet.hub.config.settings")
_django = cast(ASGIApp, get_asgi_application())

from metafleet.hub.config import celery  # noqa: E402 - models can be loaded from here on
from metafleet.hub.console.live import stream  # noqa: E402
from metafleet.hub.console.uploads import Uploads  # noqa: E402

celery.app.set_default()  # what nudges are sent by

app = Starlette(routes=[WebSocketRoute("/live", stream), Mount("/", app=Uploads(_django))])
