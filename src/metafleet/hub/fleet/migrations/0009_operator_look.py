"""The tenant fence of the new tables, and what an operator may look at over all tenants.

Before deploy. An operator sees machines, EAs and what they were told; no trade, no credential.
"""

from django.db import migrations

from metafleet.hub.kernel.fence import fence, operator_look


class Migration(migrations.Migration):
    dependencies = [
        ("fleet", "0008_hosts_and_records"),
        ("kernel", "0002_operator"),
        ("billing", "0003_providers"),
        ("identity", "0003_operators"),
    ]
    operations = [
        *fence("fleet_tradingsession", "fleet_eaperformance", "fleet_rolloutmember", "fleet_killswitch"),
        *operator_look(
            "identity_tenant",
            "billing_subscription",
            "fleet_tradingaccount",
            "fleet_accountstate",
            "fleet_eainstance",
            "fleet_terminal",
            "fleet_run",
            "fleet_command",
            "fleet_eaperformance",
            "fleet_rolloutmember",
            "fleet_killswitch",
        ),
    ]
