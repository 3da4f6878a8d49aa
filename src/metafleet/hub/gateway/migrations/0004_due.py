"""The polls' shared look, without a list of all that wait: for few of thousands there is anything.

Before deploy. A gateway of before it looks in vain meanwhile; its polls are woken by the notices.
"""

from django.db import migrations

from metafleet.hub.kernel.fence import for_the_application


class Migration(migrations.Migration):
    dependencies = [("gateway", "0003_leases")]

    operations = [
        migrations.RunSQL("DROP FUNCTION gateway_due(uuid[], timestamptz)", migrations.RunSQL.noop),
        # For which terminals something became due after `since`. Unfinished commands have an index.
        migrations.RunSQL(
            """
            CREATE FUNCTION gateway_due(since timestamptz, moment timestamptz)
            RETURNS TABLE (terminal_id uuid)
            LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
                SELECT DISTINCT c.terminal_id FROM fleet_command AS c
                WHERE c.finished_at IS NULL AND c.due_at <= moment
                  AND CASE WHEN c.state = 'queued' THEN c.due_at >= since
                           ELSE c.lease_until BETWEEN since AND moment END
            $$
            """,
            "DROP FUNCTION gateway_due(timestamptz, timestamptz)",
        ),
        for_the_application("gateway_due(timestamptz, timestamptz)"),
    ]
