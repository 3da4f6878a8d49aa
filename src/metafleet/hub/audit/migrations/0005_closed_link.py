"""The trigger's function is no door: nobody but the application's role may name it."""

from django.db import migrations

_CLOSE = """
REVOKE EXECUTE ON FUNCTION audit_link() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit_link() TO metafleet_app;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0004_links")]
    operations = [migrations.RunSQL(_CLOSE, migrations.RunSQL.noop)]
