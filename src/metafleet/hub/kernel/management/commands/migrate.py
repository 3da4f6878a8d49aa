"""Django's `migrate`, whose first run gives an empty database its schema at once."""

from __future__ import annotations

from typing import Any

from django.core.management.commands import migrate
from django.db import connections

from metafleet.hub.kernel import first_schema

_SAYS_MORE = ("app_label", "migration_name", "fake", "fake_initial", "plan", "check_unapplied", "prune")


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        """Do as Django does; somebody who asks for more than all migrations gets Django's way alone."""
        if not any(options.get(name) for name in _SAYS_MORE):
            first_schema.begin(connections[options["database"]])
        super().handle(*args, **options)
