"""Before deploy: marks that are written with each look find room on their own page, and touch no index."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("monitor", "0011_backup_standing")]
    operations = [
        migrations.RunSQL(
            "ALTER TABLE monitor_accountmark SET (fillfactor = 60)", "ALTER TABLE monitor_accountmark RESET (fillfactor)"
        )
    ]
