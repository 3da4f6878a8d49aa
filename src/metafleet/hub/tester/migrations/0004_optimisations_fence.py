"""Before deploy: optimisations are behind the fence before one can be asked for.

The sweep looks over all tenants through doors: what can go on, and no more than that.
"""

from django.db import migrations

from metafleet.hub.kernel.fence import door, fence

# Of each tenant a few only, as of backtests.
_DUE = """
SELECT tenant_id, id FROM (
    SELECT o.tenant_id, o.id, o.due_at,
           row_number() OVER (PARTITION BY o.tenant_id ORDER BY o.due_at, o.created_at) AS place
    FROM tester_optimisation AS o WHERE o.due_at <= $1
) AS waiting WHERE place <= 8 ORDER BY place, due_at LIMIT $2
"""

_BATCHES_DUE = """
SELECT tenant_id, id FROM (
    SELECT b.tenant_id, b.id, b.due_at,
           row_number() OVER (PARTITION BY b.tenant_id ORDER BY b.due_at, b.created_at, b.id) AS place
    FROM tester_trybatch AS b WHERE b.due_at <= $1
) AS waiting WHERE place <= 8 ORDER BY place, due_at LIMIT $2
"""


class Migration(migrations.Migration):
    dependencies = [("tester", "0003_optimisations")]
    operations = [
        *fence("tester_optimisation", "tester_try", "tester_trybatch"),
        door(
            "tester_optimisations_due",
            "at timestamptz, most int",
            "tenant_id uuid, optimisation_id uuid",
            _DUE,
        ),
        door("tester_batches_due", "at timestamptz, most int", "tenant_id uuid, batch_id uuid", _BATCHES_DUE),
    ]
