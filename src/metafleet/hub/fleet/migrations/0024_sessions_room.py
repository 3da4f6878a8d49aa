"""Before deploy: sessions that go on find room on their own page, and touch no index."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("fleet", "0023_deployments_minute")]
    operations = [
        migrations.RunSQL(
            "ALTER TABLE fleet_tradingsession SET (fillfactor = 60)", "ALTER TABLE fleet_tradingsession RESET (fillfactor)"
        )
    ]
