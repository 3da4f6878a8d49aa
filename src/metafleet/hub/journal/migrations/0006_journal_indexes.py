"""Cash flows are found without reading the trading; reviews by their tenant.

The index on tags could not be used: under the fence PostgreSQL takes only operators into an index
that tell nothing of the rows they are asked about, and those of arrays are none.

Before deploy. The first runs beside whoever writes deals.
"""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("journal", "0005_record_door")]

    operations = [
        AddIndexConcurrently(
            "deal",
            models.Index(
                fields=["tenant", "account", "executed_at"],
                condition=models.Q(kind__gte=2),
                name="deal_cash_flow",
            ),
        ),
        AddIndexConcurrently(
            "tradereview", models.Index(fields=["tenant", "-updated_at"], name="trade_review_list")
        ),
        migrations.RemoveIndex("tradereview", "trade_review_tags"),
    ]
