"""An empty database begins with what Django's migrations would have made of it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.core.management import call_command
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder

from infra.schema.record import record
from metafleet.cli.embedded import postgres
from metafleet.cli.servers import Servers
from metafleet.hub.kernel import first_schema
from metafleet.hub.kernel.first_schema import Step, known, read, written

STEPS = [
    Step("kernel", "0001_role", "CREATE ROLE a\n;\n"),
    Step("account", "0002_mails", ""),
    Step("kernel", "0002_more", "CREATE ROLE b\n;\n"),
]


@pytest.fixture
def empty(servers: Servers, django_db_blocker: Any) -> Iterator[list[BaseDatabaseWrapper]]:
    """Two databases that nobody has migrated."""
    names = ["first_schema_a", "first_schema_b"]
    with django_db_blocker.unblock(), psycopg.connect(servers.database_url, autocommit=True) as server:
        for name in names:
            server.execute(f"DROP DATABASE IF EXISTS {name}")
            server.execute(f"CREATE DATABASE {name}")
            connections.settings[name] = {**connections.settings["owner"], "NAME": name}
        yield [connections[name] for name in names]
        for name in names:
            connections[name].close()
            del connections[name], connections.settings[name]
            server.execute(f"DROP DATABASE {name}")


def test_an_empty_database_begins_with_what_all_migrations_make(
    servers: Servers, empty: list[BaseDatabaseWrapper]
) -> None:
    """`make generate` writes the file."""
    migrated, begun = empty
    steps = record(migrated)
    assert written(steps) == first_schema.FILE.read_text(encoding="utf-8")
    call_command("migrate", database=begun.alias, verbosity=0)
    assert dump(servers, begun) == dump(servers, migrated)
    assert plan(begun) == plan(migrated) == []


def test_a_database_that_has_been_migrated_is_left_as_it_is(empty: list[BaseDatabaseWrapper]) -> None:
    database, _ = empty
    MigrationRecorder(database).ensure_schema()
    MigrationRecorder(database).record_applied("kernel", "0001_application_role")
    first_schema.begin(database)
    assert database.introspection.table_names() == ["django_migrations"]


def test_what_another_version_of_a_library_has_not_is_left_to_django() -> None:
    assert read(written(STEPS)) == STEPS
    there = {(step.app, step.name) for step in STEPS}
    assert known(STEPS, there) == STEPS
    assert known(STEPS, there - {("account", "0002_mails")}) == STEPS[:1]


def dump(servers: Servers, database: BaseDatabaseWrapper) -> list[str]:
    """Return all that is in it, but when it was migrated."""
    program = postgres.find_binaries(None) / "pg_dump"
    url = servers.database_url.replace("@/metafleet?", f"@/{database.settings_dict['NAME']}?")
    done = subprocess.run(
        [program, url, "--inserts", "--exclude-table-data=django_migrations"],
        capture_output=True,
        text=True,
        check=True,
    )
    return [line for line in done.stdout.splitlines() if not line.startswith("\\")]


def plan(database: BaseDatabaseWrapper) -> list[Any]:
    executor = MigrationExecutor(database)
    return executor.migration_plan(executor.loader.graph.leaf_nodes())
