"""Before deploy: what EAs did on past bars, what was recommended and what became of it."""

import django.db.models.deletion
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('advisor', '0001_markets'),
        ('catalogue', '0003_reviews'),
        ('identity', '0006_api_keys'),
    ]

    operations = [
        migrations.CreateModel(
            name='EvidenceStanding',
            fields=[
                ('name', models.CharField(max_length=20, primary_key=True, serialize=False)),
                ('due_at', models.DateTimeField()),
                ('lease_until', models.DateTimeField(null=True)),
                ('begun_at', models.DateTimeField(null=True)),
                ('finished_at', models.DateTimeField(null=True)),
                ('done', models.PositiveIntegerField(default=0)),
                ('total', models.PositiveIntegerField(default=0)),
                ('ran', models.PositiveIntegerField(default=0, help_text='sets that were run the last time')),
                ('elapsed_s', models.FloatField(default=0.0)),
                ('sources', models.JSONField(default=dict)),
                ('error', models.CharField(blank=True, max_length=400)),
            ],
        ),
        migrations.CreateModel(
            name='AdviceStanding',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('due_at', models.DateTimeField()),
                ('refreshed_at', models.DateTimeField(null=True)),
                ('shown', models.JSONField(default=list)),
                ('unjudged', models.JSONField(default=list)),
                ('beyond', models.PositiveIntegerField(default=0)),
                ('tenant', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='identity.tenant')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Recommendation',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('symbol', models.CharField(max_length=32)),
                ('timeframe', models.CharField(max_length=4)),
                ('inputs', models.JSONField()),
                ('regime', models.CharField(blank=True, max_length=40)),
                ('verdict', models.CharField(help_text='supported, thin or against', max_length=9)),
                ('evidence', models.JSONField()),
                ('fingerprint', models.CharField(max_length=64)),
                ('given_at', models.DateTimeField()),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='identity.tenant')),
                ('version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalogue.eaversion')),
            ],
        ),
        migrations.CreateModel(
            name='Explanation',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('text', models.TextField()),
                ('author', models.CharField(default='template', max_length=12)),
                ('note', models.CharField(blank=True, max_length=300)),
                ('due_at', models.DateTimeField(null=True)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='identity.tenant')),
                ('recommendation', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='explanation', to='advisor.recommendation')),
            ],
        ),
        migrations.CreateModel(
            name='RecommendationScore',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('days', models.PositiveSmallIntegerField(help_text='how long after it was given')),
                ('trades', models.PositiveIntegerField()),
                ('won', models.PositiveIntegerField()),
                ('net', models.DecimalField(decimal_places=2, max_digits=18)),
                ('fall', models.DecimalField(decimal_places=2, help_text='deepest fall of the summed net', max_digits=18)),
                ('daily', models.JSONField(default=list)),
                ('source', models.CharField(max_length=80)),
                ('scored_at', models.DateTimeField()),
                ('recommendation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='scores', to='advisor.recommendation')),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='identity.tenant')),
            ],
        ),
        migrations.CreateModel(
            name='TestedSet',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('slug', models.CharField(max_length=60)),
                ('content_hash', models.CharField(help_text="of the EA's code", max_length=80)),
                ('symbol', models.CharField(max_length=32)),
                ('timeframe', models.CharField(max_length=4)),
                ('inputs_hash', models.CharField(max_length=32)),
                ('from_s', models.BigIntegerField()),
                ('to_s', models.BigIntegerField()),
                ('bars_hash', models.CharField(max_length=64)),
                ('engine', models.CharField(max_length=40)),
                ('trades', models.PositiveIntegerField()),
                ('outcome', models.BinaryField(help_text='as evidence.outcomes.Outcome.packed')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('content_hash', 'symbol', 'timeframe', 'engine', 'bars_hash', 'inputs_hash'), name='tested_set_once')],
            },
        ),
        migrations.AddIndex(
            model_name='recommendation',
            index=models.Index(fields=['tenant', '-given_at'], name='recommendation_list'),
        ),
        migrations.AddConstraint(
            model_name='recommendation',
            constraint=models.UniqueConstraint(fields=('tenant', 'fingerprint'), name='recommendation_once'),
        ),
        migrations.AddIndex(
            model_name='explanation',
            index=models.Index(condition=models.Q(('due_at__isnull', False)), fields=['due_at'], name='explanation_due'),
        ),
        migrations.AddIndex(
            model_name='recommendationscore',
            index=models.Index(fields=['tenant', 'scored_at'], name='recommendation_scores'),
        ),
        migrations.AddConstraint(
            model_name='recommendationscore',
            constraint=models.UniqueConstraint(fields=('recommendation', 'days'), name='recommendation_scored_once'),
        ),
    ]
