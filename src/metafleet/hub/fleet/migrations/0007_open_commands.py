"""No index knows a command's state or due time: to lease one touches no index (a heap-only update).

Before deploy.
"""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('fleet', '0006_snapshot_order'),
        ('identity', '0002_tenant_fence'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='command',
            name='command_due',
        ),
        migrations.RemoveIndex(
            model_name='command',
            name='command_dead',
        ),
        migrations.AlterField(
            model_name='command',
            name='tenant',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='identity.tenant'),
        ),
        migrations.AlterField(
            model_name="command",
            name="terminal",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="commands",
                to="fleet.terminal",
            ),
        ),
        migrations.AddIndex(
            model_name="command",
            index=models.Index(
                fields=["terminal", "created_at", "id"],
                condition=models.Q(("finished_at", None)),
                name="command_open",
            ),
        ),
        migrations.AddIndex(
            model_name="command",
            index=models.Index(fields=["terminal", "-created_at"], name="command_history"),
        ),
        migrations.AddIndex(
            model_name="command",
            index=models.Index(
                fields=["finished_at"],
                condition=models.Q(("finished_at__isnull", False)),
                name="command_finished",
            ),
        ),
        migrations.RunSQL("ALTER TABLE fleet_command SET (fillfactor = 70)", "ALTER TABLE fleet_command RESET (fillfactor)"),
        migrations.AddConstraint(
            model_name='command',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('finished_at', None), ('state__in', ('queued', 'leased'))), models.Q(('finished_at__isnull', False), ('state__in', ('done', 'failed', 'dead'))), _connector='OR'), name='command_is_finished'),
        ),
    ]
