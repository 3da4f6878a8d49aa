"""What runners did by themselves at a broken limit, and their symbols' spreads.

Before deploy. PostgreSQL rewrites nothing for it.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("fleet", "0021_agent_samples_fence")]

    operations = [
        migrations.AddField(
            "run",
            "guard",
            models.JSONField(
                null=True, help_text="the limit that the runner itself found broken: {kind, at, equity, floor}"
            ),
        ),
        migrations.AddField(
            "run",
            "guard_told_at",
            models.DateTimeField(null=True, help_text="when what it did was taken over here"),
        ),
        migrations.AddField(
            "run",
            "spread_points",
            models.FloatField(null=True, help_text="of its symbol, as the runner saw it last"),
        ),
        migrations.AddField(
            "run",
            "spread_normal",
            models.FloatField(null=True, help_text="their slow average over about an hour"),
        ),
        migrations.AddField(
            "run", "spread_samples", models.PositiveIntegerField(default=0, db_default=0)
        ),
        migrations.AddIndex(
            "run",
            models.Index(
                fields=["id"],
                condition=models.Q(guard__isnull=False, guard_told_at__isnull=True),
                name="run_guard",
            ),
        ),
    ]
