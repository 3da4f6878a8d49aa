"""The application may read which migrations there have been: a process that is newer than the schema is not ready.

Before deploy. The table is older than the role, so the role's default rights do not reach it.
"""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("kernel", "0003_limited_role")]
    operations = [
        migrations.RunSQL(
            "GRANT SELECT ON django_migrations TO metafleet_app",
            "REVOKE SELECT ON django_migrations FROM metafleet_app",
        ),
    ]
