"""Hosts and scaling, pauses with a reason, rollouts, the kill switch, sessions and performance.

Before deploy.
"""

import django.db.models.deletion
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalogue', '0002_releases'),
        ('fleet', '0007_open_commands'),
        ('identity', '0003_operators'),
    ]

    operations = [
        migrations.CreateModel(
            name='ScalingGroup',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('name', models.CharField(max_length=60, unique=True)),
                ('provider', models.CharField(help_text='simulated or aws', max_length=20)),
                ('settings', models.JSONField(default=dict, help_text="the provider's own, as {asg, region}")),
                ('per_host', models.PositiveIntegerField(help_text='active EAs on one host')),
                ('buffer', models.PositiveIntegerField(default=1, help_text='hosts beyond what is needed now')),
                ('minimum', models.PositiveIntegerField(default=5)),
                ('maximum', models.PositiveIntegerField(default=50)),
                ('weekend_minimum', models.PositiveIntegerField(help_text='while markets are closed', null=True)),
                ('is_dry_run', models.BooleanField(default=False, help_text='decide and log, change nothing')),
                ('due_at', models.DateTimeField(null=True)),
                ('lease_until', models.DateTimeField(null=True)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.AddField(
            model_name='eainstance',
            name='pause_mode',
            field=models.CharField(blank=True, choices=[('hold', 'No new entries; stops and exits go on'), ('tighten', 'No new entries; stops move to break-even or nearer'), ('flatten', 'Close its positions, then hold'), ('freeze', 'The EA sends nothing at all; its broker-side stops stay')], db_default='', max_length=8),
        ),
        migrations.AddField(
            model_name='eainstance',
            name='pause_reason',
            field=models.CharField(blank=True, db_default='', max_length=300),
        ),
        migrations.AddField(
            model_name='eainstance',
            name='paused_by',
            field=models.CharField(blank=True, db_default='', max_length=254),
        ),
        migrations.AddField(
            model_name='eainstance',
            name='paused_by_person',
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name='eainstance',
            name='paused_until',
            field=models.DateTimeField(help_text='null: until somebody resumes it', null=True),
        ),
        migrations.CreateModel(
            name='Host',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('name', models.CharField(max_length=120, unique=True)),
                ('driver', models.CharField(max_length=20)),
                ('group', models.CharField(blank=True, help_text='the scaling group that made it', max_length=60)),
                ('provider_id', models.CharField(blank=True, help_text='its id at the cloud or the engine', max_length=120)),
                ('state', models.CharField(choices=[('active', 'Active'), ('draining', 'Draining'), ('lost', 'Lost'), ('gone', 'Gone')], default='active', max_length=8)),
                ('state_reason', models.CharField(blank=True, max_length=300)),
                ('cpu', models.FloatField(help_text='cores')),
                ('memory_mb', models.PositiveIntegerField()),
                ('cpu_percent', models.FloatField(help_text='of all its cores', null=True)),
                ('memory_used_mb', models.FloatField(null=True)),
                ('versions', models.JSONField(default=dict, help_text='of its parts, as {engine, agent, image}')),
                ('usd_per_hour', models.DecimalField(decimal_places=5, default=0, max_digits=10)),
                ('seen_at', models.DateTimeField(null=True)),
                ('drained_at', models.DateTimeField(null=True)),
            ],
            options={
                'indexes': [models.Index(fields=['state', 'name'], name='host_list')],
            },
        ),
        migrations.AddField(
            model_name='eainstance',
            name='host',
            field=models.ForeignKey(help_text='where it is placed', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='instances', to='fleet.host'),
        ),
        migrations.CreateModel(
            name='Rollout',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('state', models.CharField(choices=[('canary', 'Canary'), ('promoted', 'Promoted'), ('rolled_back', 'Rolled Back'), ('stopped', 'Stopped')], default='canary', max_length=11)),
                ('canaries', models.PositiveIntegerField(help_text='instances that go first')),
                ('watch_minutes', models.PositiveIntegerField(default=60, help_text="from the last canary's start on")),
                ('criteria', models.JSONField(default=dict, help_text='as {maxLossPercent, maxCrashes, maxLateHeartbeats}')),
                ('started_by', models.CharField(max_length=254)),
                ('reason', models.CharField(blank=True, help_text='why it ended as it did', max_length=300)),
                ('due_at', models.DateTimeField(null=True)),
                ('lease_until', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('from_version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalogue.eaversion')),
                ('template', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalogue.eatemplate')),
                ('to_version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalogue.eaversion')),
            ],
        ),
        migrations.CreateModel(
            name='RolloutMember',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('is_canary', models.BooleanField()),
                ('before_inputs', models.JSONField()),
                ('equity_at_move', models.DecimalField(decimal_places=2, max_digits=18, null=True)),
                ('moved_at', models.DateTimeField()),
                ('moved_back_at', models.DateTimeField(null=True)),
                ('before_version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalogue.eaversion')),
                ('instance', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='fleet.eainstance')),
                ('rollout', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='members', to='fleet.rollout')),
                ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='identity.tenant')),
            ],
        ),
        migrations.CreateModel(
            name='ScalingDecision',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('action', models.CharField(help_text='up, down, drain, none', max_length=8)),
                ('active', models.PositiveIntegerField(help_text='EAs that need a place')),
                ('hosts', models.PositiveIntegerField(help_text='hosts before')),
                ('wanted', models.PositiveIntegerField(help_text='hosts after')),
                ('reason', models.CharField(max_length=300)),
                ('error', models.CharField(blank=True, max_length=300)),
                ('group', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='decisions', to='fleet.scalinggroup')),
            ],
        ),
        migrations.CreateModel(
            name='TradingSession',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('started_at', models.DateTimeField()),
                ('last_heartbeat_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
                ('end_reason', models.CharField(blank=True, max_length=120)),
                ('account', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='fleet.tradingaccount')),
                ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='identity.tenant')),
                ('terminal', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='sessions', to='fleet.terminal')),
            ],
        ),
        migrations.CreateModel(
            name='EAPerformance',
            fields=[
                ('pk', models.CompositePrimaryKey('instance_id', 'resolution', 'at', blank=True, editable=False, primary_key=True, serialize=False)),
                ('resolution', models.CharField(choices=[('raw', 'Raw'), ('minute', 'Minute'), ('hour', 'Hour')], max_length=6)),
                ('at', models.DateTimeField()),
                ('balance', models.DecimalField(decimal_places=2, max_digits=18, null=True)),
                ('equity', models.DecimalField(decimal_places=2, max_digits=18, null=True)),
                ('profit', models.DecimalField(decimal_places=2, max_digits=18, null=True)),
                ('trades', models.PositiveIntegerField(default=0)),
                ('cpu_percent', models.FloatField(null=True)),
                ('memory_mb', models.FloatField(null=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('instance', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='performance', to='fleet.eainstance')),
                ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='identity.tenant')),
            ],
            options={
                'indexes': [models.Index(fields=['resolution', 'at'], name='performance_age')],
            },
        ),
        migrations.CreateModel(
            name='KillSwitch',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('requested_by', models.CharField(max_length=254)),
                ('reason', models.CharField(max_length=300)),
                ('preview', models.JSONField(help_text='accounts, positions and exposure when it was used')),
                ('closes_foreign', models.BooleanField(default=False, help_text='also what no EA of ours opened')),
                ('command_ids', models.JSONField(default=list)),
                ('flat_at', models.DateTimeField(help_text='when the last account was seen without a position', null=True)),
                ('due_at', models.DateTimeField(null=True)),
                ('lease_until', models.DateTimeField(null=True)),
                ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='identity.tenant')),
            ],
            options={
                'indexes': [models.Index(fields=['tenant', '-created_at'], name='kill_switch_list')],
            },
        ),
        migrations.AddConstraint(
            model_name='rollout',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True)), fields=('template',), name='rollout_one_at_a_time'),
        ),
        migrations.AddConstraint(
            model_name='rolloutmember',
            constraint=models.UniqueConstraint(fields=('rollout', 'instance'), name='rollout_member_once'),
        ),
        migrations.AddIndex(
            model_name='scalingdecision',
            index=models.Index(fields=['group', '-created_at'], name='scaling_decision_list'),
        ),
        migrations.AddIndex(
            model_name='tradingsession',
            index=models.Index(fields=['tenant', 'account', '-started_at'], name='session_list'),
        ),
        migrations.AddConstraint(
            model_name='tradingsession',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True)), fields=('terminal',), name='session_open_once'),
        ),
    ]
