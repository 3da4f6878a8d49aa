"""Snapshots of open positions in the order of their arrival, and commands that nobody came for.

Before deploy.
"""

from django.db import migrations, models

from metafleet.hub.kernel.fence import written_door


class Migration(migrations.Migration):
    dependencies = [("fleet", "0005_notices")]

    operations = [
        migrations.AddField(
            model_name="terminal",
            name="snapshot_at",
            field=models.DateTimeField(help_text="when its newest snapshot of positions arrived", null=True),
        ),
        migrations.AddIndex(
            model_name="command",
            index=models.Index(
                fields=["finished_at"], condition=models.Q(("state", "dead")), name="command_dead"
            ),
        ),
        # The sweep: nobody may come for what has expired, and its owner must see that it is dead.
        written_door(
            "fleet_expire_commands",
            "moment timestamptz, most int",
            "tenant_id uuid, command_id uuid, account_id uuid, instance_id uuid",
            """
            BEGIN
                RETURN QUERY
                UPDATE fleet_command AS c SET state = 'dead', finished_at = moment, updated_at = moment,
                    lease_until = NULL, error = 'It expired before it was answered'
                FROM fleet_terminal AS t
                WHERE t.id = c.terminal_id AND c.id IN (
                    SELECT d.id FROM fleet_command AS d
                    WHERE d.finished_at IS NULL AND d.expires_at <= moment
                      AND (d.state = 'queued' OR d.lease_until <= moment)
                    ORDER BY d.expires_at LIMIT most FOR UPDATE SKIP LOCKED)
                RETURNING c.tenant_id, c.id, t.account_id, t.instance_id;
            END
            """,
        ),
    ]
