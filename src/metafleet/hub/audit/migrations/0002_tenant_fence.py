"""The tenant fence, and no right to change what was written.

Before deploy.
"""

from django.db import migrations

from metafleet.hub.kernel.fence import fence


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial"), ("kernel", "0001_application_role")]
    operations = [
        *fence("audit_auditentry"),
        migrations.RunSQL(
            "REVOKE UPDATE, DELETE ON audit_auditentry FROM metafleet_app",
            "GRANT UPDATE, DELETE ON audit_auditentry TO metafleet_app",
        ),
    ]
