"""What the sweep looks for, in two lists: it has room for few requests for bars.

Before deploy. One list of both made it visit two hundred accounts to ask for the bars of thirty.
"""

from django.db import migrations

from metafleet.hub.kernel.fence import door


class Migration(migrations.Migration):
    dependencies = [("journal", "0006_journal_indexes")]

    operations = [
        migrations.RunSQL("DROP FUNCTION journal_due(timestamptz, int)", migrations.RunSQL.noop),
        door(
            "journal_due_items",
            "at timestamptz, most int",
            "tenant_id uuid, account_id uuid",
            """
            SELECT f.tenant_id, f.account_id FROM journal_faileditem f WHERE f.due_at <= at
            GROUP BY f.tenant_id, f.account_id ORDER BY random() LIMIT most
            """,
        ),
        # In no order: some have much that is due and little that may be asked for, and would always
        # be the first.
        door(
            "journal_due_candles",
            "at timestamptz, most int",
            "tenant_id uuid, account_id uuid",
            """
            SELECT c.tenant_id, c.account_id FROM journal_tradecandles c WHERE c.due_at <= at
            GROUP BY c.tenant_id, c.account_id ORDER BY random() LIMIT most
            """,
        ),
    ]
