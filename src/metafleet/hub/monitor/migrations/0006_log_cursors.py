"""Before deploy: how far each EA's log is in the cloud."""

import django.db.models.deletion
from django.db import migrations, models

from metafleet.hub.kernel.fence import fence, operator_look


class Migration(migrations.Migration):

    dependencies = [
        ('fleet', '0019_agents_fence'),
        ('identity', '0006_api_keys'),
        ('monitor', '0005_cloud_events'),
    ]

    operations = [
        migrations.CreateModel(
            name='LogCursor',
            fields=[
                ('instance', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to='fleet.eainstance')),
                ('offset', models.BigIntegerField(null=True)),
                ('looked_at', models.DateTimeField()),
                ('lease_until', models.DateTimeField(null=True)),
                ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='identity.tenant')),
            ],
        ),
        *fence("monitor_logcursor"),
        *operator_look("monitor_logcursor"),
    ]
