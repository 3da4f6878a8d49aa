"""What an empty database begins with: the statements of all migrations, as they ran once.

Django works out anew before each step how all models stand, 12 s of processor time for a hundred and fifty
migrations. An empty database is given what it arrived at; what the file has not yet, and every database
that is not empty, is migrated as ever.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

FILE: Final = Path(__file__).with_name("first.sql")
"""Written by `make generate`; a test holds it against the migrations."""

_MARK: Final = re.compile(r"^-- migration (\w+)\.(\w+)\n", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Step:
    """What one migration does to a database without rows; ends each statement."""

    app: str
    name: str
    sql: str


def begin(connection: BaseDatabaseWrapper) -> None:
    """Give an empty database its first schema, in one transaction, and note it as migrated; leave others."""
    from django.db import transaction
    from django.db.migrations.loader import MigrationLoader
    from django.db.migrations.recorder import MigrationRecorder

    recorder = MigrationRecorder(connection)
    if recorder.applied_migrations():
        return
    steps = known(read(FILE.read_text(encoding="utf-8")), set(MigrationLoader(None).disk_migrations or {}))
    with transaction.atomic(connection.alias), connection.cursor() as cursor:
        recorder.ensure_schema()
        cursor.execute("".join(step.sql for step in steps))
        recorder.migration_qs.bulk_create(
            [recorder.Migration(app=step.app, name=step.name) for step in steps]
        )


def known(steps: list[Step], migrations: set[tuple[str, str]]) -> list[Step]:
    """Return the steps before the first whose migration is not there: versions of libraries differ."""
    for number, step in enumerate(steps):
        if (step.app, step.name) not in migrations:
            return steps[:number]
    return steps


def read(text: str) -> list[Step]:
    """Return the steps of a file, in their order."""
    _, *parts = _MARK.split(text)
    return [Step(*part) for part in zip(parts[::3], parts[1::3], parts[2::3], strict=True)]


def written(steps: list[Step]) -> str:
    """Return the file that `read` reads."""
    return "".join(f"-- migration {step.app}.{step.name}\n{step.sql}" for step in steps)
