"""Before deploy: the new table is behind the fence before anything can be written."""

from django.db import migrations

from metafleet.hub.kernel.fence import fence, operator_look

_TABLES = ("fleet_agentsample",)


class Migration(migrations.Migration):
    dependencies = [("fleet", "0020_agent_samples")]
    operations = [*fence(*_TABLES), *operator_look(*_TABLES)]
