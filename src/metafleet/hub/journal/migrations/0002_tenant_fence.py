"""The tenant fence.

Before deploy.
"""

from django.db import migrations

from metafleet.hub.kernel.fence import fence


class Migration(migrations.Migration):
    dependencies = [("journal", "0001_initial"), ("kernel", "0001_application_role")]
    operations = [
        *fence(
            "journal_deal",
            "journal_trade",
            "journal_position",
            "journal_equitypoint",
            "journal_faileditem",
        ),
    ]
