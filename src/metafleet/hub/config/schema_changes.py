"""Which migrations the version before can live with: those that only add.

A release is seen beside the one before it, and may be taken back: both run on the schema of the newer one.
So a change that takes something away comes one release after the code that no longer needs it, in a
migration whose name says `contract_`. By that name an older version, which has not the migration itself,
knows that it cannot run.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from django.db.migrations.migration import Migration
    from django.db.migrations.operations.base import Operation

CONTRACTS: Final = "contract_"
OURS: Final = "metafleet."
"""Only migrations of our own apps keep to the naming."""

_TAKES_AWAY: Final = re.compile(
    r"\b(?:DROP\s+(?:TABLE|COLUMN|VIEW|TYPE|SCHEMA|ROLE)|RENAME\s+(?:TO|COLUMN)|SET\s+NOT\s+NULL"
    r"|ALTER\s+COLUMN\s+\S+\s+(?:SET\s+DATA\s+)?TYPE)\b",
    re.IGNORECASE,
)
_DROPPED_FUNCTION: Final = re.compile(
    r"\bDROP\s+FUNCTION\s+(?:IF\s+EXISTS\s+)?(?:\w+\.)?(\w+)", re.IGNORECASE
)
_MADE_FUNCTION: Final = re.compile(
    r"\bCREATE\s+(?:OR\s+REPLACE\s+)?FUNCTION\s+(?:\w+\.)?(\w+)", re.IGNORECASE
)


def is_contract(name: str) -> bool:
    """Whether a migration's name, without its app, says that it takes something away."""
    return name.partition("_")[2].startswith(CONTRACTS)


def too_new(unknown: Iterable[tuple[str, str]], our_apps: Iterable[str]) -> list[str]:
    """Return those of the applied migrations that this version has not and cannot run beside, as app.name.

    unknown: app label and name. Of an app that is not ours nothing is known, so it is among them.
    """
    ours = set(our_apps)
    return sorted(f"{app}.{name}" for app, name in unknown if app not in ours or is_contract(name))


def taken_away(migration: Migration) -> list[str]:
    """Return what the version before would miss after this migration, a phrase each; none where it only adds.

    A function that is dropped and made again in the same migration counts as changed: its author's matter.
    """
    sql = [text for operation in migration.operations for text in _sql(operation)]
    made = {name for text in sql for name in _MADE_FUNCTION.findall(text)}
    new = _new_tables(migration.operations)
    phrases = [_of_operation(operation, new) for operation in migration.operations]
    phrases += [match.group(0) for text in sql if (match := _TAKES_AWAY.search(text))]
    dropped = {name for text in sql for name in _DROPPED_FUNCTION.findall(text)} - made
    return [phrase for phrase in phrases if phrase] + [f"DROP FUNCTION {name}" for name in sorted(dropped)]


def _new_tables(found: Iterable[Operation]) -> set[str]:
    from django.db.migrations import operations

    return {each.name_lower for each in found if isinstance(each, operations.CreateModel)}


def _of_operation(operation: Operation, new: set[str]) -> str:
    from django.db.migrations import operations

    match operation:
        case operations.SeparateDatabaseAndState():
            inner = (_of_operation(each, new) for each in operation.database_operations)
            return "; ".join(filter(None, inner))
        case operations.DeleteModel() | operations.RenameModel() | operations.AlterModelTable():
            return operation.describe()
        case operations.RemoveField() | operations.RenameField():
            return operation.describe()
        case operations.AddField() if operation.model_name_lower not in new:
            filled = _is_filled_by_the_database(operation.field)
            return "" if filled else f"{operation.describe()}, which the version before does not fill"
        case _:
            return ""


def _is_filled_by_the_database(field: object) -> bool:
    from django.db import models
    from django.db.models.fields import NOT_PROVIDED

    return (
        isinstance(field, models.ManyToManyField)
        or bool(getattr(field, "null", False))
        or getattr(field, "db_default", NOT_PROVIDED) is not NOT_PROVIDED
        or bool(getattr(field, "generated", False))
    )


def _sql(operation: Operation) -> Sequence[str]:
    from django.db.migrations import operations

    match operation:
        case operations.SeparateDatabaseAndState():
            return [text for inner in operation.database_operations for text in _sql(inner)]
        case operations.RunSQL():
            return [_forward(part) for part in _parts(operation.sql)]
        case _:
            return []


def _parts(sql: object) -> Sequence[object]:
    return [sql] if isinstance(sql, str) else list(sql) if isinstance(sql, list | tuple) else []


def _forward(part: object) -> str:
    return str(part[0] if isinstance(part, list | tuple) else part)
