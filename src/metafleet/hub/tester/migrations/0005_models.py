"""Before deploy: a backtest keeps which model's signals it was given."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tester", "0004_optimisations_fence")]
    operations = [
        migrations.AddField(
            "backtest",
            "model",
            models.JSONField(help_text="as records.ModelUsed: whose signals it is given", null=True),
        ),
    ]
