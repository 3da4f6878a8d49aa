"""Before deploy: a visitor of a status page has its key alone, and the key names the tenant."""

from django.db import migrations

from metafleet.hub.kernel.fence import door


class Migration(migrations.Migration):
    dependencies = [("monitor", "0002_fence")]
    operations = [
        door(
            "status_page",
            "key_hash bytea",
            "tenant_id uuid, page_id uuid",
            "SELECT s.tenant_id, s.id FROM monitor_statuspage s WHERE s.key_hash = $1 AND s.revoked_at IS NULL",
        ),
    ]
