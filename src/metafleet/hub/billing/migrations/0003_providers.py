"""Payment providers: what they say of a subscription, and their events, each once.

Before deploy.
"""

import uuid
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('billing', '0002_tenant_fence'),
    ]

    operations = [
        migrations.AddField(
            model_name='subscription',
            name='cancels_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='subscription',
            name='changed_at',
            field=models.DateTimeField(help_text="the provider's own instant of the newest change", null=True),
        ),
        migrations.AddField(
            model_name='subscription',
            name='customer_ref',
            field=models.CharField(blank=True, db_default='', max_length=120),
        ),
        migrations.AddField(
            model_name='subscription',
            name='period_ends_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='subscription',
            name='provider',
            field=models.CharField(db_default='manual', default='manual', max_length=10),
        ),
        migrations.AddField(
            model_name='subscription',
            name='status',
            field=models.CharField(choices=[('active', 'Active'), ('past_due', 'Past Due'), ('cancelled', 'Cancelled')], db_default='active', default='active', max_length=9),
        ),
        migrations.AddField(
            model_name='subscription',
            name='subscription_ref',
            field=models.CharField(blank=True, db_default='', max_length=120),
        ),
        migrations.CreateModel(
            name='BillingEvent',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('provider', models.CharField(max_length=10)),
                ('event_ref', models.CharField(max_length=120)),
                ('kind', models.CharField(max_length=80)),
                ('outcome', models.CharField(blank=True, max_length=200)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('provider', 'event_ref'), name='billing_event_once')],
            },
        ),
    ]
