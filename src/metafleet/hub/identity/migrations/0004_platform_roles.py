"""Who audits the installation.

Before deploy.
"""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('identity', '0003_operators'),
    ]

    operations = [
        migrations.AddField(
            model_name='user',
            name='is_auditor',
            field=models.BooleanField(db_default=False, default=False, help_text='sees what an operator sees, and changes nothing'),
        ),
        migrations.AddConstraint(
            model_name='user',
            constraint=models.CheckConstraint(condition=models.Q(('is_auditor', True), ('is_operator', True), _negated=True), name='user_one_platform_role'),
        ),
    ]
