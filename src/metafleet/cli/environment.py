"""The environment that every process of an installation gets."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from metafleet.cli.data_folder import DataFolder
from metafleet.cli.leftovers import MARK
from metafleet.cli.settings import Settings
from metafleet.wire import secret_setting

KEY_FILES = {
    "METAFLEET_SECRET_KEY": "secret_key",
    "METAFLEET_BROKER_ADMIN_KEY": "broker_admin.key",
    "METAFLEET_VAULT_KEY": "vault_master.key",
    "METAFLEET_RECEIPT_KEY": "receipt_signing.key",
}
"""Secrets by the variable that gives them; NAME_FILE names a file instead."""


APP_DATABASE_URLS = ("METAFLEET_APP_DATABASE_URL", "METAFLEET_POOLED_DATABASE_URL")

DEFAULTS = {
    # The folder that a program is started in holds no modules.
    "PYTHONSAFEPATH": "1",
    # Celery would import every URL and view to check them, at each start of worker and beat.
    "CELERY_SKIP_CHECKS": "1",
    # Log lines reach the log file when they are written, also before a kill.
    "PYTHONUNBUFFERED": "1",
    # glibc keeps freed memory per thread; two pools are enough for a few threads.
    "MALLOC_ARENA_MAX": "2",
    # Files and logs are UTF-8, whatever the shell says.
    "PYTHONUTF8": "1",
}
"""What the caller's environment may override."""


def process_environment(
    base: Mapping[str, str], settings: Settings, folder: DataFolder, database_url: str, redis_url: str
) -> dict[str, str]:
    """Return base with every setting resolved, so that no process reads a default of its own.

    Secrets of the installation are handed on by the names of their files, or where AWS has them.
    """
    resolved = {
        MARK: str(folder.root),
        "METAFLEET_DATA_DIR": str(folder.root),
        "METAFLEET_HOST": settings.host,
        "METAFLEET_WEB_PORT": str(settings.web_port),
        "METAFLEET_GATEWAY_PORT": str(settings.gateway_port),
        "METAFLEET_BROKER_PORT": str(settings.broker_port),
        "METAFLEET_GATEWAY_URL": settings.gateway_url,
        "METAFLEET_MARKET_SOURCE": settings.market.source,
        "METAFLEET_MARKET_SPEED": settings.market.speed,
        "METAFLEET_MARKET_SEED": str(settings.market.seed),
        "METAFLEET_MARKET_CLOCK": settings.market.clock,
        **_url("DATABASE_URL", base, database_url),
        **_url("REDIS_URL", base, redis_url),
        "DJANGO_SETTINGS_MODULE": "metafleet.hub.config.settings",
    }
    return {**DEFAULTS, **base, **_key_files(base, folder.keys), **resolved}


def _url(name: str, base: Mapping[str, str], url: str) -> dict[str, str]:
    """Say it by its name, but not where it is kept out of the environment: it may hold a password."""
    return {} if secret_setting.is_given({**base, name: ""}, name) else {name: url}


def without_the_owner(environment: Mapping[str, str]) -> dict[str, str]:
    """Return what the processes that stay need of it: not the owner's way into the database, if they
    have a way of their own."""
    has_own = any(secret_setting.is_given(environment, name) for name in APP_DATABASE_URLS)
    owners = secret_setting.names_of("DATABASE_URL") if has_own else frozenset()
    return {name: value for name, value in environment.items() if name not in owners}


def _key_files(base: Mapping[str, str], keys: Path) -> dict[str, str]:
    return {
        f"{name}_FILE": str(keys / file)
        for name, file in KEY_FILES.items()
        if not secret_setting.is_given(base, name)
    }
