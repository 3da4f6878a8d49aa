"""Purchases of which nothing is known yet, and when the provider is asked.

Before deploy.
"""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('billing', '0003_providers'),
        ('identity', '0003_operators'),
    ]

    operations = [
        migrations.AddField(
            model_name='subscription',
            name='checkout_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='subscription',
            name='checkout_due_at',
            field=models.DateTimeField(help_text='when the provider is asked what became of it', null=True),
        ),
        migrations.AddField(
            model_name='subscription',
            name='checkout_ref',
            field=models.CharField(blank=True, db_default='', help_text='of a purchase of which nothing is known yet', max_length=120),
        ),
        migrations.AddIndex(
            model_name='subscription',
            index=models.Index(condition=models.Q(('checkout_due_at__isnull', False)), fields=['checkout_due_at'], name='subscription_checkout_due'),
        ),
    ]
