"""Room for what a driver says that it enforces: of a Swarm's service that is more than 120 letters.

Before deploy. PostgreSQL rewrites nothing for it.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("fleet", "0014_rollouts")]

    operations = [
        migrations.AlterField(
            model_name="run", name="limits", field=models.CharField(blank=True, max_length=300)
        ),
    ]
