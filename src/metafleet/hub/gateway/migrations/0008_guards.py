"""A runner's heartbeat says what it did by itself at a broken limit, and its symbol's spread.

Before deploy: a gateway of before it sends neither, and both are left as they are.
"""

from importlib import import_module

from django.db import migrations

from metafleet.hub.kernel.fence import written_door

_FIRST = import_module("metafleet.hub.gateway.migrations.0001_statements")
_LEASES = import_module("metafleet.hub.gateway.migrations.0003_leases")
_SAID = """generation int, status text, error text, report jsonb, ticked text)
            ORDER BY run"""
# The slow average begins as a plain one, so that a first look that was wide is soon outweighed.
_NOTES = """        UPDATE fleet_run AS run
        SET guard = coalesce(run.guard, said.guard),
            spread_points = coalesce(said.spread, run.spread_points),
            spread_normal = CASE WHEN said.spread IS NULL THEN run.spread_normal
                ELSE coalesce(run.spread_normal, said.spread)
                    + (said.spread - coalesce(run.spread_normal, said.spread))
                      / least(run.spread_samples + 1, 720) END,
            spread_samples = run.spread_samples + (said.spread IS NOT NULL)::int,"""

BEATS = (
    _FIRST.BEATS.replace(_SAID, _SAID.replace("ticked text)", "ticked text, guard jsonb, spread float8)"))
    .replace(_LEASES._RUN, f"{_LEASES._RUN} renewed_at = clock_timestamp(),")
    .replace("        UPDATE fleet_run AS run\n        SET", _NOTES)
)


class Migration(migrations.Migration):
    dependencies = [("gateway", "0007_machine_samples"), ("fleet", "0022_guards")]

    operations = [
        written_door(
            "gateway_beats",
            "beats jsonb, runs jsonb, moment timestamptz",
            "i int, is_news boolean, known bigint, is_due boolean",
            BEATS,
            options=_FIRST.BY_INDEX,
        ),
    ]
