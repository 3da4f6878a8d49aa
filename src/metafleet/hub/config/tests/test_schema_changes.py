from __future__ import annotations

import pytest
from django.apps import apps
from django.db import migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.migration import Migration
from django.db.migrations.operations.base import Operation

from metafleet.hub.config import schema_changes

BEFORE_RELEASES = {
    "audit": 5,
    "billing": 4,
    "catalogue": 3,
    "fleet": 22,
    "gateway": 8,
    "identity": 6,
    "journal": 9,
    "kernel": 4,
    "market": 2,
    "monitor": 10,
    "vault": 3,
}
"""The newest migration of each app when releases began to be taken back; those before keep to nothing."""


def migration_of(*operations: Operation) -> Migration:
    changes = list(operations)

    class Any(Migration):
        operations = changes

    return Any("0001_any", "fleet")


@pytest.mark.parametrize(
    "operation",
    [
        migrations.DeleteModel("run"),
        migrations.RemoveField("run", "guard"),
        migrations.RenameField("run", "guard", "guards"),
        migrations.AddField("run", "mood", models.TextField(default="")),
        migrations.RunSQL("ALTER TABLE fleet_run DROP COLUMN guard"),
        migrations.RunSQL(["SELECT 1", "ALTER TABLE fleet_run ALTER COLUMN guard SET NOT NULL"]),
        migrations.RunSQL([("DROP FUNCTION IF EXISTS public.fleet_due(int)", None)]),
        migrations.SeparateDatabaseAndState([migrations.DeleteModel("run")]),
    ],
)
def test_what_the_version_before_would_miss_is_named(operation: Operation) -> None:
    assert schema_changes.taken_away(migration_of(operation))


@pytest.mark.parametrize(
    "operations",
    [
        [migrations.CreateModel("mood", []), migrations.AddField("mood", "text", models.TextField())],
        [migrations.AddField("run", "mood", models.TextField(null=True))],
        [migrations.AddField("run", "mood", models.TextField(db_default=""))],
        [migrations.SeparateDatabaseAndState(state_operations=[migrations.DeleteModel("run")])],
        [migrations.RunSQL("DROP FUNCTION a(int)"), migrations.RunSQL("CREATE FUNCTION a(int) …")],
    ],
)
def test_what_only_adds_is_fine(operations: list[Operation]) -> None:
    assert not schema_changes.taken_away(migration_of(*operations))


def test_each_migration_that_takes_away_says_so_in_its_name() -> None:
    loader = MigrationLoader(None)
    silent = {}
    for (app, name), migration in (loader.disk_migrations or {}).items():
        if not migration.__module__.startswith(schema_changes.OURS):
            continue
        is_judged = int(name[:4]) > BEFORE_RELEASES.get(app, 0)
        if is_judged and not schema_changes.is_contract(name):
            silent[f"{app}.{name}"] = schema_changes.taken_away(migration)
    assert {name: found for name, found in silent.items() if found} == {}


def test_a_version_runs_beside_a_newer_one_that_only_added() -> None:
    ours = [app.label for app in apps.get_app_configs() if app.name.startswith(schema_changes.OURS)]
    newer = [("fleet", "0099_moods"), ("fleet", "0100_contract_moods"), ("account", "0099_any")]
    assert schema_changes.too_new(newer, ours) == ["account.0099_any", "fleet.0100_contract_moods"]
