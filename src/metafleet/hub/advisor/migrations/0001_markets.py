"""Before deploy: how markets stand. No fence: they are the installation's, of no tenant."""

import uuid
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='MarketHour',
            fields=[
                ('pk', models.CompositePrimaryKey('server', 'symbol', 'timeframe', 'hour_s', blank=True, editable=False, primary_key=True, serialize=False)),
                ('server', models.CharField(max_length=64)),
                ('symbol', models.CharField(max_length=32)),
                ('timeframe', models.CharField(max_length=4)),
                ('hour_s', models.BigIntegerField()),
                ('figures', models.JSONField()),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
            ],
        ),
        migrations.CreateModel(
            name='MarketEvent',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('source_id', models.CharField(max_length=200, unique=True)),
                ('at', models.DateTimeField()),
                ('currency', models.CharField(max_length=8)),
                ('impact', models.CharField(max_length=8)),
                ('name', models.CharField(max_length=200)),
                ('actual', models.CharField(blank=True, max_length=40)),
                ('forecast', models.CharField(blank=True, max_length=40)),
                ('previous', models.CharField(blank=True, max_length=40)),
            ],
            options={
                'indexes': [models.Index(fields=['at'], name='market_event_at')],
            },
        ),
        migrations.CreateModel(
            name='MarketSentiment',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('symbol', models.CharField(max_length=32)),
                ('at', models.DateTimeField()),
                ('long_ratio', models.FloatField()),
                ('positions', models.IntegerField(null=True)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('symbol', 'at'), name='market_sentiment_once'), models.CheckConstraint(condition=models.Q(('long_ratio__gte', 0), ('long_ratio__lte', 1)), name='market_sentiment_ratio')],
            },
        ),
        migrations.CreateModel(
            name='MarketView',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('server', models.CharField(max_length=64)),
                ('symbol', models.CharField(max_length=32)),
                ('timeframe', models.CharField(max_length=4)),
                ('bar_s', models.BigIntegerField(default=0, help_text="newest closed bar's opening, server's clock")),
                ('figures', models.JSONField(default=dict)),
                ('past', models.JSONField(default=dict, help_text='as `analysis.figures.Past`')),
                ('looked_at', models.DateTimeField(null=True)),
                ('due_at', models.DateTimeField()),
            ],
            options={
                'indexes': [models.Index(fields=['due_at'], name='market_view_due')],
                'constraints': [models.UniqueConstraint(fields=('server', 'symbol', 'timeframe'), name='market_view_once')],
            },
        ),
    ]
