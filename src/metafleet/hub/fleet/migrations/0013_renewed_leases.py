"""When a run's trading lease was last renewed, by the database's own clock.

Before deploy. Runs that live through it count as renewed by it: their runners know of no lease.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("fleet", "0012_account_terms")]

    operations = [
        migrations.AddField(
            model_name="run",
            name="renewed_at",
            field=models.DateTimeField(
                help_text="the trading lease, by the database's clock; null: it never had one", null=True
            ),
        ),
        migrations.RunSQL(
            "UPDATE fleet_run SET renewed_at = clock_timestamp() WHERE ended_at IS NULL",
            migrations.RunSQL.noop,
        ),
    ]
