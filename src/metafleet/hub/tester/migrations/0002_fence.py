"""Before deploy: backtests are behind the fence before one can be asked for.

The sweep looks over all tenants through a door: whose turn it is, and no more than that.
"""

from django.db import migrations

from metafleet.hub.kernel.fence import door, fence

# Of each tenant a few only: somebody who asks for a hundred must not hide another's one.
_DUE = """
SELECT tenant_id, id FROM (
    SELECT b.tenant_id, b.id, b.due_at,
           row_number() OVER (PARTITION BY b.tenant_id ORDER BY b.due_at, b.created_at) AS place
    FROM tester_backtest AS b WHERE b.due_at <= $1
) AS waiting WHERE place <= 8 ORDER BY place, due_at LIMIT $2
"""


class Migration(migrations.Migration):
    dependencies = [("tester", "0001_initial"), ("kernel", "0002_operator")]
    operations = [
        *fence("tester_backtest"),
        door("tester_due", "at timestamptz, most int", "tenant_id uuid, backtest_id uuid", _DUE),
    ]
