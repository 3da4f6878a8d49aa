"""`python -m metafleet.hub.config.judge`: judge until SIGTERM or SIGINT."""

from __future__ import annotations

import os
import signal
import sys
import threading

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "metafleet.hub.config.settings")


def main() -> int:
    """Judge, and return the process's exit code."""
    django.setup()
    from metafleet.hub.config import celery, models_watched
    from metafleet.hub.monitor.judge.process import run

    celery.app.set_default()  # what nudges are sent by
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    run(stop, models_watched.models)
    return 0


if __name__ == "__main__":
    sys.exit(main())
