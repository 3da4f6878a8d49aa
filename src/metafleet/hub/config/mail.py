"""How mails leave, from one address of a server."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from metafleet.hub.config import env

URL = env.secret_or("METAFLEET_EMAIL_URL", "")
_PORTS = {"smtp": 587, "smtps": 465}
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_EXPECTED = "like smtp://name:password@mail.example.com:587 or smtps://…"


def settings(url: str) -> dict[str, Any]:
    """Return Django's settings of mail. Raises SettingRefused for what is no address of a mail server.

    Without one, mails are written into files. smtp:// goes on only once the server speaks TLS
    (STARTTLS), unless it is on this machine or the address ends in `?starttls=no`.
    """
    if not url:
        return {"EMAIL_BACKEND": "django.core.mail.backends.filebased.EmailBackend"}
    parts = urlsplit(url)
    if parts.scheme not in _PORTS or not parts.hostname:
        raise env.SettingRefused("METAFLEET_EMAIL_URL", _EXPECTED, f"{parts.scheme}://…")
    is_plain = parts.hostname in _LOOPBACK or parse_qs(parts.query).get("starttls") == ["no"]
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or _PORTS[parts.scheme],
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_USE_TLS": parts.scheme == "smtp" and not is_plain,
        "EMAIL_TIMEOUT": 10,  # seconds; somebody waits for the answer
    }


def sender(url: str) -> str:
    """Return whom mails come from. Raises SettingRefused where a server is to send them and none is named."""
    address = env.text("METAFLEET_EMAIL_FROM", "" if url else "metafleet <metafleet@localhost>")
    if not address:
        raise env.SettingRefused("METAFLEET_EMAIL_FROM", "set beside METAFLEET_EMAIL_URL", "")
    return address
