"""Before deploy: the weekly report goes on Mondays."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('monitor', '0007_flows_since'),
    ]

    operations = [
        migrations.AlterField(
            model_name='weeklyreport',
            name='weekday',
            field=models.PositiveSmallIntegerField(default=0, help_text='0 is Monday'),
        ),
    ]
