"""Before deploy: the outbox of what is told to a cloud, and the door that finds whose news there is."""

import django.db.models.deletion
import uuid
from django.db import migrations, models

from metafleet.hub.kernel.fence import door, fence, operator_look


_NEWS = """
SELECT tenant.id FROM identity_tenant AS tenant
WHERE EXISTS (SELECT FROM monitor_incidentevent AS event WHERE event.tenant_id = tenant.id AND event.at > $1)
   OR EXISTS (SELECT FROM audit_auditentry AS deed WHERE deed.tenant_id = tenant.id AND deed.at > $1)
   OR EXISTS (SELECT FROM fleet_eainstance AS ea WHERE ea.tenant_id = tenant.id AND ea.updated_at > $1)
"""


class Migration(migrations.Migration):

    dependencies = [
        ('identity', '0006_api_keys'),
        ('monitor', '0004_judge'),
        ('audit', '0002_tenant_fence'),
        ('fleet', '0019_agents_fence'),
    ]

    operations = [
        migrations.CreateModel(
            name='CloudEvent',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('source_id', models.UUIDField(unique=True)),
                ('kind', models.CharField(help_text='Incident or Deployment', max_length=12)),
                ('detail', models.JSONField()),
                ('at', models.DateTimeField()),
                ('due_at', models.DateTimeField(null=True)),
                ('attempt', models.PositiveSmallIntegerField(default=0)),
                ('error', models.CharField(blank=True, max_length=300)),
                ('sent_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='EventCursor',
            fields=[
                ('id', models.SmallIntegerField(primary_key=True, serialize=False)),
                ('until', models.DateTimeField()),
            ],
        ),
        migrations.AddIndex(
            model_name='incidentevent',
            index=models.Index(fields=['tenant', 'at'], name='incident_news'),
        ),
        migrations.AddField(
            model_name='cloudevent',
            name='tenant',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='identity.tenant'),
        ),
        migrations.AddIndex(
            model_name='cloudevent',
            index=models.Index(condition=models.Q(('due_at__isnull', False)), fields=['due_at'], name='cloud_event_due'),
        ),
        migrations.AddIndex(
            model_name='cloudevent',
            index=models.Index(fields=['tenant', 'created_at'], name='cloud_event_age'),
        ),
        *fence("monitor_cloudevent"),
        *operator_look("monitor_cloudevent"),
        door("monitor_news", "since timestamptz", "tenant_id uuid", _NEWS),
    ]
