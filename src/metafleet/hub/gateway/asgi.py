"""The gateway process: `uvicorn metafleet.hub.gateway.asgi:app`. Django's settings, but no Django."""

from __future__ import annotations

import logging.config
import os

from metafleet.hub.gateway import configuration, nudger
from metafleet.hub.gateway.application import build
from metafleet.hub.kernel import tracing

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "metafleet.hub.config.settings")


def _configure() -> configuration.Configuration:
    from django.conf import settings

    logging.config.dictConfig(settings.LOGGING)
    tracing.start("metafleet-gateway")
    return configuration.from_settings()


app = build(_configure, nudger.celery_sender)
