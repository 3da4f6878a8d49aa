"""A failure that comes again does not end a command that was queued again since.

Before deploy. A connector whose answer was lost sends its result once more, and a person may have queued the
command again by then: nobody has been delivered that try yet, so it cannot have failed. That it was done
after all still counts, or it would be done twice by a client that keeps no marks.
"""

from importlib import import_module

from django.db import migrations

from metafleet.hub.kernel.fence import written_door

_FIRST = import_module("metafleet.hub.gateway.migrations.0001_statements")
_OF_ITS_TERMINAL = "WHERE said.current AND command.id = said.c AND command.terminal_id = said.t"


class Migration(migrations.Migration):
    dependencies = [("gateway", "0004_due")]

    operations = [
        migrations.RunSQL(
            "DROP FUNCTION gateway_results(jsonb, timestamptz, int, interval)", migrations.RunSQL.noop
        ),
        written_door(
            "gateway_results",
            "results jsonb, moment timestamptz, attempts int, back_off interval",
            "i int, outcome text",
            _FIRST.RESULTS.replace(
                _OF_ITS_TERMINAL,
                f"{_OF_ITS_TERMINAL}\n          AND (said.status = 'done' OR command.attempt > 0)",
            ),
            options=_FIRST.PLANNED_ANEW,
        ),
    ]
