"""The Celery application. Tasks are nudges: rows say what is due."""

from __future__ import annotations

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "metafleet.hub.config.settings")

app = Celery("metafleet")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["metafleet.hub.fleet", "metafleet.hub.journal"])
app.autodiscover_tasks(["metafleet.hub.monitor"], related_name="sending")
