"""Before deploy: the new tables are behind the fence before anything can be written.

The judge, and the sweeps of what is due, look over all tenants; they write in each one's own scope.
"""

from django.db import migrations

from metafleet.hub.kernel.fence import fence, operator_look

_LOOKED_AT = (
    "monitor_accountprofile",
    "monitor_accountmark",
    "monitor_programme",
    "monitor_rule",
    "monitor_rulestate",
    "monitor_incident",
    "monitor_maintenancewindow",
    "monitor_delivery",
    "monitor_weeklyreport",
)
_TENANTS_ALONE = (
    "monitor_accountgroup",
    "monitor_profilechange",
    "monitor_boardview",
    "monitor_incidentevent",
    "monitor_channel",
    "monitor_statuspage",
)


class Migration(migrations.Migration):
    dependencies = [("monitor", "0001_initial"), ("kernel", "0002_operator")]
    operations = [*fence(*_LOOKED_AT, *_TENANTS_ALONE), *operator_look(*_LOOKED_AT)]
