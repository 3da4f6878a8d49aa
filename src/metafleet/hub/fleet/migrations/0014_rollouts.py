"""Move EAs from version to version: what a run was started with and how it ended, and a rollout's memory.

Before deploy.
"""

import django.db.models.deletion
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalogue', '0002_releases'),
        ('fleet', '0013_renewed_leases'),
    ]

    operations = [
        migrations.CreateModel(
            name='RolloutDecision',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('actor', models.CharField(max_length=254)),
                ('action', models.CharField(help_text='start, choose, move, skip, wave, promote, back, roll_back, stop, end', max_length=12)),
                ('reason', models.CharField(max_length=500)),
                ('figures', models.JSONField(default=dict)),
            ],
        ),
        migrations.AddField(
            model_name='rollout',
            name='even_with_positions',
            field=models.BooleanField(db_default=False, default=False, help_text='do not wait until an EA is flat'),
        ),
        migrations.AddField(
            model_name='rollout',
            name='waiting',
            field=models.CharField(blank=True, db_default='', help_text='what it waits for now, in words', max_length=300),
        ),
        migrations.AddField(
            model_name='rollout',
            name='wave',
            field=models.PositiveIntegerField(db_default=0, default=0, help_text='the newest; 0: the canaries'),
        ),
        migrations.AddField(
            model_name='rolloutmember',
            name='generation_at_move',
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='rolloutmember',
            name='late_counted_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='rolloutmember',
            name='late_heartbeats',
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name='rolloutmember',
            name='profit',
            field=models.DecimalField(decimal_places=2, help_text='at the newest look; see profit_at_move', max_digits=18, null=True),
        ),
        migrations.AddField(
            model_name='rolloutmember',
            name='profit_at_move',
            field=models.DecimalField(decimal_places=2, max_digits=18, null=True),
        ),
        migrations.AddField(
            model_name='rolloutmember',
            name='proved_at',
            field=models.DateTimeField(help_text='when the new version was first seen at work', null=True),
        ),
        migrations.AddField(
            model_name='rolloutmember',
            name='skip_reason',
            field=models.CharField(blank=True, db_default='', max_length=300),
        ),
        migrations.AddField(
            model_name='rolloutmember',
            name='unwell_since',
            field=models.DateTimeField(help_text='since when it is not at work, though it should', null=True),
        ),
        migrations.AddField(
            model_name='rolloutmember',
            name='wave',
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name='run',
            name='outcome',
            field=models.CharField(blank=True, db_default='', help_text='how it ended: a steps.Outcome', max_length=11),
        ),
        migrations.AddField(
            model_name='run',
            name='version',
            field=models.ForeignKey(db_index=False, help_text='what it was started with; null: it began before that was written down', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalogue.eaversion'),
        ),
        migrations.AlterField(
            model_name='rollout',
            name='state',
            field=models.CharField(choices=[('canary', 'Canary'), ('promoting', 'Promoting'), ('promoted', 'Promoted'), ('returning', 'Returning'), ('rolled_back', 'Rolled Back'), ('stopped', 'Stopped')], default='canary', max_length=11),
        ),
        migrations.AlterField(
            model_name='rollout',
            name='watch_minutes',
            field=models.PositiveIntegerField(default=60, help_text="from the last canary's proof on"),
        ),
        migrations.AlterField(
            model_name='rolloutmember',
            name='moved_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddIndex(
            model_name='rollout',
            index=models.Index(fields=['-created_at'], name='rollout_list'),
        ),
        migrations.AddField(
            model_name='rolloutdecision',
            name='rollout',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='decisions', to='fleet.rollout'),
        ),
        migrations.AddIndex(
            model_name='rolloutdecision',
            index=models.Index(fields=['rollout', 'created_at'], name='rollout_decision_list'),
        ),
    ]
