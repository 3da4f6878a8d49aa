"""Currency, leverage and margin mode of an account are what its broker says, by its terminal's heartbeat.

Before deploy.
"""

from django.db import migrations

from metafleet.hub.kernel.fence import for_the_application, written_door

_DOOR = """
DROP FUNCTION gateway_terminals(uuid[]);
CREATE FUNCTION gateway_terminals(wanted uuid[]) RETURNS TABLE (
    id uuid, tenant_id uuid, account_id uuid, instance_id uuid, token_version int,
    revoked boolean, utc_offset_s int, timezone text, login bigint, server text, protocol int,
    crossed boolean{columns})
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT t.id, t.tenant_id, t.account_id, t.instance_id, t.token_version,
           t.revoked_at IS NOT NULL, coalesce(t.utc_offset_s, a.utc_offset_s),
           CASE WHEN t.utc_offset_s IS NULL THEN a.server_timezone ELSE '' END,
           a.login, a.server::text, t.protocol, t.crossed_at IS NOT NULL{values}
    FROM fleet_terminal t JOIN fleet_tradingaccount a ON a.id = t.account_id
    WHERE t.id = ANY(wanted) AND a.deleted_at IS NULL
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("fleet", "0011_due_indexes")]

    operations = [
        migrations.RunSQL(
            _DOOR.format(
                columns=", currency text, leverage int, margin_mode text",
                values=", a.currency::text, a.leverage, a.margin_mode::text",
            ),
            _DOOR.format(columns="", values=""),
        ),
        for_the_application("gateway_terminals(uuid[])"),
        written_door(
            "gateway_terms",
            "said_terminal uuid, said_version int, said_currency text, said_leverage int, said_mode text, "
            "moment timestamptz",
            "written int",
            """
            BEGIN
                UPDATE fleet_tradingaccount AS a
                SET currency = coalesce(said_currency, a.currency), leverage = coalesce(said_leverage, a.leverage),
                    margin_mode = coalesce(said_mode, a.margin_mode), updated_at = moment
                FROM fleet_terminal t
                WHERE t.id = said_terminal AND t.token_version = said_version AND t.revoked_at IS NULL
                  AND a.id = t.account_id AND a.deleted_at IS NULL
                  AND (a.currency, a.leverage, a.margin_mode) IS DISTINCT FROM
                      (coalesce(said_currency, a.currency), coalesce(said_leverage, a.leverage),
                       coalesce(said_mode, a.margin_mode));
                RETURN QUERY SELECT 1;
            END
            """,
        ),
    ]
