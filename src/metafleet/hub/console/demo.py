"""The demo tenant's sign-in, kept in the data folder so that the screen can offer it.

It is offered only where the platform listens on this machine alone.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from django.conf import settings

LOOPBACK = {"127.0.0.1", "localhost", "::1"}
DEMO_EMAIL = "demo@metafleet.local"


def credentials_file() -> Path:
    return Path(settings.DATA_DIR) / "demo.json"


@cache
def credentials() -> tuple[str | None, str | None]:
    """Return the demo's (e-mail, password), or (None, None) where there is no demo."""
    if not settings.DEMO or settings.HOST not in LOOPBACK or not credentials_file().is_file():
        return None, None
    document = json.loads(credentials_file().read_text(encoding="utf-8"))
    return document["email"], document["password"]
