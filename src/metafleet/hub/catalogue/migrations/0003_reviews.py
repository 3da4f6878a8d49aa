"""What a review and its trial need beside their findings: when they are due, and what was decided.

Before deploy.
"""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalogue', '0002_releases'),
    ]

    operations = [
        migrations.AddField(
            model_name='eaversion',
            name='decision',
            field=models.CharField(blank=True, db_default='', help_text='why it was refused or withdrawn', max_length=500),
        ),
        migrations.AddField(
            model_name='eaversion',
            name='reviewed_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='eaversion',
            name='trial_attempts',
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name='eaversion',
            name='trial_due_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='eaversion',
            name='trial_lease_until',
            field=models.DateTimeField(null=True),
        ),
        migrations.AlterField(
            model_name='eaversion',
            name='review',
            field=models.JSONField(help_text='as catalogue.records.ReviewRecord', null=True),
        ),
        migrations.AddIndex(
            model_name='eaversion',
            index=models.Index(condition=models.Q(('trial_due_at__isnull', False)), fields=['trial_due_at'], name='ea_version_trial'),
        ),
    ]
