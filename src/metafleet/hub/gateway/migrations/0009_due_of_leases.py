"""A leased command says since when it was due, so that the gateway knows how long its delivery took.

Before deploy: a gateway of before it does not ask for the new column.
"""

from importlib import import_module

from django.db import migrations

from metafleet.hub.kernel.fence import written_door

_FIRST = import_module("metafleet.hub.gateway.migrations.0001_statements")

LEASE = (
    _FIRST.LEASE.replace("SELECT ask.i, ask.flat, command.id, CASE", "SELECT ask.i, ask.flat, command.id, command.due_at, CASE")
    .replace("SELECT c.id, c.attempt, c.expires_at FROM", "SELECT c.id, c.attempt, c.expires_at, c.due_at FROM")
    .replace("AS died, command.created_at", "AS died, command.created_at, due.due_at")
    .replace("           taken.died\n", "           taken.died, taken.due_at\n")
)


class Migration(migrations.Migration):
    dependencies = [("gateway", "0008_guards")]

    operations = [
        migrations.RunSQL(
            "DROP FUNCTION gateway_lease(jsonb, timestamptz, int, interval, interval)", migrations.RunSQL.noop
        ),
        written_door(
            "gateway_lease",
            "asks jsonb, moment timestamptz, attempts int, lease interval, back_off interval",
            "i int, is_current boolean, id uuid, type text, payload jsonb, attempt int, "
            "expires_at timestamptz, died boolean, due_at timestamptz",
            LEASE,
            options=_FIRST.PLANNED_ANEW,
        ),
    ]
