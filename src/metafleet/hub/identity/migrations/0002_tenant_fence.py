"""The tenant fence; a membership is also visible to its own person.

Before deploy.
"""

from django.db import migrations

from metafleet.hub.kernel.fence import fence


class Migration(migrations.Migration):
    dependencies = [("identity", "0001_initial"), ("kernel", "0001_application_role")]
    operations = [
        *fence("identity_tenant", column="id"),
        migrations.RunSQL(
            """
            ALTER TABLE identity_membership ENABLE ROW LEVEL SECURITY;
            CREATE POLICY tenant_fence ON identity_membership
                USING (tenant_id = app_tenant_id_or_none() OR user_id = app_user_id())
                WITH CHECK (tenant_id = app_tenant_id());
            """,
            "DROP POLICY tenant_fence ON identity_membership;"
            "ALTER TABLE identity_membership DISABLE ROW LEVEL SECURITY;",
        ),
    ]
