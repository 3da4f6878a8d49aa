"""Why an EA traded, as it said with the deal.

Before deploy.
"""

import django.db.models.deletion
from django.db import migrations, models

from metafleet.hub.kernel.fence import fence


def _whose(to: str) -> models.ForeignKey[models.Model, models.Model]:
    return models.ForeignKey(
        db_constraint=False,
        db_index=False,
        on_delete=django.db.models.deletion.PROTECT,
        related_name="+",
        to=to,
    )


class Migration(migrations.Migration):
    dependencies = [("journal", "0009_trade_totals")]

    operations = [
        migrations.CreateModel(
            name="DealReason",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "account_id", "ticket", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("ticket", models.BigIntegerField(help_text="the deal's")),
                ("tag", models.CharField(blank=True, max_length=16)),
                ("note", models.CharField(blank=True, max_length=200)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("account", _whose("fleet.tradingaccount")),
                ("tenant", _whose("identity.tenant")),
            ],
        ),
        *fence("journal_dealreason"),
    ]
