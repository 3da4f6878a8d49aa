"""A runner's heartbeat renews its trading lease, in the statement that accepts it.

Before deploy. By the database's clock, not the gateway's: all gateways and workers have that one in common.
"""

from importlib import import_module

from django.db import migrations

from metafleet.hub.kernel.fence import written_door

_FIRST = import_module("metafleet.hub.gateway.migrations.0001_statements")
_RUN = """        UPDATE fleet_run AS run
        SET heartbeat_at = moment,"""


class Migration(migrations.Migration):
    dependencies = [("gateway", "0002_positions"), ("fleet", "0013_renewed_leases")]

    operations = [
        migrations.RunSQL("DROP FUNCTION gateway_beats(jsonb, jsonb, timestamptz)", migrations.RunSQL.noop),
        written_door(
            "gateway_beats",
            "beats jsonb, runs jsonb, moment timestamptz",
            "i int, is_news boolean, known bigint, is_due boolean",
            _FIRST.BEATS.replace(_RUN, f"{_RUN} renewed_at = clock_timestamp(),"),
            options=_FIRST.BY_INDEX,
        ),
    ]
