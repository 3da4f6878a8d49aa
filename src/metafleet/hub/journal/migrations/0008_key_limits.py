"""What an API key that is limited to accounts or EAs sees of each table, and may change.

Before deploy. A table that is not here is not there for such a key.
"""

from django.db import migrations

from metafleet.hub.kernel.fence import key_limit

_ACCOUNT = "{column} = ANY((SELECT app_key_accounts())::uuid[])"
_EA = "(SELECT app_key_instances()) IS NULL OR {column} = ANY((SELECT app_key_instances())::uuid[])"
_MAGIC = "(SELECT app_key_magics()) IS NULL OR magic = ANY((SELECT app_key_magics())::bigint[])"
# What is of the whole account is not for a key of some of its EAs.
_NO_EA = "(SELECT app_key_instances()) IS NULL"


def of(*conditions: str, column: str = "account_id", ea: str = "id") -> str:
    return " AND ".join(
        f"({condition.format(column=ea if condition is _EA else column)})" for condition in conditions
    )


_WITHIN = "{column} IN (SELECT id FROM {table})"
_LIMITS = {
    "fleet_tradingaccount": of(_ACCOUNT, column="id"),
    "fleet_accountstate": of(_ACCOUNT),
    "fleet_eainstance": of(_ACCOUNT, _EA),
    "fleet_terminal": of(_ACCOUNT, _EA, ea="instance_id"),
    # Under the same limits: these look at what the key sees of the other table.
    "fleet_pairingcode": _WITHIN.format(column="terminal_id", table="fleet_terminal"),
    "fleet_terminaltrouble": _WITHIN.format(column="terminal_id", table="fleet_terminal"),
    "fleet_tradingsession": _WITHIN.format(column="terminal_id", table="fleet_terminal"),
    "fleet_command": _WITHIN.format(column="terminal_id", table="fleet_terminal"),
    "fleet_run": _WITHIN.format(column="instance_id", table="fleet_eainstance"),
    "fleet_eaperformance": _WITHIN.format(column="instance_id", table="fleet_eainstance"),
    "fleet_rolloutmember": _WITHIN.format(column="instance_id", table="fleet_eainstance"),
    "fleet_receipt": _WITHIN.format(column="run_id", table="fleet_run"),
    "journal_deal": of(_ACCOUNT, _MAGIC),
    "journal_trade": of(_ACCOUNT, _MAGIC),
    "journal_position": of(_ACCOUNT, _MAGIC),
    "journal_equitypoint": of(_ACCOUNT),
    **{
        f"journal_{table}": of(_ACCOUNT, _NO_EA)
        for table in (
            *("faileditem", "chainlink", "tradereview", "tradescreenshot", "tradecandles"),
            *("sharelink", "import"),
        )
    },
    # The tenant's own name and plan, its market's bars, and the record that deeds are added to.
    "identity_tenant": "true",
    "billing_subscription": "true",
    "market_candle": "true",
    "audit_auditentry": "true",
}
_PUBLIC = """
GRANT SELECT ON identity_user, catalogue_eatemplate, catalogue_eaversion, fleet_host, fleet_rollout
    TO metafleet_limited;
REVOKE UPDATE, DELETE ON audit_auditentry, identity_tenant FROM metafleet_limited;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("journal", "0007_due"),
        ("fleet", "0016_told_closed"),
        ("catalogue", "0003_reviews"),
        ("billing", "0004_pending_purchases"),
        ("market", "0002_tenant_fence"),
        ("audit", "0004_links"),
        ("identity", "0006_api_keys"),
        ("kernel", "0003_limited_role"),
    ]
    operations = [
        *(key_limit(table, using) for table, using in _LIMITS.items()),
        migrations.RunSQL(_PUBLIC, migrations.RunSQL.noop),
    ]
