"""Who operates the installation.

Before deploy.
"""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('identity', '0002_tenant_fence'),
    ]

    operations = [
        migrations.AddField(
            model_name='user',
            name='is_operator',
            field=models.BooleanField(db_default=False, default=False, help_text='sees the whole installation: hosts, scaling, releases'),
        ),
    ]
