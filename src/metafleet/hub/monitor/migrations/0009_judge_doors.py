"""Before deploy: what the judge reads of the journal for all tenants, and nothing more of it."""

from django.db import migrations

from metafleet.hub.kernel.fence import door

# The newest results of each EA, the oldest of them first.
_RESULTS = """
SELECT instance.id, ARRAY(
    SELECT net::float8 FROM (
        SELECT trade.net_profit AS net, trade.exited_at AS at FROM journal_trade AS trade
        WHERE trade.tenant_id = instance.tenant_id AND trade.account_id = instance.account_id
          AND trade.magic = instance.magic AND trade.exited_at IS NOT NULL
        ORDER BY trade.exited_at DESC LIMIT 700
    ) AS newest ORDER BY at
)
FROM fleet_eainstance AS instance
WHERE instance.tenant_id = ANY($1) AND instance.deleted_at IS NULL
"""
_FAILED = """
SELECT asked.id, ARRAY(
    SELECT item.created_at FROM journal_faileditem AS item
    WHERE item.tenant_id = asked.id AND item.created_at > $2 ORDER BY item.created_at LIMIT 100000
)
FROM unnest($1) AS asked (id)
"""


class Migration(migrations.Migration):
    dependencies = [("monitor", "0008_reports_on_monday")]
    operations = [
        door("monitor_results", "tenants uuid[]", "instance_id uuid, net float8[]", _RESULTS),
        door(
            "monitor_failed",
            "tenants uuid[], since timestamptz",
            "tenant_id uuid, failed_at timestamptz[]",
            _FAILED,
        ),
    ]
