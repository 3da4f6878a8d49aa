"""`python -m infra.schema.record` lets Django migrate an empty database and prints what it was told.

That is the file which empty databases begin with (`metafleet.hub.kernel.first_schema`).
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import django
from django.core.management import call_command
from django.core.management.commands import migrate
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from metafleet.hub.kernel.first_schema import Step, written

_LEFT_OUT: Final = re.compile(r'SELECT\s|SAVEPOINT |RELEASE SAVEPOINT |INSERT INTO "django_migrations"')
"""Questions, and what Django notes for itself: whoever begins with the file notes that too."""

_BESIDE_WRITERS: Final = re.compile(r"\b(CREATE|DROP) INDEX CONCURRENTLY\b")
"""Cannot be in a transaction, and a database without rows has nobody to get out of the way of."""

_NOW: Final = re.compile(r"'\d{4}-\d\d-\d\d [\d:.]+\+00:00'::timestamptz")
"""What Django fills a new column with; that there are no rows to fill, it does not know."""


class _Migrate(migrate.Command):
    """Notes what each migration tells the database."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[tuple[str, str, list[str]]] = []
        self._is_migrating = False

    def migration_progress_callback(self, action: str, migration: Any = None, *_: Any) -> None:
        if action == "apply_start":
            self.told.append((migration.app_label, migration.name, []))
        self._is_migrating = action == "apply_start"

    def note(self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        text = str(sql) if params is None else context["connection"].ops.compose_sql(sql, params)
        if self._is_migrating and not _LEFT_OUT.match(text.lstrip()):
            self.told[-1][2].append(_NOW.sub("now()", _BESIDE_WRITERS.sub(r"\1 INDEX", text)))
        return execute(sql, params, many, context)


def record(database: BaseDatabaseWrapper) -> list[Step]:
    """Migrate an empty database as Django does, and return what it was told."""
    command = _Migrate()
    with database.execute_wrapper(command.note):
        call_command(command, database=database.alias, interactive=False, verbosity=0)
    return [Step(app, name, "".join(map(_ended, statements))) for app, name, statements in command.told]


def _ended(statement: str) -> str:
    return statement.strip().rstrip(";").rstrip() + "\n;\n"


def main() -> None:
    from metafleet.cli.data_folder import open_data_folder
    from metafleet.cli.keys import ensure_keys
    from metafleet.cli.servers import lay_out_servers
    from metafleet.cli.temporary_servers import serving

    with tempfile.TemporaryDirectory(prefix="mf-schema-") as name:
        root = Path(name)
        root.chmod(0o711)
        folder = open_data_folder(root / "data")
        ensure_keys(folder.root)
        servers = lay_out_servers(folder, None, None)
        os.environ |= {
            "METAFLEET_DATA_DIR": str(folder.root),
            "DATABASE_URL": servers.database_url,
            "REDIS_URL": servers.redis_url,
            "DJANGO_SETTINGS_MODULE": "metafleet.hub.config.settings",
        }
        with serving(servers, folder.logs):
            django.setup()
            sys.stdout.write(written(record(connections["owner"])))
            connections.close_all()


if __name__ == "__main__":
    main()
