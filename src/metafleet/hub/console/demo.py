"""The demo tenant's sign-in, kept in the data folder so that the screen can offer it.

It is offered only where the platform listens on this machine alone, and only to who
came by this machine's own name: a tunnel or proxy in front of it brings strangers.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest
from django.http.request import split_domain_port

LOOPBACK = {"127.0.0.1", "localhost", "::1"}
DEMO_EMAIL = "demo@metafleet.local"


def credentials_file() -> Path:
    return Path(settings.DATA_DIR) / "demo.json"


def offered_to(request: HttpRequest) -> tuple[str | None, str | None]:
    """Return the demo's (e-mail, password) for a visitor at this machine, else (None, None)."""
    name, _ = split_domain_port(request.get_host())
    return credentials() if name.strip("[]") in LOOPBACK else (None, None)


@cache
def credentials() -> tuple[str | None, str | None]:
    """Return the demo's (e-mail, password), or (None, None) where there is no demo."""
    if not settings.DEMO or settings.HOST not in LOOPBACK or not credentials_file().is_file():
        return None, None
    document = json.loads(credentials_file().read_text(encoding="utf-8"))
    return document["email"], document["password"]
