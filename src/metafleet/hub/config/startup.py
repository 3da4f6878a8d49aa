"""What must be so before the processes start: schema, catalogue, keys, demo."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, cast

import django

from metafleet.hub.config import schema_changes

if TYPE_CHECKING:
    from django.db.migrations.migration import Migration

    from metafleet.hub.config.deployment import Finding


OLDEST_POSTGRESQL: Final = 16
"""Grants `WITH INHERIT FALSE`, by which a limited API key's requests see less than the application."""


class DatabaseTooOld(SystemExit):
    """The server lacks what the migrations use."""

    def __init__(self, major: int) -> None:
        super().__init__(
            f"DATABASE_URL leads to PostgreSQL {major}; metafleet needs {OLDEST_POSTGRESQL} or newer. "
            "Upgrade it, or unset DATABASE_URL to use the embedded one."
        )


class DatabaseIsNewer(SystemExit):
    """A newer version took something away that this one needs."""

    def __init__(self, unknown: list[str]) -> None:
        super().__init__(
            f"The database is newer than this version of metafleet (it has {', '.join(unknown[:3])}). "
            "Upgrade metafleet, or point METAFLEET_DATA_DIR or DATABASE_URL at another database."
        )


class WouldTakeAway(SystemExit):
    """The release is not to take away anything, and one of its migrations does."""

    def __init__(self, names: list[str]) -> None:
        super().__init__(
            f"{', '.join(names)} would take away what the version before needs, so this release could not be "
            "taken back. Release it by itself, with --contract, once nobody wants the version before again."
        )


def prepare(progress: Callable[[str], None], *, may_contract: bool = True) -> None:
    """Bring schema and catalogue up to date and seed the demo. Idempotent; quick when nothing is to do.

    may_contract: whether a migration may take away what the version before needs.

    Raises SystemExit with one sentence when the database or the vault's keys cannot be used.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "metafleet.hub.config.settings")
    django.setup()
    from metafleet.hub.config import celery

    celery.app.set_default()  # what nudges are sent by
    _migrate(progress, may_contract=may_contract)
    check_keys()
    _check_deployment()
    _publish(progress)
    _seed(progress)
    from django.db import connections

    connections.close_all()


def _migrate(progress: Callable[[str], None], *, may_contract: bool) -> None:
    from django.core.management import call_command
    from django.db import connections
    from django.db.backends.postgresql.base import DatabaseWrapper
    from django.db.migrations.executor import MigrationExecutor

    owner = cast(DatabaseWrapper, connections["owner"])
    if owner.pg_version < OLDEST_POSTGRESQL * 10_000:
        raise DatabaseTooOld(owner.pg_version // 10_000)
    executor = MigrationExecutor(owner)
    known = set(executor.loader.disk_migrations or {})
    applied = set(executor.loader.applied_migrations)
    if unknown := schema_changes.too_new(applied - known, _our_apps()):
        raise DatabaseIsNewer(unknown)
    if applied - known:
        progress("The database is newer than this version, which can run on it")
    if plan := executor.migration_plan(executor.loader.graph.leaf_nodes()):
        if applied and not may_contract:
            _refuse_to_contract(plan)
        progress("Bringing the database schema up to date")
        call_command("migrate", database="owner", interactive=False, verbosity=0)


def _our_apps() -> list[str]:
    from django.apps import apps

    return [app.label for app in apps.get_app_configs() if app.name.startswith(schema_changes.OURS)]


def _refuse_to_contract(plan: list[tuple[Migration, bool]]) -> None:
    """Raises WouldTakeAway."""
    steps = [step for step, _ in plan if schema_changes.is_contract(step.name)]
    if steps:
        raise WouldTakeAway([f"{step.app_label}.{step.name}" for step in steps])


class Unsafe(SystemExit):
    """METAFLEET_PRODUCTION is set, and something is not safe for it."""

    def __init__(self, found: list[Finding]) -> None:
        lines = [f"  {each.setting}: {each.problem} {each.mend}" for each in found]
        super().__init__("\n".join(["METAFLEET_PRODUCTION is set, and this is not safe:", *lines]))


def _check_deployment() -> None:
    """Raises Unsafe."""
    from django.conf import settings
    from django.db import connection

    from metafleet.hub.config import deployment

    if not settings.PRODUCTION:
        return
    if found := deployment.of_settings(settings, os.environ) + deployment.of_database(connection):
        raise Unsafe(found)


def check_keys() -> None:
    """Raises SystemExit with one sentence where the vault's keys cannot be used at all."""
    from metafleet.hub.vault import operations as vault
    from metafleet.hub.vault.errors import MasterKeyRefused

    try:
        vault.check_keys()
    except MasterKeyRefused as error:
        if not error.permanent:
            return  # a key service that is away comes back; who needs it says so
        raise SystemExit(str(error)) from error


def _publish(progress: Callable[[str], None]) -> None:
    from metafleet.hub.catalogue.operations import publish_shipped_templates
    from metafleet.hub.kernel import clock

    for release in publish_shipped_templates(now=clock.now()):
        progress(f"Published {release}")


def _seed(progress: Callable[[str], None]) -> None:
    from django.conf import settings

    from metafleet.hub.config import demo

    if settings.DEMO:
        demo.seed(progress)
