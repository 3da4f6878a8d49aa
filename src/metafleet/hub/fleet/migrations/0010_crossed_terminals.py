"""A terminal that is signed in to another account is not heard, by whichever gateway it speaks to.

Before deploy.
"""

from django.db import migrations, models

from metafleet.hub.kernel.fence import for_the_application, written_door

_TRIGGER = """
DROP TRIGGER tell_changed ON fleet_terminal;
CREATE TRIGGER tell_changed AFTER UPDATE ON fleet_terminal FOR EACH ROW
    WHEN ((OLD.token_version, OLD.revoked_at, OLD.utc_offset_s, OLD.protocol, OLD.instance_id{old})
        IS DISTINCT FROM
          (NEW.token_version, NEW.revoked_at, NEW.utc_offset_s, NEW.protocol, NEW.instance_id{new}))
    EXECUTE FUNCTION fleet_tell_terminal();
"""
_DOOR = """
DROP FUNCTION gateway_terminals(uuid[]);
CREATE FUNCTION gateway_terminals(wanted uuid[]) RETURNS TABLE (
    id uuid, tenant_id uuid, account_id uuid, instance_id uuid, token_version int,
    revoked boolean, utc_offset_s int, timezone text, login bigint, server text, protocol int{column})
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT t.id, t.tenant_id, t.account_id, t.instance_id, t.token_version,
           t.revoked_at IS NOT NULL, coalesce(t.utc_offset_s, a.utc_offset_s),
           CASE WHEN t.utc_offset_s IS NULL THEN a.server_timezone ELSE '' END,
           a.login, a.server::text, t.protocol{value}
    FROM fleet_terminal t JOIN fleet_tradingaccount a ON a.id = t.account_id
    WHERE t.id = ANY(wanted) AND a.deleted_at IS NULL
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("fleet", "0009_operator_look")]

    operations = [
        migrations.AddField(
            "terminal",
            "crossed_at",
            models.DateTimeField(
                help_text="since when it speaks for another account than its own; null: it does not",
                null=True,
            ),
        ),
        migrations.RunSQL(
            _TRIGGER.format(old=", OLD.crossed_at", new=", NEW.crossed_at"), _TRIGGER.format(old="", new="")
        ),
        migrations.RunSQL(
            _DOOR.format(column=", crossed boolean", value=", t.crossed_at IS NOT NULL"),
            _DOOR.format(column="", value=""),
        ),
        for_the_application("gateway_terminals(uuid[])"),
        written_door(
            "gateway_cross",
            "said_terminal uuid, said_version int, is_crossed boolean, moment timestamptz",
            "written int",
            """
            BEGIN
                UPDATE fleet_terminal AS t SET crossed_at = CASE WHEN is_crossed THEN moment END, updated_at = moment
                WHERE t.id = said_terminal AND t.token_version = said_version
                  AND (t.crossed_at IS NOT NULL) <> is_crossed;
                RETURN QUERY SELECT 1;
            END
            """,
        ),
    ]
