"""Only what was paid in or out since the judge began to look at an account moves its marks.

An account's history comes after its first heartbeat: its deposits of before are in the balance that was
seen first, and are no money that has come since. Before deploy.
"""

from django.db import migrations

from metafleet.hub.kernel.fence import door

_FLOWS = """
SELECT asked.account,
       (SELECT coalesce(sum(deal.profit), 0) FROM journal_deal AS deal
        WHERE deal.tenant_id = account.tenant_id AND deal.account_id = account.id
          AND deal.kind >= 2 AND deal.kind = 2 AND deal.executed_at >= mark.since),
       EXISTS (SELECT FROM journal_deal AS deal
               WHERE deal.tenant_id = account.tenant_id AND deal.account_id = account.id
                 AND deal.executed_at > asked.since - interval '1 day'
                 AND deal.created_at > asked.since AND deal.kind < 2)
FROM jsonb_to_recordset($1) AS asked (account uuid, since timestamptz)
JOIN fleet_tradingaccount AS account ON account.id = asked.account
LEFT JOIN monitor_accountmark AS mark ON mark.account_id = account.id
"""
_KEPT = """
UPDATE monitor_accountmark AS mark SET flows = (
    SELECT coalesce(sum(deal.profit), 0) FROM journal_deal AS deal
    WHERE deal.account_id = mark.account_id AND deal.kind = 2 AND deal.executed_at >= mark.since)
"""


class Migration(migrations.Migration):
    dependencies = [("monitor", "0006_log_cursors")]
    operations = [
        migrations.RunSQL("DROP FUNCTION monitor_flows(jsonb)", migrations.RunSQL.noop),
        door("monitor_flows", "asked jsonb", "account_id uuid, flows numeric, is_traded boolean", _FLOWS),
        migrations.RunSQL(_KEPT, migrations.RunSQL.noop),
    ]
