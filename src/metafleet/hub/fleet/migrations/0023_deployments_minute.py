"""Since when a deployment's proof is waited for, and the count of those that have it or are late.

Before deploy. What was deployed before is not counted.
"""

from django.db import migrations, models
from django.db.models import Q

from metafleet.hub.kernel.fence import written_door

# Of whom says nobody: it gives away two numbers, and writes only that they were counted.
_COUNT = """
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH waiting AS MATERIALIZED (
        SELECT instance.id, instance.wanted_at FROM fleet_eainstance AS instance
        WHERE instance.wanted_at IS NOT NULL
        ORDER BY instance.id FOR UPDATE SKIP LOCKED
    ), seen AS MATERIALIZED (
        -- The runs since then: one that ended before was of an earlier wish. Without a handle its driver
        -- never started it, and who refused then was not its broker.
        SELECT waiting.*, run.heard_at, coalesce(run.is_refused, false) AS is_refused
        FROM waiting CROSS JOIN LATERAL (
            SELECT min(r.first_heartbeat_at) AS heard_at,
                   bool_or(r.outcome = 'permanent' AND r.handle <> '{}') AS is_refused
            FROM fleet_run AS r
            WHERE r.instance_id = waiting.id AND (r.ended_at IS NULL OR r.ended_at >= waiting.wanted_at)
        ) AS run
    ), counted AS (
        UPDATE fleet_eainstance AS instance SET wanted_at = NULL
        FROM seen WHERE instance.id = seen.id
          AND (seen.heard_at IS NOT NULL OR seen.is_refused OR seen.wanted_at <= moment - within)
        RETURNING seen.heard_at <= seen.wanted_at + within AS is_in_time, seen.is_refused,
                  seen.heard_at IS NULL AS is_unheard
    )
    SELECT count(*) FILTER (WHERE is_in_time),
           count(*) FILTER (WHERE is_in_time IS NOT TRUE AND NOT (is_refused AND is_unheard))
    FROM counted;
END
"""


class Migration(migrations.Migration):
    dependencies = [("fleet", "0022_guards"), ("kernel", "0005_objective_counts")]

    operations = [
        migrations.AddField(
            "eainstance",
            "wanted_at",
            models.DateTimeField(
                null=True, help_text="since when its proof is waited for, by the objectives; null: it is not"
            ),
        ),
        migrations.AddIndex(
            "eainstance",
            models.Index(
                fields=("wanted_at",), condition=Q(wanted_at__isnull=False), name="instance_wanted"
            ),
        ),
        written_door(
            "fleet_count_deployments",
            "moment timestamptz, within interval",
            "proved bigint, late bigint",
            _COUNT,
        ),
    ]
