"""Before deploy: the new tables are behind the fence before anything can be written."""

from django.db import migrations

from metafleet.hub.kernel.fence import fence, operator_look

_TABLES = ("fleet_agent", "fleet_agentterminal")


class Migration(migrations.Migration):
    dependencies = [("fleet", "0018_agents")]
    operations = [*fence(*_TABLES), *operator_look(*_TABLES)]
