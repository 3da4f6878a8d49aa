"""How machines were lately, and the newest lines of their terminals' logs.

Before deploy.
"""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("fleet", "0019_agents_fence"), ("identity", "0006_api_keys")]

    operations = [
        migrations.AddField(
            model_name="agentterminal",
            name="log_lines",
            field=models.JSONField(
                default=list, help_text="the newest of its logs, oldest first, as {at, file, text, isError}"
            ),
        ),
        migrations.CreateModel(
            name="AgentSample",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(help_text="when the five minutes began")),
                ("cpu_percent", models.FloatField(null=True)),
                ("memory_used_mb", models.PositiveIntegerField(null=True)),
                ("disk_free_mb", models.PositiveIntegerField(null=True)),
                ("agent", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="samples", to="fleet.agent")),
                ("tenant", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="identity.tenant")),
            ],
        ),
        migrations.AddConstraint(
            model_name="agentsample",
            constraint=models.UniqueConstraint(fields=("agent", "at"), name="agent_sample_once"),
        ),
    ]
