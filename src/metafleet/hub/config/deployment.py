"""What is unsafe about an installation that strangers can reach, and how to mend each of it.

`metafleet check --deploy` tells; with METAFLEET_PRODUCTION the installation does not start on any of it.
"""

from __future__ import annotations

import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

SHORTEST_SECRET: Final = 32
"""Characters; 128 bits even of hexadecimal digits."""
_ENCRYPTING: Final = {"require", "verify-ca", "verify-full"}
_HERE: Final = {"", "localhost"}


@dataclass(frozen=True, slots=True)
class Finding:
    """`setting` is the variable to look at; `problem` and `mend` are a sentence each."""

    setting: str
    problem: str
    mend: str


def of_settings(settings: Any, environ: Mapping[str, str]) -> list[Finding]:
    """Return what is unsafe in Django's settings and the environment; [] when nothing is."""
    return [
        *_of_pages(settings),
        *_of_addresses(settings, environ),
        *_of_secrets(settings),
        *_of_sign_in(settings),
        *_of_servers(settings),
    ]


def of_database(connection: Any) -> list[Finding]:
    """Return what the role that the processes work under may do and must not, as the database says."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolsuper OR rolbypassrls, pg_has_role(session_user, relowner, 'MEMBER') "
            "FROM pg_roles, pg_class WHERE rolname = session_user AND relname = 'identity_tenant'"
        )
        sees_all, is_owner = cursor.fetchone()
    if not sees_all and not is_owner:
        return []
    may = "sees every tenant's rows" if sees_all else "may become the owner of the tables"
    return [
        Finding(
            "METAFLEET_APP_DATABASE_URL",
            f"The login that the processes use {may}.",
            "Make a login that is only a member of metafleet_app "
            "(CREATE ROLE metafleet_processes LOGIN PASSWORD '…' IN ROLE metafleet_app) and give its URL.",
        )
    ]


def _of_pages(settings: Any) -> Iterator[Finding]:
    if settings.DEBUG:
        yield Finding("METAFLEET_DEBUG", "Errors show the inside of the program.", "Unset it.")
    if settings.DEMO:
        yield Finding("METAFLEET_DEMO", "There is a demo whose password is shown.", "Set it to false.")
    if not settings.SECURE_COOKIES:
        mend = "Serve it over HTTPS and set it to true."
        yield Finding("METAFLEET_SECURE_COOKIES", "Sessions may travel unencrypted.", mend)
    elif not settings.SECURE_HSTS_SECONDS:
        mend = "Unset it, and it is a year."
        yield Finding("METAFLEET_HSTS_SECONDS", "Browsers are not told to come by HTTPS only.", mend)


def _of_addresses(settings: Any, environ: Mapping[str, str]) -> Iterator[Finding]:
    if any(name.startswith(("*", ".")) for name in settings.ALLOWED_HOSTS):
        mend = "Name the hosts that people use, with spaces between."
        yield Finding("METAFLEET_ALLOWED_HOSTS", "Any host name is answered.", mend)
    elif all(_is_here(name.strip("[]")) for name in settings.ALLOWED_HOSTS):
        mend = "Set it to the name that people use, as app.example.com."
        yield Finding("METAFLEET_ALLOWED_HOSTS", "Only this machine's own names are answered.", mend)
    plain = [origin for origin in settings.CSRF_TRUSTED_ORIGINS if not origin.startswith("https://")]
    if plain:
        mend = "Name only origins that begin with https://."
        yield Finding("METAFLEET_TRUSTED_ORIGINS", f"Forms are taken from {plain[0]}.", mend)
    if not settings.GATEWAY_URL.startswith("https://"):
        mend = "Put the gateway behind HTTPS and set it to that address."
        yield Finding("METAFLEET_GATEWAY_URL", "Terminals send their tokens unencrypted.", mend)
    if environ.get("FORWARDED_ALLOW_IPS", "").strip() == "*":
        mend = "Set it to your proxy's address."
        yield Finding("FORWARDED_ALLOW_IPS", "Anybody may say which address they come from.", mend)
    if not settings.METRICS_TOKEN and not _is_here(settings.HOST):
        mend = "Set it to a long random word, and give it to what collects the metrics."
        yield Finding("METAFLEET_METRICS_TOKEN", "A proxy on this machine would show metrics to all.", mend)


def _of_secrets(settings: Any) -> Iterator[Finding]:
    if len(settings.SECRET_KEY) < SHORTEST_SECRET:
        mend = f"Set it to at least {SHORTEST_SECRET} random characters."
        yield Finding("METAFLEET_SECRET_KEY", "It is short enough to be guessed.", mend)
    for setting, name in (
        ("METAFLEET_VAULT_KEY_FILE", settings.VAULT_KEY_FILE),
        ("METAFLEET_RECEIPT_KEY_FILE", settings.RECEIPT_KEY_FILE),
    ):
        file = Path(name)
        if file.is_file() and (mode := stat.S_IMODE(file.stat().st_mode)) & 0o077:
            yield Finding(setting, f"Others may read {file} (mode {mode:o}).", f"Run: chmod 600 {file}")


def _of_sign_in(settings: Any) -> Iterator[Finding]:
    if not settings.SENDS_MAIL:
        mend = "Name a mail server, as smtp://name:password@mail.example.com:587."
        yield Finding("METAFLEET_EMAIL_URL", "Anybody may sign up with anybody's address.", mend)
    elif not (settings.EMAIL_USE_TLS or settings.EMAIL_USE_SSL or _is_here(settings.EMAIL_HOST)):
        yield Finding("METAFLEET_EMAIL_URL", "Codes travel unencrypted.", "Leave out starttls=no.")
    if not settings.OPERATORS_NEED_MFA:
        problem = "A stolen password is enough to run the platform."
        yield Finding("METAFLEET_OPERATORS_NEED_MFA", problem, "Set it to true.")
    issuer = urlsplit(settings.OIDC_ISSUER)
    if issuer.scheme == "http" and not _is_here(issuer.hostname or ""):
        problem = "Whoever is in between signs in as anybody."
        yield Finding("METAFLEET_OIDC_ISSUER", problem, "Use an https:// issuer.")


def _of_servers(settings: Any) -> Iterator[Finding]:
    for setting, url in (
        ("DATABASE_URL", settings.DATABASE_URL),
        ("METAFLEET_APP_DATABASE_URL", settings.APP_DATABASE_URL),
        ("METAFLEET_POOLED_DATABASE_URL", settings.POOLED_DATABASE_URL),
    ):
        if url and not _is_local(url) and not _ENCRYPTING & set(_query(url).get("sslmode", [])):
            mend = "Add ?sslmode=verify-full and, for a private authority, &sslrootcert=<file>."
            yield Finding(setting, "The way to the database is not encrypted for certain.", mend)
    if not _is_local(settings.REDIS_URL):
        parts = urlsplit(settings.REDIS_URL)
        if parts.scheme != "rediss":
            yield Finding("REDIS_URL", "The way to Redis is not encrypted.", "Use a rediss:// URL.")
        if not parts.password:
            yield Finding("REDIS_URL", "Redis lets anybody in.", "Give it a password, and put it in the URL.")
    if settings.POOLED_DATABASE_URL and not settings.APP_DATABASE_URL:
        mend = "Set it to the same login past the pooler: notices are heard there."
        yield Finding("METAFLEET_APP_DATABASE_URL", "A pooler passes no notices on.", mend)


def _is_local(url: str) -> bool:
    """Whether it is this machine's, by a socket or loopback."""
    parts = urlsplit(url)
    host = parts.hostname or _query(url).get("host", [""])[0]
    return host.startswith("/") or parts.scheme == "unix" or _is_here(host)


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host in _HERE


def _query(url: str) -> dict[str, list[str]]:
    return parse_qs(urlsplit(url).query)
