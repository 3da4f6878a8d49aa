"""Deliveries may be digests. Before deploy: nothing changes in the database."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("monitor", "0009_judge_doors")]
    operations = [
        migrations.AlterField(
            "delivery",
            "purpose",
            models.CharField(
                default="alert", help_text="alert, digest, notice, test or report", max_length=10
            ),
        ),
    ]
