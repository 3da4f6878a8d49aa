"""What brokers say of many accounts is written by one statement, and many terminals are looked up by a plan for many.

Before deploy: a gateway of before it goes on to call `gateway_terms`, once for each.
"""

from importlib import import_module

from django.db import migrations

from metafleet.hub.kernel.fence import written_door

_FIRST = import_module("metafleet.hub.gateway.migrations.0001_statements")

# Locked in the order of their ids, as everywhere.
_TERMS = """
BEGIN
    UPDATE fleet_tradingaccount AS a
    SET currency = coalesce(said.currency, a.currency), leverage = coalesce(said.leverage, a.leverage),
        margin_mode = coalesce(said.mode, a.margin_mode), updated_at = moment
    FROM (
        SELECT t.account_id, r.currency, r.leverage, r.mode
        FROM unnest(terminals, versions, currencies, leverages, modes)
            AS r (terminal, version, currency, leverage, mode)
        JOIN fleet_terminal AS t
            ON t.id = r.terminal AND t.token_version = r.version AND t.revoked_at IS NULL
        ORDER BY t.account_id
    ) AS said
    WHERE a.id = said.account_id AND a.deleted_at IS NULL
      AND (a.currency, a.leverage, a.margin_mode) IS DISTINCT FROM
          (coalesce(said.currency, a.currency), coalesce(said.leverage, a.leverage), coalesce(said.mode, a.margin_mode));
    RETURN QUERY SELECT 1;
END
"""


class Migration(migrations.Migration):
    dependencies = [("gateway", "0009_due_of_leases"), ("fleet", "0012_account_terms")]

    operations = [
        written_door(
            "gateway_terms_together",
            "terminals uuid[], versions int[], currencies text[], leverages int[], modes text[], moment timestamptz",
            "written int",
            _TERMS,
            options=_FIRST.PLANNED_ANEW,
        ),
        migrations.RunSQL(
            "ALTER FUNCTION gateway_terminals(uuid[]) SET plan_cache_mode = force_custom_plan",
            "ALTER FUNCTION gateway_terminals(uuid[]) RESET plan_cache_mode",
        ),
    ]
