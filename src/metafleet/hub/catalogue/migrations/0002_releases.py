"""Versions that were uploaded, reviewed and released, beside those that ship.

Before deploy.
"""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalogue', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='eaversion',
            name='input_migration',
            field=models.JSONField(db_default={}, default=dict, help_text='from the version before: as {renamed: {old: new}, removed: [], set: {}}'),
        ),
        migrations.AddField(
            model_name='eaversion',
            name='review',
            field=models.JSONField(help_text='findings of the static checks and of the dry run', null=True),
        ),
        migrations.AddField(
            model_name='eaversion',
            name='reviewed_by',
            field=models.CharField(blank=True, db_default='', max_length=254),
        ),
        migrations.AddField(
            model_name='eaversion',
            name='source',
            field=models.TextField(blank=True, db_default='', help_text="the EA's code; empty for one that ships with the product"),
        ),
        migrations.AddField(
            model_name='eaversion',
            name='state',
            field=models.CharField(choices=[('draft', 'Draft'), ('in_review', 'In Review'), ('approved', 'Approved'), ('refused', 'Refused'), ('released', 'Released'), ('withdrawn', 'Withdrawn')], db_default='released', default='released', max_length=9),
        ),
        migrations.AddField(
            model_name='eaversion',
            name='uploaded_by',
            field=models.CharField(blank=True, db_default='', max_length=254),
        ),
        migrations.AlterField(
            model_name='eaversion',
            name='published_at',
            field=models.DateTimeField(null=True),
        ),
    ]
